#include "mkdump/elf_writer.h"

#include <vector>

namespace nfstriage::mkdump {
namespace {

constexpr std::uint64_t kEhdr = 64, kShdr = 64, kPhdr = 56;

struct Segment {
    std::uint32_t type = 1;
    std::uint64_t offset = 0, vaddr = 0, paddr = 0, file_size = 0, memory_size = 0;
};

// Runs of consecutive granules; filtered ones behind a run make its memory larger than its bytes.
std::vector<Segment> segments_of(const Machine& machine) {
    std::set<std::uint64_t> all = machine.filtered;
    for (const auto& [number, bytes] : machine.memory) all.insert(number);
    std::vector<Segment> segments;
    bool last_stored = false;
    for (std::uint64_t number : all) {
        bool stored = machine.memory.contains(number) && !machine.filtered.contains(number);
        Segment* last = segments.empty() ? nullptr : &segments.back();
        bool joins = last && last->paddr + last->memory_size == number * kGranule &&
                     (last_stored || !stored);
        if (!joins) {
            segments.push_back({});
            last = &segments.back();
            last->paddr = number * kGranule;
        }
        last->memory_size += kGranule;
        if (stored) last->file_size += kGranule;
        last_stored = stored;
    }
    return segments;
}

}  // namespace

File write_elf(const Machine& machine, const ElfOptions& options) {
    std::vector<Segment> segments = segments_of(machine);
    if (options.kernel_size > 0) {
        Segment kernel;
        kernel.vaddr = options.kernel_vaddr;
        kernel.paddr = options.kernel_physical;
        kernel.file_size = kernel.memory_size = options.kernel_size;
        segments.insert(segments.begin(), kernel);
    }
    File notes = notes_of(machine, true);
    Segment note;
    note.type = 4;
    note.file_size = note.memory_size = notes.size();
    segments.insert(segments.begin(), note);

    bool section = options.qemu || options.count_in_section;
    std::uint64_t section_at = section ? kEhdr : 0;
    std::uint64_t table = kEhdr + (section ? kShdr + (options.qemu ? 64 : 0) : 0);
    File out;
    put_text(out, 0, "\177ELF\2\1\1");
    put_number(out, 16, 4, 2);
    put_number(out, 18, machine.arch == Arch::aarch64 ? 183 : 62, 2);
    put_number(out, 20, 1, 4);
    put_number(out, 32, table, 8);
    put_number(out, 40, section_at, 8);
    put_number(out, 52, options.qemu ? 8 : kEhdr, 2);
    put_number(out, 54, kPhdr, 2);
    put_number(out, 56, options.count_in_section ? 0xffff : segments.size(), 2);
    put_number(out, 58, kShdr, 2);
    put_number(out, 60, section ? 1 : 0, 2);
    if (section) put_number(out, section_at + 44, segments.size(), 4);  // sh_info
    std::uint64_t at = table + segments.size() * kPhdr;
    at = (at + 3) / 4 * 4;
    segments[0].offset = at;
    put(out, at, notes);
    at = (at + notes.size() + kGranule - 1) / kGranule * kGranule;
    for (Segment& segment : segments) {
        if (segment.type != 1) continue;
        segment.offset = at;
        for (std::uint64_t done = 0; done < segment.file_size; done += kGranule) {
            auto it = machine.memory.find((segment.paddr + done) / kGranule);
            put(out, at + done, it != machine.memory.end() ? it->second : File(kGranule));
        }
        at += segment.file_size;
    }
    std::uint64_t entry = table;
    for (const Segment& segment : segments) {
        put_number(out, entry, segment.type, 4);
        put_number(out, entry + 8, segment.offset, 8);
        put_number(out, entry + 16, segment.vaddr, 8);
        put_number(out, entry + 24, segment.paddr, 8);
        put_number(out, entry + 32, segment.file_size, 8);
        put_number(out, entry + 40, segment.memory_size, 8);
        entry += kPhdr;
    }
    return out;
}

}  // namespace nfstriage::mkdump
