// The headers of a kdump-compressed file ("KDUMP   "; makedumpfile's diskdump_mod.h: struct
// disk_dump_header and struct kdump_sub_header, 64 bit). What is decoded here comes from the file
// unchecked except for what is said at each field.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/arch.h"
#include "base/result.h"
#include "dump/dump.h"
#include "dump/file_bytes.h"

namespace nfstriage::dump {

inline constexpr std::uint64_t kKdumpMachineOffset = 272;  // of utsname.machine, 65 bytes

struct KdumpHeader {
    std::int32_t version = 0;
    Uname uname;
    std::uint32_t status = 0;
    std::uint32_t block_size = 0;  // a power of two from 4 KiB to 1 MiB; also the unit of pages
    std::uint64_t bitmap_offset = 0, bitmap_size = 0;  // both bitmaps, in bytes
    std::uint64_t max_mapnr = 0;                       // pages
    // The sub header.
    std::uint64_t phys_base = 0;
    std::optional<std::int32_t> dump_level;
    bool split = false;
    std::uint64_t start_pfn = 0, end_pfn = 0;  // of a split part, half open
    std::uint64_t vmcoreinfo_offset = 0, vmcoreinfo_size = 0;
    std::uint64_t note_offset = 0, note_size = 0;
    std::string damage;  // one sentence if the file stops before the sub header does

    bool incomplete() const;        // makedumpfile ran out of space
    bool excluded_vmemmap() const;  // and left out the page structures of filtered pages
};

bool is_kdump(const FileBytes& file);

// Errors: header cut off, a 32-bit writer, or sizes that no writer makes.
Result<KdumpHeader> read_kdump_header(const FileBytes& file);

}  // namespace nfstriage::dump
