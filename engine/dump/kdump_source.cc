#include "dump/kdump_source.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

#include "base/bytes.h"

namespace nfstriage::dump {
namespace {

constexpr std::uint64_t kBitsPerRank = 4096, kBytesPerRank = kBitsPerRank / 8;
constexpr std::uint64_t kScanBytes = 256u << 10;
constexpr std::uint64_t kDescriptorSize = 24;
constexpr std::uint64_t kLastDescriptors = 128;
constexpr std::int32_t kLevelZeroPages = 1;  // makedumpfile -d 1: only pages of zeros left out

struct PageDescriptor {
    std::int64_t offset;
    std::uint32_t size;
    std::uint32_t flags;
    std::uint64_t page_flags;
};
static_assert(sizeof(PageDescriptor) == kDescriptorSize);

std::uint64_t count_bits(const std::uint8_t* bytes, std::size_t size) {
    std::uint64_t count = 0;
    for (; size >= 8; bytes += 8, size -= 8) {
        std::uint64_t word;
        std::memcpy(&word, bytes, 8);
        count += static_cast<std::uint64_t>(std::popcount(word));
    }
    for (; size > 0; ++bytes, --size) count += static_cast<std::uint64_t>(std::popcount(*bytes));
    return count;
}

}  // namespace

PfnBitmap::PfnBitmap(std::shared_ptr<const FileBytes> file, std::shared_ptr<const BlockCache> cache,
                     std::uint64_t offset, std::uint64_t bits)
    : file_(std::move(file)), cache_(std::move(cache)), offset_(offset), bits_(bits), ranks_{0} {}

Maybe<bool> PfnBitmap::test(std::uint64_t bit) const {
    if (bit >= bits_) return false;
    auto byte = cache_->value<std::uint8_t>(offset_ + bit / 8);
    if (!byte) return tl::unexpected<Unknown>(byte.error());
    return (*byte >> bit % 8 & 1) != 0;
}

Maybe<std::uint64_t> PfnBitmap::rank(std::uint64_t bit) const {
    std::uint64_t index = bit / kBitsPerRank;
    std::vector<std::uint8_t> chunk;
    while (ranks_.size() <= index) {  // whole ranks before `index` lie inside the bitmap
        std::uint64_t done = ranks_.size() - 1;
        std::uint64_t size = std::min(kScanBytes, (index - done) * kBytesPerRank);
        chunk.resize(static_cast<std::size_t>(size));
        auto got = file_->read(offset_ + done * kBytesPerRank, chunk);
        if (!got) return tl::unexpected<Unknown>(got.error());
        for (std::size_t at = 0; at < chunk.size(); at += kBytesPerRank)
            ranks_.push_back(ranks_.back() + count_bits(chunk.data() + at, kBytesPerRank));
    }
    std::array<std::uint8_t, kBytesPerRank> rest{};
    std::size_t whole = static_cast<std::size_t>(bit % kBitsPerRank / 8);
    std::size_t bytes = whole + (bit % 8 != 0 ? 1 : 0);
    auto got = cache_->read(offset_ + index * kBytesPerRank, {rest.data(), bytes});
    if (!got) return tl::unexpected<Unknown>(got.error());
    std::uint64_t count = ranks_[static_cast<std::size_t>(index)] + count_bits(rest.data(), whole);
    if (bit % 8 != 0) {
        unsigned last = rest[whole] & ((1u << bit % 8) - 1);
        count += static_cast<std::uint64_t>(std::popcount(last));
    }
    return count;
}

std::optional<std::uint64_t> PfnBitmap::next(std::uint64_t bit) const {
    while (bit < bits_) {
        auto byte = cache_->value<std::uint8_t>(offset_ + bit / 8);
        if (!byte) return std::nullopt;
        unsigned rest = static_cast<unsigned>(*byte) >> bit % 8;
        if (rest != 0) {
            bit += static_cast<std::uint64_t>(std::countr_zero(rest));
            return bit < bits_ ? std::optional(bit) : std::nullopt;
        }
        bit = (bit / 8 + 1) * 8;
    }
    return std::nullopt;
}

KdumpSource::KdumpSource(std::vector<KdumpPart> parts)
    : block_size_(parts.front().header.block_size) {
    for (KdumpPart& given : parts) {
        const KdumpHeader& header = given.header;
        Part part;
        part.file = given.file;
        part.cache = std::make_shared<BlockCache>(given.file);
        part.split = header.split;
        part.start_pfn = header.split ? header.start_pfn : 0;
        part.end_pfn = header.split ? header.end_pfn : UINT64_MAX;
        part.incomplete = header.incomplete() || !given.file->cut_short().empty();
        part.descriptors = header.bitmap_offset + header.bitmap_size;
        // Writers before header version 1 had a single bitmap; it is the one of dumped pages.
        bool two = header.bitmap_size * 8 >= header.max_mapnr * 2;
        std::uint64_t size = two ? header.bitmap_size / 2 : header.bitmap_size;
        std::uint64_t bits = std::min(size * 8, header.max_mapnr);
        // A bitmap behind the end of the file cannot be counted; the little tests fail by
        // themselves.
        if (size > given.file->stored_size()) bits = 0;
        if (two) part.memory.emplace(part.file, part.cache, header.bitmap_offset, bits);
        part.dumped.emplace(part.file, part.cache, header.bitmap_offset + (two ? size : 0), bits);
        flattened_ = flattened_ || given.file->flattened();
        only_zeros_filtered_ = header.dump_level == kLevelZeroPages && !header.excluded_vmemmap();
        parts_.push_back(std::move(part));
    }
    std::sort(parts_.begin(), parts_.end(),
              [](const Part& a, const Part& b) { return a.start_pfn < b.start_pfn; });
}

std::string KdumpSource::format() const {
    std::string text = "kdump-compressed";
    if (flattened_) text += " flattened";
    if (parts_.front().split) text += " split";
    return text;
}

Maybe<std::uint64_t> KdumpSource::descriptor_count(const Part& part) const {
    std::uint64_t bits = part.dumped->bits();
    auto end = part.dumped->rank(std::min(part.end_pfn, bits));
    if (!end) return end;
    auto begin = part.dumped->rank(std::min(part.start_pfn, bits));
    if (!begin) return begin;
    return *end - std::min(*begin, *end);
}

bool KdumpSource::is_whole(const Part& part) const {
    auto count = descriptor_count(part);
    if (!count) return false;
    std::uint64_t first = *count > kLastDescriptors ? *count - kLastDescriptors : 0;
    for (std::uint64_t i = first; i < *count; ++i) {
        auto descriptor = part.cache->value<PageDescriptor>(part.descriptors + i * kDescriptorSize);
        if (!descriptor) return false;
        auto end = checked_add(static_cast<std::uint64_t>(descriptor->offset), descriptor->size);
        if (!end || *end > part.file->size()) return false;
    }
    // Without any page the bitmaps are the last thing in the file.
    return *count > 0 || part.descriptors <= part.file->size();
}

std::vector<std::string> KdumpSource::cut_off() const {
    std::vector<std::string> sentences;
    for (const Part& part : parts_)
        if (!is_whole(part))
            sentences.push_back(part.file->name() + " ends at byte " +
                                std::to_string(part.file->size()) +
                                ", before the end of its pages");
    return sentences;
}

std::optional<std::uint64_t> KdumpSource::next_stored(std::uint64_t number) const {
    return parts_.front().dumped->next(number);  // the same in every part
}

Maybe<StoredPage> KdumpSource::locate(std::uint64_t number) const {
    // Every part carries the whole bitmaps, so any part tells what is memory.
    const Part& any = parts_.front();
    for (const Part& part : parts_) {
        if (number < part.start_pfn || number >= part.end_pfn) continue;
        auto dumped = part.dumped->test(number);
        if (!dumped) return tl::unexpected<Unknown>(dumped.error());
        if (*dumped) return describe(part, number);
        break;
    }
    auto dumped = any.dumped->test(number);
    if (!dumped) return tl::unexpected<Unknown>(dumped.error());
    if (*dumped)
        return unknown(Reason::not_dumped, "it lies in a part of the split set that is not here");
    if (!any.memory) return unknown(Reason::not_dumped, "not in the dump");
    auto memory = any.memory->test(number);
    if (!memory) return tl::unexpected<Unknown>(memory.error());
    if (!*memory) return unknown(Reason::not_dumped, "no memory there");
    if (only_zeros_filtered_) return StoredPage{};
    return unknown(Reason::filtered, "left out by makedumpfile");
}

Maybe<StoredPage> KdumpSource::describe(const Part& part, std::uint64_t number) const {
    auto index = part.dumped->rank(number);
    if (!index) return tl::unexpected<Unknown>(index.error());
    if (part.start_pfn > 0) {
        auto before = part.dumped->rank(std::min(part.start_pfn, part.dumped->bits()));
        if (!before) return tl::unexpected<Unknown>(before.error());
        *index -= *before;
    }
    std::uint64_t at = part.descriptors + *index * kDescriptorSize;
    auto descriptor = part.cache->value<PageDescriptor>(at);
    if (!descriptor) return tl::unexpected<Unknown>(descriptor.error());
    if (descriptor->offset == 0 && part.incomplete)
        return unknown(Reason::not_dumped, "makedumpfile stopped before it wrote this page");
    auto codec = codec_from_flags(descriptor->flags);
    std::uint64_t offset = static_cast<std::uint64_t>(descriptor->offset);
    if (!codec || descriptor->size == 0 || descriptor->size > block_size_ ||
        offset < part.descriptors)
        return unknown(Reason::corrupt, "page descriptor at byte " + std::to_string(at) + " of " +
                                            part.file->name() + " is damaged: offset " +
                                            std::to_string(offset) + ", size " +
                                            std::to_string(descriptor->size) + ", flags " +
                                            std::to_string(descriptor->flags));
    auto end = checked_add(offset, descriptor->size);
    if (!end || *end > part.file->size()) {
        // In a file that was cut off the descriptor is right and the page is gone.
        Reason reason =
            end && *end <= part.file->size() * 64 ? Reason::not_dumped : Reason::corrupt;
        return unknown(reason, "its bytes, stored at " + std::to_string(offset) +
                                   ", lie behind the end of " + part.file->name());
    }
    return StoredPage{part.file.get(), offset, descriptor->size, *codec};
}

}  // namespace nfstriage::dump
