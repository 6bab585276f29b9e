#include "mkdump/kdump_writer.h"

#include <algorithm>
#include <optional>
#include <random>

#include "dump/kdump_file.h"

namespace nfstriage::mkdump {
namespace {

constexpr std::uint64_t kDescriptorSize = 24;
constexpr std::size_t kUtsField = 65;

struct Frames {
    std::uint64_t count = 0;      // max_mapnr
    std::uint64_t per_frame = 1;  // granules
    std::set<std::uint64_t> memory, dumped;
};

Frames frames_of(const Machine& machine, std::uint32_t block_size) {
    Frames frames;
    frames.per_frame = block_size / kGranule;
    for (const auto& [number, bytes] : machine.memory) {
        frames.memory.insert(number / frames.per_frame);
        if (!machine.filtered.contains(number)) frames.dumped.insert(number / frames.per_frame);
    }
    for (std::uint64_t number : machine.filtered) frames.memory.insert(number / frames.per_frame);
    frames.count = frames.memory.empty() ? 0 : *frames.memory.rbegin() + 1;
    return frames;
}

File frame_bytes(const Machine& machine, std::uint64_t frame, std::uint32_t block_size) {
    File bytes(block_size);
    for (std::uint64_t i = 0; i < block_size / kGranule; ++i) {
        auto it = machine.memory.find(frame * (block_size / kGranule) + i);
        if (it != machine.memory.end()) put(bytes, i * kGranule, it->second);
    }
    return bytes;
}

void put_headers(File& out, const Machine& machine, const KdumpOptions& options,
                 const Frames& frames, std::uint64_t bitmap_blocks, std::uint64_t sub_blocks) {
    put_text(out, 0, "KDUMP   ");
    put_number(out, 8, static_cast<std::uint64_t>(options.version), 4);
    std::size_t field = 0;
    for (const std::string& text :
         {std::string("Linux"), machine.uname.nodename, machine.uname.release,
          machine.uname.version, machine.uname.machine})
        put_text(out, 12 + kUtsField * field++, std::string_view(text).substr(0, kUtsField - 1));
    put_number(out, 424, options.status | dump::flag_of(options.codec), 4);
    put_number(out, 428, options.block_size, 4);
    put_number(out, 432, sub_blocks, 4);
    put_number(out, 436, bitmap_blocks, 4);
    put_number(out, 440, std::min<std::uint64_t>(frames.count, UINT32_MAX), 4);
    put_number(out, 460, machine.cpus.size(), 4);
}

struct Part {
    std::uint64_t begin = 0, end = 0;  // page frames
    bool split = false;
};

File write_part(const Machine& machine, const KdumpOptions& options, const Frames& frames,
                const Part& part) {
    std::uint64_t block = options.block_size;
    std::string info = vmcoreinfo_text(machine);
    File notes = notes_of(machine, true);
    bool own_info = options.version >= 3 && !options.vmcoreinfo_in_notes && !info.empty();
    std::uint64_t sub_bytes = 104 + info.size() + notes.size() + 16;
    std::uint64_t sub_blocks = (sub_bytes + block - 1) / block;
    std::uint64_t half = ((frames.count + 7) / 8 + block - 1) / block * block;
    std::uint64_t bitmap = (1 + sub_blocks) * block;

    File out(bitmap + 2 * half);
    put_headers(out, machine, options, frames, 2 * half / block, sub_blocks);
    put_number(out, block, machine.phys_base, 8);
    if (options.version >= 1) put_number(out, block + 8, options.dump_level, 4);
    if (options.version >= 2 && part.split) {
        put_number(out, block + 12, 1, 4);
        put_number(out, block + 16, part.begin, 8);
        put_number(out, block + 24, part.end, 8);
    }
    std::uint64_t at = block + 104;
    if (own_info) {
        put_number(out, block + 32, at, 8);
        put_number(out, block + 40, info.size(), 8);
        put_text(out, at, info);
        at += info.size();
    }
    if (options.version >= 4 && !notes.empty()) {
        put_number(out, block + 48, at, 8);
        put_number(out, block + 56, notes.size(), 8);
        put(out, at, notes);
    }
    if (options.version >= 6) {
        put_number(out, block + 80, part.begin, 8);
        put_number(out, block + 88, part.end, 8);
        put_number(out, block + 96, frames.count, 8);
    }
    auto mark = [&out](std::uint64_t map, std::uint64_t frame) {
        std::uint8_t& byte = out[map + frame / 8];
        byte = static_cast<std::uint8_t>(byte | 1u << frame % 8);
    };
    for (std::uint64_t frame : frames.memory) mark(bitmap, frame);
    for (std::uint64_t frame : frames.dumped) mark(bitmap + half, frame);

    std::vector<std::uint64_t> mine;
    for (std::uint64_t frame : frames.dumped)
        if (frame >= part.begin && frame < part.end) mine.push_back(frame);
    std::uint64_t descriptor = out.size(), data = descriptor + mine.size() * kDescriptorSize;
    std::optional<std::uint64_t> zeros;
    for (std::uint64_t frame : mine) {
        File page = frame_bytes(machine, frame, options.block_size);
        bool zero = std::all_of(page.begin(), page.end(), [](std::uint8_t b) { return b == 0; });
        auto [stored, flags] = dump::compress_page(page, options.codec);
        bool shared = zero && zeros && options.share_zero_page;
        put_number(out, descriptor, shared ? *zeros : data, 8);
        put_number(out, descriptor + 8, stored.size(), 4);
        put_number(out, descriptor + 12, flags, 4);
        put_number(out, descriptor + 16, 0, 8);
        descriptor += kDescriptorSize;
        if (shared) continue;
        if (zero) zeros = data;
        put(out, data, stored);
        data += stored.size();
    }
    return out;
}

}  // namespace

std::vector<File> write_kdump(const Machine& machine, const KdumpOptions& options) {
    Frames frames = frames_of(machine, options.block_size);
    std::vector<File> files;
    std::uint64_t begin = 0;
    for (std::uint64_t end : options.split_at) {
        files.push_back(write_part(machine, options, frames, {begin, end, true}));
        begin = end;
    }
    files.push_back(
        write_part(machine, options, frames, {begin, frames.count, !options.split_at.empty()}));
    return files;
}

File flatten(std::span<const std::uint8_t> file, const FlattenOptions& options) {
    std::vector<std::pair<std::uint64_t, std::uint64_t>> records;  // offset, size
    for (std::uint64_t at = 0; at < file.size(); at += options.record_size)
        records.emplace_back(at, std::min(options.record_size, file.size() - at));
    if (options.shuffle != 0) {
        std::mt19937_64 random(options.shuffle);
        std::shuffle(records.begin(), records.end(), random);
    }
    File out(4096);
    put_text(out, 0, "makedumpfile");
    out[23] = out[31] = 1;  // be64 type 1, version 1
    auto put_be64 = [&](std::uint64_t value) {
        put_number(out, out.size(), __builtin_bswap64(value), 8);
    };
    auto put_record = [&](std::uint64_t offset, std::span<const std::uint8_t> bytes) {
        put_be64(offset);
        put_be64(bytes.size());
        put(out, out.size(), bytes);
    };
    if (options.overlap) {  // stale bytes, reaching over the borders of the records to come
        for (std::size_t i = 0; i < records.size(); i += 3) {
            std::uint64_t from = records[i].first + records[i].second / 2;
            std::uint64_t size = std::min<std::uint64_t>(records[i].second, file.size() - from);
            put_record(from, File(size, 0xee));
        }
    }
    for (auto [offset, size] : records) put_record(offset, file.subspan(offset, size));
    if (options.end_record) {
        put_be64(UINT64_MAX);
        put_be64(UINT64_MAX);
    }
    return out;
}

}  // namespace nfstriage::mkdump
