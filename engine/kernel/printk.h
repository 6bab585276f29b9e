// The printk ring of a crashed kernel, in both forms it has had: the lockless ring since v5.10
// (kernel/printk/printk_ringbuffer.c, 896fbe20b4e2) and the record buffer of v3.5 to v5.9
// (kernel/printk/printk.c, struct printk_log). Both are described by VMCOREINFO, so no types and no
// symbol table are needed.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/maybe.h"
#include "dump/dump.h"

namespace nfstriage::kernel {

struct PrintkRecord {
    std::uint64_t sequence = 0;
    std::uint64_t time_ns = 0;                  // since boot
    std::uint32_t caller_id = 0;                // task id, or 0x80000000 + CPU; 0 if not recorded
    std::string text;                           // may hold several lines
    std::optional<std::uint8_t> level = {};     // LOGLEVEL_*: 0 emerg ... 7 debug
    std::optional<std::uint8_t> facility = {};  // 0: the kernel's own, others: user space
};

// Records are missing that were printed between these two moments, both included.
struct PrintkGap {
    std::uint64_t from_ns = 0, to_ns = 0;  // since boot; the largest number: to the end
};

struct PrintkLog {
    std::vector<PrintkRecord> records;  // oldest first
    std::vector<PrintkGap> gaps;  // behind the oldest record there is: what wrapped away is none
    bool complete = false;  // from the first message of this boot to the last, nothing missing
    std::string why;        // when not
};

// Unknown(no_symbol) when VMCOREINFO describes neither form; the memory's reasons when its head is
// absent. Records whose text is absent are left out and make the log incomplete.
Maybe<PrintkLog> read_printk(const dump::Dump& dump);

// The log as dmesg prints it, one line each: "[   12.345678][  T123] text".
std::string to_console_text(const PrintkLog& log);

}  // namespace nfstriage::kernel
