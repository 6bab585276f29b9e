#include "damage/file_layout.h"

#include <algorithm>
#include <memory>
#include <stdexcept>

#include "dump/file_bytes.h"
#include "dump/flattened.h"
#include "dump/kdump_header.h"
#include "dump/kdump_source.h"

namespace nfstriage::damage {
namespace {

using dump::FileBytes;
using File = std::shared_ptr<const FileBytes>;

constexpr std::uint64_t kHeader = 464, kSubHeader = 104, kDescriptor = 24;
constexpr std::uint64_t kFlatHeader = 4096, kRecordHeader = 16;
constexpr std::uint64_t kElfHeader = 64, kProgramHeader = 56;
constexpr std::size_t kMostRecords = 4096;

File opened(const std::filesystem::path& path) {
    auto file = dump::open_plain_file(path);
    if (!file) throw std::runtime_error(to_string(file.error()));
    return *file;
}

std::uint64_t big_endian(const FileBytes& file, std::uint64_t offset) {
    return __builtin_bswap64(file.value<std::uint64_t>(offset).value_or(~std::uint64_t{0}));
}

std::vector<FileRange> of_flattened(const FileBytes& file) {
    std::vector<FileRange> ranges{{0, 32}};
    std::uint64_t at = kFlatHeader;
    while (at < file.size() && ranges.size() < kMostRecords) {
        ranges.push_back({at, kRecordHeader});
        std::uint64_t size = big_endian(file, at + 8);
        if (size > file.size()) break;
        at += kRecordHeader + size;
    }
    ranges.push_back({kFlatHeader + kRecordHeader, kHeader});
    return ranges;
}

std::vector<FileRange> of_kdump(const File& file) {
    auto header = dump::read_kdump_header(*file);
    if (!header) throw std::runtime_error(to_string(header.error()));
    std::uint64_t half = header->bitmap_size / 2, bits = half * 8;
    auto cache = std::make_shared<dump::BlockCache>(file);
    dump::PfnBitmap dumped(file, cache, header->bitmap_offset + half, bits);
    return {{0, kHeader},
            {header->block_size, kSubHeader},
            {header->vmcoreinfo_offset, header->vmcoreinfo_size},
            {header->note_offset, header->note_size},
            {header->bitmap_offset, half},
            {header->bitmap_offset + half, half},
            {header->bitmap_offset + 2 * half, dumped.rank(bits).value_or(0) * kDescriptor}};
}

std::vector<FileRange> of_elf(const FileBytes& file) {
    std::uint64_t table = file.value<std::uint64_t>(32).value_or(0);
    std::uint64_t count = file.value<std::uint16_t>(56).value_or(0);
    std::vector<FileRange> ranges{{0, kElfHeader}, {table, count * kProgramHeader}};
    for (std::uint64_t i = 0; i < count; ++i) {
        std::uint64_t at = table + i * kProgramHeader;
        constexpr std::uint32_t kNote = 4;
        if (file.value<std::uint32_t>(at).value_or(0) != kNote) continue;
        ranges.push_back({file.value<std::uint64_t>(at + 8).value_or(0),
                          file.value<std::uint64_t>(at + 32).value_or(0)});
    }
    return ranges;
}

}  // namespace

std::vector<FileRange> metadata_of(const std::filesystem::path& path) {
    File file = opened(path);
    std::vector<FileRange> ranges;
    if (dump::is_flattened(*file))
        ranges = of_flattened(*file);
    else if (dump::is_kdump(*file))
        ranges = of_kdump(file);
    else if (file->value<std::uint32_t>(0) == 0x464c457fu)
        ranges = of_elf(*file);
    else
        ranges = {{0, std::min<std::uint64_t>(file->size(), 512)}};
    std::erase_if(ranges, [](const FileRange& range) { return range.size == 0; });
    return ranges;
}

std::vector<FileRange> descriptors_of(const std::filesystem::path& path,
                                      const std::vector<Pfn>& pages) {
    File file = opened(path);
    if (!dump::is_kdump(*file)) return {};
    auto header = dump::read_kdump_header(*file);
    if (!header) throw std::runtime_error(to_string(header.error()));
    std::uint64_t half = header->bitmap_size / 2;
    auto cache = std::make_shared<dump::BlockCache>(file);
    dump::PfnBitmap dumped(file, cache, header->bitmap_offset + half, half * 8);
    std::vector<FileRange> ranges;
    for (Pfn page : pages) {
        auto index = dumped.rank(page.value);
        if (index && dumped.test(page.value).value_or(false))
            ranges.push_back(
                {header->bitmap_offset + 2 * half + *index * kDescriptor, kDescriptor});
    }
    return ranges;
}

}  // namespace nfstriage::damage
