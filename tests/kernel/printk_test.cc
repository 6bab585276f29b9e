#include "kernel/printk.h"
#include "catch.h"
#include "fakes/dump.h"

using namespace nfstriage;
using fakes::FakeDump;

namespace {

constexpr VAddr kPrbPointer{0xffffffff82000000}, kPrb{0xffffffff82001000};
constexpr VAddr kDescs{0xffffffff82010000}, kInfos{0xffffffff82020000};
constexpr VAddr kText{0xffffffff82030000};
constexpr std::uint64_t kCount = 8, kTextSize = 4096;

// A lockless ring of 8 descriptors and 4 KiB of text (kernel/printk/printk_ringbuffer.h).
class Ring {
public:
    FakeDump dump;

    Ring() {
        dump.info = dump::Vmcoreinfo::parse(
            "SYMBOL(prb)=ffffffff82000000\n"
            "OFFSET(printk_ringbuffer.desc_ring)=0\nOFFSET(printk_ringbuffer.text_data_ring)=48\n"
            "OFFSET(prb_desc_ring.count_bits)=0\nOFFSET(prb_desc_ring.descs)=8\n"
            "OFFSET(prb_desc_ring.infos)=16\nOFFSET(prb_desc_ring.head_id)=24\n"
            "OFFSET(prb_desc_ring.tail_id)=32\nSIZE(prb_desc)=24\nOFFSET(prb_desc.state_var)=0\n"
            "OFFSET(prb_desc.text_blk_lpos)=8\nOFFSET(prb_data_blk_lpos.begin)=0\n"
            "OFFSET(prb_data_blk_lpos.next)=8\nSIZE(printk_info)=88\nOFFSET(printk_info.seq)=0\n"
            "OFFSET(printk_info.ts_nsec)=8\nOFFSET(printk_info.text_len)=16\n"
            "OFFSET(printk_info.caller_id)=20\nOFFSET(prb_data_ring.size_bits)=0\n"
            "OFFSET(prb_data_ring.data)=8\n");
        dump.kernel.set<std::uint64_t>(kPrbPointer, kPrb.value);
        dump.kernel.put(kPrb, std::vector<std::uint8_t>(88));
        dump.kernel.set<std::uint32_t>(kPrb, 3);
        dump.kernel.set<std::uint64_t>(kPrb + 8, kDescs.value);
        dump.kernel.set<std::uint64_t>(kPrb + 16, kInfos.value);
        dump.kernel.set<std::uint32_t>(kPrb + 48, 12);
        dump.kernel.set<std::uint64_t>(kPrb + 56, kText.value);
        dump.kernel.put(kDescs, std::vector<std::uint8_t>(kCount * 24));
        dump.kernel.put(kInfos, std::vector<std::uint8_t>(kCount * 88));
        dump.kernel.put(kText, std::vector<std::uint8_t>(kTextSize));
    }

    // Writes record `id` at text position `begin` (which grows without end), state committed.
    void add(std::uint64_t id, std::uint64_t begin, std::string_view text, std::uint64_t time_ns,
             std::uint32_t caller = 0, std::uint64_t state = 2) {
        VAddr desc = kDescs + id % kCount * 24, info = kInfos + id % kCount * 88;
        std::uint64_t size = (8 + text.size() + 7) / 8 * 8;
        bool wraps =
            begin / kTextSize != (begin + size) / kTextSize && (begin + size) % kTextSize != 0;
        std::uint64_t next = wraps ? (begin / kTextSize + 1) * kTextSize + size : begin + size;
        VAddr block = kText + (wraps ? 0 : begin % kTextSize);
        dump.kernel.set<std::uint64_t>(desc, state << 62 | id);
        dump.kernel.set<std::uint64_t>(desc + 8, begin);
        dump.kernel.set<std::uint64_t>(desc + 16, next);
        dump.kernel.set<std::uint64_t>(info, sequence_++);
        dump.kernel.set<std::uint64_t>(info + 8, time_ns);
        dump.kernel.set<std::uint16_t>(info + 16, static_cast<std::uint16_t>(text.size()));
        dump.kernel.set<std::uint32_t>(info + 20, caller);
        dump.kernel.set<std::uint64_t>(block, id);
        for (std::size_t i = 0; i < text.size(); ++i) dump.kernel.set<char>(block + 8 + i, text[i]);
    }
    void range(std::uint64_t tail, std::uint64_t head) {
        dump.kernel.set<std::uint64_t>(kPrb + 24, head);
        dump.kernel.set<std::uint64_t>(kPrb + 32, tail);
    }
    void start_sequence(std::uint64_t sequence) { sequence_ = sequence; }

private:
    std::uint64_t sequence_ = 0;
};

}  // namespace

