#include "mkdump/thin.h"

#include <algorithm>
#include <fstream>
#include <map>

#include "base/text.h"
#include "dump/codecs.h"
#include "dump/file_bytes.h"
#include "dump/flattened.h"
#include "dump/kdump_file.h"
#include "dump/kdump_header.h"
#include "dump/kdump_source.h"
#include "mkdump/machine.h"

namespace nfstriage::mkdump {
namespace {

constexpr std::uint64_t kLargestBitmap = 64 << 20;
constexpr std::uint64_t kDescriptorSize = 24;
constexpr std::uint32_t kCodecFlags = 0x1 | 0x2 | 0x4 | 0x20, kZlib = 0x1;

// The headers and bitmaps of `input`, with the second bitmap cleared and the status saying zlib.
Result<File> head_of(const dump::FileBytes& input, const dump::KdumpHeader& header) {
    if (header.bitmap_size > kLargestBitmap)
        return error(input.name(), 436,
                     "bitmaps of at most 64 MiB, found " + std::to_string(header.bitmap_size),
                     "thin a dump of a smaller machine");
    File head(header.bitmap_offset + header.bitmap_size);
    auto got = input.read(0, head);
    if (!got)
        return error(input.name(), 0, "headers and bitmaps, found: " + got.error().what,
                     "copy the dump again");
    std::fill(
        head.begin() + static_cast<std::ptrdiff_t>(header.bitmap_offset + header.bitmap_size / 2),
        head.end(), std::uint8_t{0});
    put_number(head, 424, (header.status & ~kCodecFlags) | kZlib, 4);
    return head;
}

}  // namespace

Result<std::uint64_t> thin(const std::filesystem::path& input, const std::vector<Pfn>& pages,
                           const std::filesystem::path& output) {
    auto file = dump::open_plain_file(input);
    if (file && dump::is_flattened(**file)) file = dump::open_flattened(std::move(*file));
    if (!file) return tl::unexpected<Error>(file.error());
    if (!dump::is_kdump(**file))
        return error(input.string(), 0, "a kdump-compressed dump, found another format",
                     "write one with makedumpfile -c");
    auto header = dump::read_kdump_header(**file);
    if (!header) return tl::unexpected<Error>(header.error());
    auto head = head_of(**file, *header);
    if (!head) return tl::unexpected<Error>(head.error());
    dump::KdumpSource source({{*file, *header}});
    dump::Decompressor decompressor;

    std::vector<Pfn> sorted = pages;
    std::sort(sorted.begin(), sorted.end());
    sorted.erase(std::unique(sorted.begin(), sorted.end()), sorted.end());
    struct Kept {
        std::uint64_t number;
        std::size_t stored;  // index into `bodies`
    };
    std::vector<Kept> kept;
    std::vector<std::pair<File, std::uint32_t>> bodies;  // bytes as stored, flags
    std::map<std::uint64_t, std::size_t> by_offset;      // pages that share their bytes
    File raw, page(header->block_size);
    for (Pfn wanted : sorted) {
        auto stored = source.locate(wanted.value);
        if (!stored || stored->file == nullptr) continue;
        auto [it, fresh] = by_offset.try_emplace(stored->offset, bodies.size());
        if (fresh) {
            raw.resize(stored->size);
            if (!stored->file->read(stored->offset, raw) ||
                !decompressor.run(stored->codec, raw, page)) {
                by_offset.erase(it);  // damaged there, left out here
                continue;
            }
            bodies.push_back(dump::compress_page(page, dump::Codec::zlib));
        }
        kept.push_back({wanted.value, it->second});
    }

    std::uint64_t bitmap = header->bitmap_offset + header->bitmap_size / 2;
    std::vector<std::uint64_t> offsets;
    std::uint64_t at = head->size() + kept.size() * kDescriptorSize;
    for (const auto& [bytes, flags] : bodies) {
        offsets.push_back(at);
        at += bytes.size();
    }
    File descriptors;
    for (const Kept& one : kept) {
        (*head)[bitmap + one.number / 8] |= static_cast<std::uint8_t>(1u << one.number % 8);
        std::uint64_t entry = descriptors.size();
        put_number(descriptors, entry, offsets[one.stored], 8);
        put_number(descriptors, entry + 8, bodies[one.stored].first.size(), 4);
        put_number(descriptors, entry + 12, bodies[one.stored].second, 4);
        put_number(descriptors, entry + 16, 0, 8);
    }
    std::ofstream out(output, std::ios::binary | std::ios::trunc);
    auto store = [&](const File& bytes) {
        out.write(reinterpret_cast<const char*>(bytes.data()),
                  static_cast<std::streamsize>(bytes.size()));
    };
    store(*head);
    store(descriptors);
    for (const auto& [bytes, flags] : bodies) store(bytes);
    out.close();
    if (!out)
        return error(output.string(), std::nullopt, "to write the thinned dump",
                     "check the path and the free space");
    return kept.size();
}

Result<std::vector<Pfn>> parse_page_list(std::string_view text, const std::string& name) {
    std::vector<Pfn> pages;
    std::size_t number = 0;
    for (std::string_view line : split(text, '\n')) {
        ++number;
        line = trim(line.substr(0, line.find('#')));
        if (line.empty()) continue;
        auto value = parse_unsigned(line, 16);
        if (!value)
            return error(name, std::nullopt,
                         "a hexadecimal page frame number in line " + std::to_string(number) +
                             ", found \"" + std::string(line) + "\"",
                         "write one per line");
        pages.push_back({*value});
    }
    return pages;
}

}  // namespace nfstriage::mkdump
