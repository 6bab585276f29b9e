#include "kernel/printk.h"

#include <algorithm>
#include <limits>
#include <optional>

#include <fmt/format.h>

#include "base/budget.h"
#include "base/bytes.h"
#include "base/text.h"

namespace nfstriage::kernel {
namespace {

constexpr std::uint64_t kLargestRing = 64ull << 20;  // CONFIG_LOG_BUF_SHIFT is at most 25
constexpr std::uint64_t kIdsPerStep = 2048;
constexpr std::uint64_t kOpen = std::numeric_limits<std::uint64_t>::max();  // of a gap: to the end
constexpr std::uint32_t kCallerIsCpu = 0x80000000;

using dump::Dump;
using dump::Memory;
using dump::Vmcoreinfo;

tl::unexpected<Unknown> undescribed(std::string_view what) {
    return unknown(Reason::no_symbol, "VMCOREINFO lacks " + std::string(what));
}

// Offsets in VMCOREINFO; the first one missing is remembered.
class Offsets {
public:
    explicit Offsets(const Vmcoreinfo& info) : info_(info) {}
    std::uint64_t of(std::string_view member) { return take(info_.offset(member), member); }
    std::uint64_t size(std::string_view type) { return take(info_.size(type), type); }
    const std::string& missing() const { return missing_; }

private:
    std::uint64_t take(std::optional<std::uint64_t> value, std::string_view name) {
        if (!value && missing_.empty()) missing_ = name;
        return value.value_or(0);
    }
    const Vmcoreinfo& info_;
    std::string missing_;
};

// Where a record's facility is, and behind it 5 bits of flags and 3 of level. VMCOREINFO does not
// say, but in struct printk_log as in struct printk_info they fill the two bytes between a length
// and what follows; elsewhere they are not believed.
std::optional<std::uint64_t> facility_between(std::optional<std::uint64_t> before,
                                              std::optional<std::uint64_t> behind) {
    constexpr std::uint64_t kLength = 2;  // u16 text_len, dict_len
    if (!before || !behind || *behind != *before + kLength + 2) return std::nullopt;
    return *before + kLength;
}

// Both from the bytes of a record that begins at `at`.
void take_level(PrintkRecord& record, Bytes bytes, std::uint64_t at,
                std::optional<std::uint64_t> facility) {
    if (!facility) return;
    auto first = bytes.get<std::uint8_t>(at + *facility);
    auto second = bytes.get<std::uint8_t>(at + *facility + 1);
    if (!first || !second) return;
    record.facility = *first;
    record.level = static_cast<std::uint8_t>(*second >> 5);
}

// printk_ringbuffer.h: the top two bits of state_var.
enum class DescState : std::uint8_t { reserved = 0, committed = 1, finalized = 2, reusable = 3 };

// Which parts of a log buffer are records that are told: what else stands there is what is left of
// older ones.
class Told {
public:
    void add(std::uint64_t begin, std::uint64_t end) { parts_.emplace_back(begin, end); }
    void mark_rest(const Memory& memory, VAddr buffer, std::uint64_t size) {
        std::sort(parts_.begin(), parts_.end());
        std::uint64_t at = 0;
        parts_.emplace_back(size, size);
        for (auto [begin, end] : parts_) {
            if (begin > at) memory.mark({buffer + at, begin - at}, dump::Secret::bytes);
            at = std::max(at, end);
        }
    }

private:
    std::vector<std::pair<std::uint64_t, std::uint64_t>> parts_;
};

class LocklessRing {
public:
    static Maybe<PrintkLog> read(const Dump& dump, VAddr prb_pointer) {
        LocklessRing ring(dump);
        if (auto done = ring.open(prb_pointer); !done) return tl::unexpected<Unknown>(done.error());
        return ring.records();
    }

private:
    explicit LocklessRing(const Dump& dump) : memory_(dump.memory()), offsets_(dump.vmcoreinfo()) {}