TEST_CASE("the lockless ring is read in order, with time and caller") {
    Ring ring;
    ring.add(100, 0, "Linux version 6.1", 0);
    ring.add(101, 40, "BUG: soft lockup\nsecond line", 12'345'678'000, 173);
    ring.add(102, 96, "from an interrupt", 13'000'000'000, 0x80000001);
    ring.range(100, 102);
    auto log = kernel::read_printk(ring.dump).value();
    CHECK(log.complete);
    REQUIRE(log.records.size() == 3);
    CHECK(kernel::to_console_text(log) ==
          "[    0.000000] Linux version 6.1\n"
          "[   12.345678][  T173] BUG: soft lockup\n"
          "[   12.345678][  T173] second line\n"
          "[   13.000000][    C1] from an interrupt\n");
}

TEST_CASE("facility and level are read where they stand between two members that are told") {
    Ring ring;
    ring.add(100, 0, "from user space", 1);
    ring.dump.kernel.set<std::uint8_t>(kInfos + 100 % kCount * 88 + 18, 3);
    ring.dump.kernel.set<std::uint8_t>(kInfos + 100 % kCount * 88 + 19, 6 << 5 | 2);
    ring.range(100, 100);
    auto log = kernel::read_printk(ring.dump).value();
    REQUIRE(log.records.size() == 1);
    CHECK(log.records[0].facility == 3);
    CHECK(log.records[0].level == 6);
}

TEST_CASE("records that wrap in the text ring or in the descriptors are read") {
    Ring ring;
    ring.start_sequence(40);
    ring.add(7, 4088, "this text starts again at the ring's beginning", 1'000'000'000);
    ring.add(8, 4096 + 56, "next", 2'000'000'000);
    ring.range(7, 8);
    auto log = kernel::read_printk(ring.dump).value();
    REQUIRE(log.records.size() == 2);
    CHECK(log.records[0].text == "this text starts again at the ring's beginning");
    CHECK(log.records[1].text == "next");
    CHECK_FALSE(log.complete);
    CHECK(log.why.find("first 40 messages") != std::string::npos);
}

TEST_CASE("reserved, reused and textless records do not become text") {
    Ring ring;
    ring.add(1, 0, "kept", 1);
    ring.add(2, 16, "being written", 2, 0, 0);
    ring.add(3, 40, "overwritten", 3);
    ring.dump.kernel.set<std::uint64_t>(kText + 40, 99);  // the block belongs to another record
    ring.range(1, 3);
    auto log = kernel::read_printk(ring.dump).value();
    REQUIRE(log.records.size() == 1);
    CHECK(log.records[0].text == "kept");
    CHECK_FALSE(log.complete);
}

TEST_CASE("absent pages of the ring weaken the log and never end it") {
    Ring ring;
    ring.add(1, 0, "kept", 1);
    ring.range(1, 1);
    SECTION("descriptors") {
        ring.dump.kernel.remove(kDescs);
        auto log = kernel::read_printk(ring.dump).value();
        CHECK(log.records.empty());
        CHECK_FALSE(log.complete);
    }
    SECTION("text") {
        ring.dump.kernel.remove(kText);
        auto log = kernel::read_printk(ring.dump).value();
        CHECK(log.records.empty());
        CHECK_FALSE(log.complete);
    }
    SECTION("the ring itself") {
        ring.dump.kernel.remove(kPrb);
        CHECK(kernel::read_printk(ring.dump).error().reason == Reason::filtered);
    }
}

TEST_CASE("sizes of a ring that no kernel has are refused") {
    Ring ring;
    ring.range(0, 0);
    ring.dump.kernel.set<std::uint32_t>(kPrb, 60);
    CHECK(kernel::read_printk(ring.dump).error().reason == Reason::corrupt);
}

namespace {

// v3.5 to v5.9: struct printk_log records in log_buf.
class RecordBuffer {
public:
    FakeDump dump;
    std::vector<std::uint8_t> bytes = std::vector<std::uint8_t>(1024);

    void add(std::uint32_t at, std::uint64_t time_ns, std::string_view text) {
        std::uint16_t length = static_cast<std::uint16_t>((16 + text.size() + 7) / 8 * 8);
        std::uint16_t text_length = static_cast<std::uint16_t>(text.size());
        std::memcpy(&bytes[at], &time_ns, 8);
        std::memcpy(&bytes[at + 8], &length, 2);
        std::memcpy(&bytes[at + 10], &text_length, 2);
        std::memcpy(&bytes[at + 16], text.data(), text.size());
        end = at + length;
    }
    Maybe<kernel::PrintkLog> read(std::uint32_t first, std::uint32_t next) {
        dump.info = dump::Vmcoreinfo::parse(
            "SYMBOL(log_buf)=ffffffff82000000\nSYMBOL(log_buf_len)=ffffffff82000008\n"
            "SYMBOL(log_first_idx)=ffffffff8200000c\nSYMBOL(log_next_idx)=ffffffff82000010\n"
            "SIZE(printk_log)=16\nOFFSET(printk_log.ts_nsec)=0\nOFFSET(printk_log.len)=8\n"
            "OFFSET(printk_log.text_len)=10\nOFFSET(printk_log.dict_len)=12\n");
        dump.kernel.put(kPrbPointer, std::vector<std::uint8_t>(64));
        dump.kernel.set<std::uint64_t>(kPrbPointer, kText.value);
        dump.kernel.set<std::uint32_t>(kPrbPointer + 8, static_cast<std::uint32_t>(bytes.size()));
        dump.kernel.set<std::uint32_t>(kPrbPointer + 12, first);
        dump.kernel.set<std::uint32_t>(kPrbPointer + 16, next);
        dump.kernel.put(kText, bytes);
        return kernel::read_printk(dump);
    }
    std::uint32_t end = 0;
};

}  // namespace

TEST_CASE("the record buffer of 4.19 is read, around its end too") {
    RecordBuffer buffer;
    buffer.add(900, 1'500'000'000, "before the end");
    // A record of length 0 sends the reader to the start.
    buffer.add(0, 2'000'000'000, "after the end");
    auto log = buffer.read(900, buffer.end).value();
    CHECK(kernel::to_console_text(log) ==
          "[    1.500000] before the end\n[    2.000000] after the end\n");
    CHECK_FALSE(log.complete);  // first index is not 0: it wrapped
}

TEST_CASE("a damaged record ends the record buffer with a reason") {
    RecordBuffer buffer;
    buffer.add(0, 1, "good");
    std::uint32_t second = buffer.end;
    buffer.add(second, 2, "bad");
    std::uint16_t length = 4;
    std::memcpy(&buffer.bytes[second + 8], &length, 2);
    auto log = buffer.read(0, buffer.end).value();
    CHECK(log.records.size() == 1);
    CHECK(log.why.find("damaged") != std::string::npos);
}

TEST_CASE("a record buffer that leads back to where it began is read once") {
    RecordBuffer buffer;
    buffer.add(0, 1, "once");
    auto log = buffer.read(0, 512).value();  // behind the record a length of 0: go to the start
    CHECK(log.records.size() == 1);
    CHECK_FALSE(log.complete);
    CHECK(log.why.find("loop") != std::string::npos);
}

TEST_CASE("records that lie over each other give no more text than the ring holds") {
    Ring ring;
    for (std::uint64_t id = 0; id < kCount; ++id) ring.add(id, id * 8, std::string(2000, 'x'), id);
    ring.range(0, kCount - 1);
    auto log = kernel::read_printk(ring.dump).value();
    std::size_t bytes = 0;
    for (const auto& record : log.records) bytes += record.text.size();
    CHECK(log.records.size() == 2);
    CHECK(bytes <= kTextSize);
    CHECK_FALSE(log.complete);
}

TEST_CASE("a log without a record says why it is not complete") {
    RecordBuffer buffer;
    CHECK(buffer.read(0, 0).value().why == "no record is in the ring");
    Ring ring;
    ring.range(5, 5);
    auto log = kernel::read_printk(ring.dump).value();
    CHECK_FALSE(log.complete);
    CHECK(log.why == "no record is in the ring");
}

TEST_CASE("a kernel that describes no log is not guessed at") {
    FakeDump dump;
    CHECK(kernel::read_printk(dump).error().reason == Reason::no_symbol);
}
