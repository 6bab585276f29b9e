// The printk ring in both its forms, damaged: what is read is printable as lines of a console log,
// and reading is bounded.
#include "kernel/printk.h"
#include "fakes/dump.h"
#include "input.h"

using namespace nfstriage;
using namespace nfstriage::fuzz;

namespace {

constexpr VAddr kHead{0xffffffff82000000}, kPrb{0xffffffff82001000}, kDescs{0xffffffff82010000};
constexpr VAddr kInfos{0xffffffff82020000}, kText{0xffffffff82030000};
constexpr std::uint64_t kCount = 16, kTextSize = 1024;

constexpr std::string_view kLockless =
    "SYMBOL(prb)=ffffffff82000000\n"
    "OFFSET(printk_ringbuffer.desc_ring)=0\nOFFSET(printk_ringbuffer.text_data_ring)=48\n"
    "OFFSET(prb_desc_ring.count_bits)=0\nOFFSET(prb_desc_ring.descs)=8\n"
    "OFFSET(prb_desc_ring.infos)=16\nOFFSET(prb_desc_ring.head_id)=24\n"
    "OFFSET(prb_desc_ring.tail_id)=32\nSIZE(prb_desc)=24\nOFFSET(prb_desc.state_var)=0\n"
    "OFFSET(prb_desc.text_blk_lpos)=8\nOFFSET(prb_data_blk_lpos.begin)=0\n"
    "OFFSET(prb_data_blk_lpos.next)=8\nSIZE(printk_info)=88\nOFFSET(printk_info.seq)=0\n"
    "OFFSET(printk_info.ts_nsec)=8\nOFFSET(printk_info.text_len)=16\n"
    "OFFSET(printk_info.caller_id)=20\nOFFSET(prb_data_ring.size_bits)=0\n"
    "OFFSET(prb_data_ring.data)=8\n";
constexpr std::string_view kRecords =
    "SYMBOL(log_buf)=ffffffff82000000\nSYMBOL(log_buf_len)=ffffffff82000008\n"
    "SYMBOL(log_first_idx)=ffffffff8200000c\nSYMBOL(log_next_idx)=ffffffff82000010\n"
    "SIZE(printk_log)=16\nOFFSET(printk_log.ts_nsec)=0\nOFFSET(printk_log.len)=8\n"
    "OFFSET(printk_log.text_len)=10\nOFFSET(printk_log.dict_len)=12\n";

template <class T>
void put(File& bytes, std::size_t at, T value) {
    if (at + sizeof value <= bytes.size()) std::memcpy(&bytes[at], &value, sizeof value);
}

// One run of bytes for each region of the ring, which patch() then sees as one file.
struct Ring {
    File head = File(64), prb = File(88), descs = File(kCount * 24), infos = File(kCount * 88);
    File text = File(kTextSize);

    std::vector<std::pair<VAddr, File*>> regions() {
        return {{kHead, &head}, {kPrb, &prb}, {kDescs, &descs}, {kInfos, &infos}, {kText, &text}};
    }
};

// Records of 8 to 39 bytes of text, numbered from `first`.
void fill_lockless(Ring& ring, std::uint64_t first, std::size_t count, std::uint64_t begin) {
    put(ring.head, 0, kPrb.value);
    put(ring.prb, 0, std::uint32_t{4});
    put(ring.prb, 8, kDescs.value);
    put(ring.prb, 16, kInfos.value);
    put(ring.prb, 48, std::uint32_t{10});
    put(ring.prb, 56, kText.value);
    put(ring.prb, 24, first + count - 1);
    put(ring.prb, 32, first);
    for (std::size_t i = 0; i < count; ++i) {
        std::uint64_t id = first + i, length = 8 + i * 7 % 32, size = (8 + length + 7) / 8 * 8;
        bool wraps = begin / kTextSize != (begin + size - 1) / kTextSize;
        std::uint64_t next = wraps ? (begin / kTextSize + 1) * kTextSize + size : begin + size;
        std::size_t block = wraps ? 0 : begin % kTextSize;
        std::size_t desc = id % kCount * 24, info = id % kCount * 88;
        put(ring.descs, desc, std::uint64_t{2} << 62 | id);
        put(ring.descs, desc + 8, begin);
        put(ring.descs, desc + 16, next);
        put(ring.infos, info, id);
        put(ring.infos, info + 8, id * 1'000'000'000);
        put(ring.infos, info + 16, static_cast<std::uint16_t>(length));
        put(ring.infos, info + 20, static_cast<std::uint32_t>(i % 2 == 0 ? 100 : 0x80000001));
        put(ring.text, block, id);
        for (std::size_t c = 0; c < length; ++c)
            put(ring.text, block + 8 + c, static_cast<char>(c == 12 ? '\n' : 'a' + c % 26));
        begin = next;
    }
}

void fill_records(Ring& ring, std::size_t count) {
    put(ring.head, 0, kText.value);
    put(ring.head, 8, static_cast<std::uint32_t>(kTextSize));
    std::size_t at = 0;
    for (std::size_t i = 0; i < count && at + 64 < kTextSize; ++i) {
        std::uint16_t text = static_cast<std::uint16_t>(4 + i * 7 % 32);
        auto length = static_cast<std::uint16_t>((16 + text + 7) / 8 * 8);
        put(ring.text, at, std::uint64_t{i} * 1'000'000);
        put(ring.text, at + 8, length);
        put(ring.text, at + 10, text);
        for (std::size_t c = 0; c < text; ++c) put(ring.text, at + 16 + c, 'a');
        at += length;
    }
    put(ring.head, 16, static_cast<std::uint32_t>(at));
}

void patch_regions(Ring& ring, Input& input) {
    File all;
    for (auto& [at, region] : ring.regions()) all.insert(all.end(), region->begin(), region->end());
    patch(all, input);
    std::size_t done = 0;
    for (auto& [at, region] : ring.regions()) {
        std::size_t size = std::min(region->size(), all.size() - std::min(done, all.size()));
        if (size < region->size()) region->resize(size);
        std::copy_n(all.begin() + static_cast<std::ptrdiff_t>(std::min(done, all.size())), size,
                    region->begin());
        done += size;
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    Input input(data, size);
    std::uint8_t form = input.u8();
    Ring ring;
    const bool lockless = (form & 1) == 0;
    if (lockless)
        fill_lockless(ring, input.u16(), 1 + form / 2 % kCount, input.u16());
    else
        fill_records(ring, form / 2 % 32);
    std::string info;
    if ((form & 128) != 0)
        info = std::string(input.text(input.u8())) + "\n";  // stays ahead of its like
    info += lockless ? kLockless : kRecords;
    patch_regions(ring, input);
    fakes::FakeDump dump;
    dump.info = dump::Vmcoreinfo::parse(info);
    for (auto& [at, region] : ring.regions()) dump.kernel.put(at, *region);

    auto log = kernel::read_printk(dump);
    if (!log) return 0;
    require(log->complete || !log->why.empty(), "why a log is not complete is said");
    require(log->records.size() <= 1 << 17, "a small ring holds few records");
    std::string text = kernel::to_console_text(*log);
    require(log->records.empty() || text.ends_with('\n'), "text ends in a newline");
    return 0;
}
