#include "layout/code_blocks.h"

#include <zstd.h>

#include <algorithm>

namespace nfstriage::layout {

namespace {

constexpr std::uint32_t kMagic = 0x4b4c4243;  // "CBLK"
constexpr std::size_t kHeader = 8;

struct Entry {
    std::uint64_t first;
    std::uint32_t packed, unpacked;
};
static_assert(sizeof(Entry) == 16);

template <class T>
void put(std::vector<std::uint8_t>& out, const T& value) {
    const auto* bytes = reinterpret_cast<const std::uint8_t*>(&value);
    out.insert(out.end(), bytes, bytes + sizeof value);
}

tl::unexpected<Unknown> corrupt(const char* what) { return unknown(Reason::corrupt, what); }

}  // namespace

Maybe<CodeBlocks> CodeBlocks::open(ByteSpan bytes) {
    CodeBlocks blocks;
    blocks.bytes_ = Bytes(bytes);
    auto magic = blocks.bytes_.get<std::uint32_t>(0);
    auto count = blocks.bytes_.get<std::uint32_t>(4);
    if (!magic || !count || *magic != kMagic) return corrupt("no block container");
    if (*count > (bytes.size() - kHeader) / sizeof(Entry))
        return corrupt("index of blocks cut off");
    blocks.count_ = *count;
    blocks.offsets_.reserve(*count);
    std::uint64_t offset = kHeader + std::uint64_t{*count} * sizeof(Entry), last = 0;
    for (std::size_t i = 0; i < *count; i++) {
        auto entry = blocks.bytes_.get<Entry>(kHeader + i * sizeof(Entry));
        if (!entry || entry->first < last || entry->unpacked > kMaxUnpacked ||
            entry->packed > bytes.size() - offset)
            return corrupt("index of blocks contradicts itself");
        blocks.offsets_.push_back(offset);
        offset += entry->packed;
        last = entry->first;
    }
    return blocks;
}

std::uint64_t CodeBlocks::first_address(std::size_t block) const {
    return bytes_.get<std::uint64_t>(kHeader + block * sizeof(Entry)).value_or(0);
}

std::optional<std::size_t> CodeBlocks::find(std::uint64_t address) const {
    std::size_t low = 0, high = count_;  // the first block above is in [low, high]
    while (low < high) {
        std::size_t middle = low + (high - low) / 2;
        if (first_address(middle) <= address)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == 0) return std::nullopt;
    return low - 1;
}

Maybe<std::vector<std::uint8_t>> CodeBlocks::unpack(std::size_t block) const {
    if (block >= count_) return corrupt("no such block");
    auto entry = bytes_.get<Entry>(kHeader + block * sizeof(Entry));
    if (!entry) return tl::unexpected<Unknown>(entry.error());
    auto packed = bytes_.range(offsets_[block], entry->packed);
    if (!packed) return tl::unexpected<Unknown>(packed.error());
    // The frame states its own size: nothing is allocated for an index that disagrees.
    if (ZSTD_getFrameContentSize(packed->data(), packed->size()) != entry->unpacked)
        return corrupt("packed block and index disagree");
    if (!context_) context_ = {ZSTD_createDCtx(), ZSTD_freeDCtx};
    std::vector<std::uint8_t> content(entry->unpacked);
    std::size_t got = ZSTD_decompressDCtx(context_.get(), content.data(), content.size(),
                                          packed->data(), packed->size());
    if (ZSTD_isError(got) || got != content.size()) return corrupt("damaged block");
    return content;
}

std::vector<std::uint8_t> pack_code_blocks(std::span<const CodeBlock> blocks, int level) {
    std::vector<std::uint8_t> index, packed, one;
    put(index, kMagic);
    put(index, static_cast<std::uint32_t>(blocks.size()));
    ZSTD_CCtx* context = ZSTD_createCCtx();
    ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, level);
    ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1);  // a flipped bit shows
    for (const CodeBlock& block : blocks) {
        one.resize(ZSTD_compressBound(block.bytes.size()));
        std::size_t size =
            ZSTD_compress2(context, one.data(), one.size(), block.bytes.data(), block.bytes.size());
        // With room for the bound, zstd fails only when it gets no memory: the block is left empty
        // and reads as damaged.
        if (ZSTD_isError(size)) size = 0;
        packed.insert(packed.end(), one.begin(), one.begin() + static_cast<std::ptrdiff_t>(size));
        put(index, Entry{block.first_address, static_cast<std::uint32_t>(size),
                         static_cast<std::uint32_t>(block.bytes.size())});
    }
    ZSTD_freeCCtx(context);
    index.insert(index.end(), packed.begin(), packed.end());
    return index;
}

std::uint64_t CodeReader::number() {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
        if (at_ == bytes_.size()) break;
        std::uint8_t byte = bytes_[at_++];
        value |= std::uint64_t{byte & 0x7fu} << shift;
        if (byte < 0x80) return value;
    }
    fail();
    return 0;
}

std::int64_t CodeReader::difference() { return unzigzag(number()); }

std::uint32_t CodeReader::small() {
    std::uint64_t value = number();
    if (value <= UINT32_MAX) return static_cast<std::uint32_t>(value);
    fail();
    return 0;
}

ByteSpan CodeReader::take(std::uint64_t size) {
    if (size > left()) {
        fail();
        return {};
    }
    ByteSpan taken = bytes_.subspan(at_, size);
    at_ += size;
    return taken;
}

void CodeWriter::number(std::uint64_t value) {
    for (; value >= 0x80; value >>= 7) bytes_.push_back(static_cast<std::uint8_t>(value | 0x80));
    bytes_.push_back(static_cast<std::uint8_t>(value));
}

void CodeWriter::difference(std::int64_t value) { number(zigzag(value)); }

std::vector<std::uint8_t> join_columns(std::span<const CodeWriter> columns) {
    CodeWriter out;
    for (const CodeWriter& column : columns) out.number(column.size());
    for (const CodeWriter& column : columns) out.append(column.bytes());
    return out.bytes();
}

bool split_columns(ByteSpan block, std::span<CodeReader> columns) {
    CodeReader reader(block);
    std::vector<std::uint64_t> sizes(columns.size());
    for (std::uint64_t& size : sizes) size = reader.number();
    for (std::size_t i = 0; i < columns.size(); i++) columns[i] = CodeReader(reader.take(sizes[i]));
    return reader.ok();
}

}  // namespace nfstriage::layout
