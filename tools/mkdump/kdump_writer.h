// Writes kdump-compressed files as makedumpfile and QEMU do (diskdump_mod.h), and wraps any file in
// the flattened format.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "dump/codecs.h"
#include "mkdump/machine.h"

namespace nfstriage::mkdump {

struct KdumpOptions {
    dump::Codec codec = dump::Codec::zlib;
    std::uint32_t block_size = 4096;  // also the unit of page frames
    std::int32_t version = 6;
    std::int32_t dump_level = 31;
    std::uint32_t status = 0;             // more DUMP_DH_* flags
    std::vector<std::uint64_t> split_at;  // page frames; n of them make n + 1 parts
    bool vmcoreinfo_in_notes = false;     // as older writers: no region of its own
    bool share_zero_page = true;
};

// The files of the dump: one, or the parts of a split set in order.
std::vector<File> write_kdump(const Machine& machine, const KdumpOptions& options);

struct FlattenOptions {
    std::uint64_t record_size = 65536;
    std::uint64_t shuffle = 0;  // nonzero: seed of a random order of records
    bool overlap = false;       // write every third record with wrong bytes first
    bool end_record = true;
};
File flatten(std::span<const std::uint8_t> file, const FlattenOptions& options);

}  // namespace nfstriage::mkdump