    Maybe<void> open(VAddr prb_pointer) {
        std::uint64_t desc_ring = offsets_.of("printk_ringbuffer.desc_ring");
        std::uint64_t text_ring = offsets_.of("printk_ringbuffer.text_data_ring");
        std::uint64_t count_bits = offsets_.of("prb_desc_ring.count_bits");
        std::uint64_t descs = offsets_.of("prb_desc_ring.descs");
        std::uint64_t infos = offsets_.of("prb_desc_ring.infos");
        std::uint64_t head = offsets_.of("prb_desc_ring.head_id");
        std::uint64_t tail = offsets_.of("prb_desc_ring.tail_id");
        std::uint64_t size_bits = offsets_.of("prb_data_ring.size_bits");
        std::uint64_t data = offsets_.of("prb_data_ring.data");
        state_ = offsets_.of("prb_desc.state_var");
        block_ = offsets_.of("prb_desc.text_blk_lpos");
        begin_ = offsets_.of("prb_data_blk_lpos.begin");
        next_ = offsets_.of("prb_data_blk_lpos.next");
        sequence_ = offsets_.of("printk_info.seq");
        time_ = offsets_.of("printk_info.ts_nsec");
        length_ = offsets_.of("printk_info.text_len");
        caller_ = offsets_.of("printk_info.caller_id");
        facility_ = facility_between(length_, caller_);
        desc_size_ = offsets_.size("prb_desc");
        info_size_ = offsets_.size("printk_info");
        if (!offsets_.missing().empty()) return undescribed(offsets_.missing());

        auto prb = memory_.pointer(prb_pointer);
        if (!prb) return tl::unexpected<Unknown>(prb.error());
        auto bits = memory_.u32(*prb + desc_ring + count_bits);
        auto descs_at = memory_.pointer(*prb + desc_ring + descs);
        auto infos_at = memory_.pointer(*prb + desc_ring + infos);
        auto head_id = memory_.u64(*prb + desc_ring + head);
        auto tail_id = memory_.u64(*prb + desc_ring + tail);
        auto text_bits = memory_.u32(*prb + text_ring + size_bits);
        auto text_at = memory_.pointer(*prb + text_ring + data);
        if (!bits) return tl::unexpected<Unknown>(bits.error());
        if (!head_id) return tl::unexpected<Unknown>(head_id.error());
        if (!tail_id) return tl::unexpected<Unknown>(tail_id.error());
        if (!text_bits) return tl::unexpected<Unknown>(text_bits.error());
        if (!descs_at || !infos_at || !text_at || *bits > 24 || *text_bits > 26 ||
            desc_size_ > 4096 || info_size_ > 4096)
            return unknown(Reason::corrupt, "the printk ring's sizes are not believable");
        count_ = std::uint64_t{1} << *bits;
        descs_at_ = *descs_at;
        infos_at_ = *infos_at;
        head_ = *head_id & kIdMask;
        tail_ = *tail_id & kIdMask;
        text_size_ = std::uint64_t{1} << *text_bits;
        if (text_size_ > kLargestRing)
            return unknown(Reason::corrupt, "printk text ring too large");
        text_at_ = *text_at;
        return read_text(*text_at);
    }

    // The text ring, with the pages that are absent left out.
    Maybe<void> read_text(VAddr at) {
        text_.resize(text_size_);
        present_.assign(text_size_ / kPage + 1, true);
        if (memory_.read(at, text_)) return {};
        for (std::uint64_t page = 0; page < text_size_; page += kPage)
            if (!memory_.read(at + page,
                              std::span(text_).subspan(page, std::min(kPage, text_size_ - page))))
                present_[page / kPage] = false;
        return {};
    }

    PrintkLog records() {
        PrintkLog log;
        std::uint64_t live = ((head_ - tail_) & kIdMask) + 1;
        if (live > count_) live = count_;
        std::uint64_t first = head_ - (live - 1);
        for (std::uint64_t done = 0; done < live;) {
            std::uint64_t index = ((first + done) & kIdMask) % count_;
            std::uint64_t step = std::min({kIdsPerStep, live - done, count_ - index});
            auto descs = memory_.bytes(descs_at_ + index * desc_size_, step * desc_size_);
            auto infos = memory_.bytes(infos_at_ + index * info_size_, step * info_size_);
            if (descs && infos) {
                for (std::uint64_t i = 0; i < step; ++i)
                    add(log, (first + done + i) & kIdMask, Bytes{ByteSpan(*descs)}, i * desc_size_,
                        Bytes{ByteSpan(*infos)}, i * info_size_);
            } else {
                log.why = "printk descriptors: " + to_string(descs ? infos.error() : descs.error());
                lose(log, last_time_, kOpen);
            }
            done += step;
        }
        if (log.why.empty() && lost_ > 0)
            log.why = fmt::format("the text of {} records is absent", lost_);
        if (log.why.empty() && !log.records.empty() && log.records.front().sequence > 0)
            log.why = fmt::format("the ring wrapped: the first {} messages of this boot are gone",
                                  log.records.front().sequence);
        log.complete = log.why.empty() && !log.records.empty();
        told_.mark_rest(memory_, text_at_, text_size_);
        return log;
    }

