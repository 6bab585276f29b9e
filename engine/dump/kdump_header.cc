#include "dump/kdump_header.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "base/bytes.h"

namespace nfstriage::dump {
namespace {

// struct disk_dump_header
constexpr std::uint64_t kVersion = 8, kUtsname = 12, kUtsField = 65, kStatus = 424,
                        kBlockSize = 428, kSubHeaderBlocks = 432, kBitmapBlocks = 436,
                        kMaxMapnr = 440, kHeaderBytes = 464;
constexpr std::uint32_t kStatusIncomplete = 0x8, kStatusExcludedVmemmap = 0x10;

// struct kdump_sub_header
constexpr std::uint64_t kPhysBase = 0, kDumpLevel = 8, kSplit = 12, kStartPfn = 16, kEndPfn = 24,
                        kVmcoreinfo = 32, kNotes = 48, kStartPfn64 = 80, kEndPfn64 = 88,
                        kMaxMapnr64 = 96, kSubHeaderBytes = 104;
// The header version that brought each group of fields.
constexpr int kHasDumpLevel = 1, kHasSplit = 2, kHasVmcoreinfo = 3, kHasNotes = 4, kHasPfn64 = 6;
constexpr std::uint32_t kLeastBlock = 4096, kLargestBlock = 1u << 20;
constexpr const char* kRemedy =
    "the file is damaged or no vmcore; copy it again from the crashed host";

std::string field(Bytes header, std::uint64_t index) {
    auto bytes = header.range(kUtsname + index * kUtsField, kUtsField);
    std::string text(reinterpret_cast<const char*>(bytes->data()), bytes->size());
    return text.substr(0, text.find('\0'));
}

}  // namespace

bool KdumpHeader::incomplete() const { return (status & kStatusIncomplete) != 0; }
bool KdumpHeader::excluded_vmemmap() const { return (status & kStatusExcludedVmemmap) != 0; }

bool is_kdump(const FileBytes& file) {
    std::uint8_t head[8];
    return file.read(0, head) && std::memcmp(head, "KDUMP   ", 8) == 0;
}

Result<KdumpHeader> read_kdump_header(const FileBytes& file) {
    std::vector<std::uint8_t> raw(kHeaderBytes);
    if (!file.read(0, raw))
        return error(file.name(), 0,
                     "a kdump header of " + std::to_string(kHeaderBytes) + " bytes, found " +
                         std::to_string(file.size()),
                     kRemedy);
    Bytes bytes(raw);
    KdumpHeader header;
    header.version = *bytes.get<std::int32_t>(kVersion);
    if (header.version < 0 || header.version > 0xffff)
        return error(
            file.name(), kVersion,
            "a kdump header version of this byte order, found " + std::to_string(header.version),
            "big endian dumps need crash on their own architecture");
    header.uname = {field(bytes, 1), field(bytes, 2), field(bytes, 3), field(bytes, 4)};
    header.status = *bytes.get<std::uint32_t>(kStatus);
    header.block_size = *bytes.get<std::uint32_t>(kBlockSize);
    if (!std::has_single_bit(header.block_size) || header.block_size < kLeastBlock ||
        header.block_size > kLargestBlock)
        return error(file.name(), kBlockSize,
                     "a block size that is a power of two from 4096 to 1048576, found " +
                         std::to_string(header.block_size),
                     kRemedy);
    std::uint64_t block = header.block_size;
    std::uint64_t sub_blocks = *bytes.get<std::uint32_t>(kSubHeaderBlocks);
    header.bitmap_offset = (1 + sub_blocks) * block;
    header.bitmap_size = *bytes.get<std::uint32_t>(kBitmapBlocks) * block;
    header.max_mapnr = *bytes.get<std::uint32_t>(kMaxMapnr);

    std::vector<std::uint8_t> sub_raw(kSubHeaderBytes);
    if (!file.read(block, sub_raw)) {
        header.damage = "the file stops before the end of its headers";
        return header;
    }
    Bytes sub(sub_raw);
    auto u64 = [&](std::uint64_t at) { return *sub.get<std::uint64_t>(at); };
    header.phys_base = u64(kPhysBase);
    if (header.version >= kHasDumpLevel) header.dump_level = *sub.get<std::int32_t>(kDumpLevel);
    if (header.version >= kHasSplit && *sub.get<std::int32_t>(kSplit) != 0) {
        header.split = true;
        header.start_pfn = u64(kStartPfn);
        header.end_pfn = u64(kEndPfn);
    }
    if (header.version >= kHasVmcoreinfo) {
        header.vmcoreinfo_offset = u64(kVmcoreinfo);
        header.vmcoreinfo_size = u64(kVmcoreinfo + 8);
    }
    if (header.version >= kHasNotes) {
        header.note_offset = u64(kNotes);
        header.note_size = u64(kNotes + 8);
    }
    if (header.version >= kHasPfn64) {
        if (header.split) {
            header.start_pfn = u64(kStartPfn64);
            header.end_pfn = u64(kEndPfn64);
        }
        // max_mapnr is 32 bit and wraps on machines above 16 TiB.
        header.max_mapnr = std::max(header.max_mapnr, u64(kMaxMapnr64));
    }
    return header;
}

}  // namespace nfstriage::dump