    void add(PrintkLog& log, std::uint64_t id, Bytes descs, std::uint64_t desc, Bytes infos,
             std::uint64_t info) {
        auto state = descs.get<std::uint64_t>(desc + state_);
        auto begin = descs.get<std::uint64_t>(desc + block_ + begin_);
        auto next = descs.get<std::uint64_t>(desc + block_ + next_);
        auto sequence = infos.get<std::uint64_t>(info + sequence_);
        auto time = infos.get<std::uint64_t>(info + time_);
        auto length = infos.get<std::uint16_t>(info + length_);
        auto caller = infos.get<std::uint32_t>(info + caller_);
        if (!state || !begin || !next || !sequence || !time || !length || !caller) return;
        auto desc_state = static_cast<DescState>(*state >> 62);
        if ((*state & kIdMask) != id) return;
        if (desc_state != DescState::committed && desc_state != DescState::finalized) return;
        last_time_ = *time;
        if (!log.gaps.empty() && log.gaps.back().to_ns == kOpen) log.gaps.back().to_ns = *time;
        PrintkRecord record{*sequence, *time, *caller, {}};
        take_level(record, infos, info, facility_);
        if (!(*begin & 1)) {  // an odd position stands for a record without text
            auto text = text_of(*begin, *next, *length, id);
            if (!text) {
                ++lost_;
                lose(log, *time, *time);
                return;
            }
            record.text = std::move(*text);
        }
        log.records.push_back(std::move(record));
    }

    static void lose(PrintkLog& log, std::uint64_t from, std::uint64_t to) {
        if (!log.gaps.empty() && log.gaps.back().to_ns >= from)
            log.gaps.back().to_ns = std::max(log.gaps.back().to_ns, to);
        else
            log.gaps.push_back({from, to});
    }

    // A data block is an unsigned long id and the text; one that would wrap starts at 0 instead.
    std::optional<std::string> text_of(std::uint64_t begin, std::uint64_t next,
                                       std::uint64_t length, std::uint64_t id) const {
        std::uint64_t mask = text_size_ - 1;
        bool wrapped = begin / text_size_ != next / text_size_ && (next & mask) != 0;
        std::uint64_t at = wrapped ? 0 : begin & mask;
        std::uint64_t end = wrapped ? next & mask : at + (next - begin);
        if (end > text_size_ || end < at + 8) return std::nullopt;
        length = std::min(length, end - at - 8);
        for (std::uint64_t page = at / kPage; page <= (at + 8 + length) / kPage; ++page)
            if (page < present_.size() && !present_[page]) return std::nullopt;
        auto block_id = Bytes{ByteSpan(text_)}.get<std::uint64_t>(at);
        if (!block_id || (*block_id & kIdMask) != id) return std::nullopt;
        // Blocks do not overlap, but damaged ones may, all of them.
        if (length > text_size_ - told_bytes_) return std::nullopt;
        told_bytes_ += length;
        memory_.mark({text_at_ + at + 8, length}, dump::Secret::sentence);
        told_.add(at, at + 8 + length);
        return std::string(reinterpret_cast<const char*>(&text_[0]) + at + 8, length);
    }

    static constexpr std::uint64_t kPage = 4096;
    static constexpr std::uint64_t kIdMask = ~(std::uint64_t{3} << 62);

    const Memory& memory_;
    Offsets offsets_;
    std::uint64_t state_ = 0, block_ = 0, begin_ = 0, next_ = 0;
    std::uint64_t sequence_ = 0, time_ = 0, length_ = 0, caller_ = 0;
    std::optional<std::uint64_t> facility_;
    std::uint64_t desc_size_ = 0, info_size_ = 0;
    std::uint64_t count_ = 0, head_ = 0, tail_ = 0, text_size_ = 0, lost_ = 0;
    std::uint64_t last_time_ = 0;
    VAddr descs_at_, infos_at_, text_at_;
    std::vector<std::uint8_t> text_;
    mutable Told told_;  // which parts of text_ are records
    mutable std::uint64_t told_bytes_ = 0;
    std::vector<bool> present_;
};

// v3.5 to v5.9: variable-length records in log_buf, from log_first_idx to log_next_idx; a record of
// length 0 says "go on at the start".
Maybe<PrintkLog> read_record_buffer(const Dump& dump) {
    const Memory& memory = dump.memory();
    const Vmcoreinfo& info = dump.vmcoreinfo();
    auto buffer_symbol = info.symbol("log_buf");
    auto size_symbol = info.symbol("log_buf_len");
    auto first_symbol = info.symbol("log_first_idx");
    auto next_symbol = info.symbol("log_next_idx");
    if (!buffer_symbol || !size_symbol || !first_symbol || !next_symbol)
        return undescribed("SYMBOL(log_buf) or its neighbours");
    Offsets offsets(info);
    std::uint64_t header = offsets.size("printk_log");
    std::uint64_t time_at = offsets.of("printk_log.ts_nsec");
    std::uint64_t length_at = offsets.of("printk_log.len");
    std::uint64_t text_length_at = offsets.of("printk_log.text_len");
    if (!offsets.missing().empty()) return undescribed(offsets.missing());
    // Behind them caller_id, or the end of the header.
    const auto facility =
        facility_between(info.offset("printk_log.dict_len"), header >= 20 ? 16 : header);

    auto buffer = memory.pointer(*buffer_symbol);
    auto size = memory.u32(*size_symbol);
    auto first = memory.u32(*first_symbol);
    auto next = memory.u32(*next_symbol);
    if (!buffer) return tl::unexpected<Unknown>(buffer.error());
    if (!size) return tl::unexpected<Unknown>(size.error());
    if (!first) return tl::unexpected<Unknown>(first.error());
    if (!next) return tl::unexpected<Unknown>(next.error());
    if (*size > kLargestRing || *first > *size || *next > *size || header < 16)
        return unknown(Reason::corrupt, "the log buffer's sizes are not believable");
    auto raw = memory.bytes(*buffer, *size);
    if (!raw) return tl::unexpected<Unknown>(raw.error());

    Bytes bytes{ByteSpan(*raw)};
    Told told;
    // With CONFIG_PRINTK_CALLER (v5.1) a u32 caller_id follows the 16 bytes there were before.
    bool has_caller = header >= 20;
    PrintkLog log;
    Budget budget(*size / 16 + 2);
    std::uint64_t at = *first;
    bool again = false;  // at the start
    while (at != *next && budget.spend()) {
        if (again && at >= *first) {
            log.why = "the records of the log buffer form a loop";
            break;
        }
        auto length = bytes.get<std::uint16_t>(at + length_at);
        if (length && *length == 0) {
            if (at == 0) break;
            at = 0;
            again = true;
            continue;
        }
        auto time = bytes.get<std::uint64_t>(at + time_at);
        auto text_length = bytes.get<std::uint16_t>(at + text_length_at);
        auto text = text_length ? bytes.range(at + header, *text_length)
                                : Maybe<ByteSpan>(unknown(Reason::corrupt));
        if (!length || !time || !text || *length < header || *text_length > *length - header) {
            log.why = fmt::format("the record at {} of the log buffer is damaged", at);
            log.gaps.push_back({log.records.empty() ? 0 : log.records.back().time_ns, kOpen});
            break;
        }
        PrintkRecord record;
        record.sequence = log.records.size();
        record.time_ns = *time;
        if (has_caller) record.caller_id = bytes.get<std::uint32_t>(at + 16).value_or(0);
        record.text.assign(text->begin(), text->end());
        take_level(record, bytes, at, facility);
        log.records.push_back(std::move(record));
        memory.mark({*buffer + at + header, *text_length}, dump::Secret::sentence);
        told.add(at, at + header + *text_length);
        at += *length;
    }
    told.mark_rest(memory, *buffer, *size);
    if (budget.exhausted()) log.why = "the log buffer has more records than it can hold";
    if (log.why.empty() && *first != 0) log.why = "the log buffer wrapped: its beginning is gone";
    log.complete = log.why.empty() && !log.records.empty();
    return log;
}

}  // namespace

Maybe<PrintkLog> read_printk(const Dump& dump) {
    auto prb = dump.vmcoreinfo().symbol("prb");
    auto log = prb ? LocklessRing::read(dump, *prb) : read_record_buffer(dump);
    if (log && log->records.empty() && log->why.empty()) log->why = "no record is in the ring";
    return log;
}

std::string to_console_text(const PrintkLog& log) {
    std::string text;
    for (const PrintkRecord& record : log.records) {
        std::string prefix = fmt::format("[{:5}.{:06}]", record.time_ns / 1'000'000'000,
                                         record.time_ns / 1000 % 1'000'000);
        if (record.caller_id & kCallerIsCpu)
            prefix += fmt::format("[{:>6}]", fmt::format("C{}", record.caller_id & ~kCallerIsCpu));
        else if (record.caller_id != 0)
            prefix += fmt::format("[{:>6}]", fmt::format("T{}", record.caller_id));
        for (std::string_view line : split(record.text, '\n')) {
            text += prefix;
            text += ' ';
            text += line;
            text += '\n';
        }
    }
    return text;
}

}  // namespace nfstriage::kernel
