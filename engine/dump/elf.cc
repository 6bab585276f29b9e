#include "dump/elf.h"

#include <algorithm>
#include <cstring>
#include <map>

#include "base/bytes.h"
#include "dump/notes.h"

namespace nfstriage::dump {
namespace {

constexpr std::uint64_t kEhdrSize = 64, kPhdrSize = 56;
constexpr std::uint64_t kPlaceOfTable = 32, kPlaceOfSections = 40;  // e_phoff, e_shoff
constexpr std::uint16_t kTypeCore = 4, kMachineX86 = 62, kMachineAarch64 = 183;
constexpr std::uint16_t kManySegments = 0xffff;  // PN_XNUM: the count is in section 0's sh_info
constexpr std::uint32_t kLoad = 1, kNote = 4;
constexpr std::uint32_t kPage = 4096;
constexpr std::uint64_t kLargestNotes = 16u << 20;  // together: those of 8192 CPUs are 3 MiB
constexpr std::uint64_t kMostSegments = 1u << 20;
constexpr std::uint64_t kStartKernelMap = 0xffffffff80000000;  // x86_64: __START_KERNEL_map
constexpr const char* kRemedy =
    "the file is damaged or no vmcore; copy it again from the crashed host";

struct Segment {
    std::uint32_t type = 0;
    std::uint64_t offset = 0, vaddr = 0, paddr = 0, file_size = 0, memory_size = 0;
};

// Whole pages, half open, in page numbers.
struct Range {
    std::uint64_t begin = 0, end = 0;
    std::uint64_t offset = 0;  // in the file, of page `begin`
    bool stored = false;       // false: makedumpfile -E left these pages out
};

class ElfSource final : public PageSource {
public:
    ElfSource(std::shared_ptr<const FileBytes> file, const std::vector<Segment>& segments)
        : file_(std::move(file)) {
        // The kernel's text lies in a segment of its own and again in the one of its RAM; where
        // segments overlap the first one in the file serves, and stored pages before absent ones.
        std::map<std::uint64_t, std::uint64_t> covered;
        for (bool stored : {true, false})
            for (const Segment& segment : segments) add(covered, segment, stored);
        std::sort(ranges_.begin(), ranges_.end(),
                  [](const Range& a, const Range& b) { return a.begin < b.begin; });
    }

    std::string format() const override { return file_->flattened() ? "ELF flattened" : "ELF"; }
    std::uint32_t page_size() const override { return kPage; }

    Maybe<StoredPage> locate(std::uint64_t number) const override {
        auto it = std::upper_bound(ranges_.begin(), ranges_.end(), number,
                                   [](std::uint64_t n, const Range& r) { return n < r.end; });
        if (it == ranges_.end() || it->begin > number)
            return unknown(Reason::not_dumped, "no memory there");
        if (!it->stored) return unknown(Reason::filtered, "left out by makedumpfile");
        return StoredPage{file_.get(), it->offset + (number - it->begin) * kPage, kPage,
                          Codec::none};
    }

    std::optional<std::uint64_t> next_stored(std::uint64_t number) const override {
        auto it = std::upper_bound(ranges_.begin(), ranges_.end(), number,
                                   [](std::uint64_t n, const Range& r) { return n < r.end; });
        for (; it != ranges_.end(); ++it)
            if (number = std::max(number, it->begin); number < held_end(*it)) return number;
        return std::nullopt;
    }

private:
    // Behind the last page of `range` whose beginning is in the file: one that was cut off, or
    // whose headers are damaged, may promise any number of pages.
    std::uint64_t held_end(const Range& range) const {
        if (!range.stored || range.offset >= file_->size()) return range.begin;
        std::uint64_t pages = (file_->size() - range.offset - 1) / kPage + 1;
        return range.begin + std::min(range.end - range.begin, pages);
    }

    // Adds the pages of `segment` that no earlier one covers. `covered`: begin and end of what is,
    // in pieces that do not touch, so that segments lying over many others cost no more than these.
    void add(std::map<std::uint64_t, std::uint64_t>& covered, const Segment& segment, bool stored) {
        auto stored_end = checked_add(segment.paddr, segment.file_size);
        auto memory_end = checked_add(segment.paddr, segment.memory_size);
        if (!stored_end || !memory_end) return;  // also p_paddr -1, "no physical address"
        std::uint64_t from = stored ? segment.paddr : *stored_end;
        std::uint64_t to = stored ? *stored_end : *memory_end;
        std::uint64_t begin = from / kPage + (from % kPage != 0 ? 1 : 0), end = to / kPage;
        if (begin >= end) return;
        std::uint64_t origin = segment.offset + (begin * kPage - segment.paddr);
        auto put = [&](std::uint64_t first, std::uint64_t last) {
            if (first < last)
                ranges_.push_back({first, last, origin + (first - begin) * kPage, stored});
        };
        auto it = covered.upper_bound(begin);
        if (it != covered.begin() && std::prev(it)->second >= begin) --it;
        std::uint64_t at = begin, first = begin, last = end;
        while (it != covered.end() && it->first <= end) {
            put(at, it->first);
            at = std::max(at, it->second);
            first = std::min(first, it->first);
            last = std::max(last, it->second);
            it = covered.erase(it);
        }
        put(at, end);
        covered[first] = last;
    }

    std::shared_ptr<const FileBytes> file_;
    std::vector<Range> ranges_;  // sorted, disjoint
};

struct Ident {
    bool elf = false, wide = false, little = false;
    std::uint16_t type = 0, machine = 0;
};

Ident identify(const FileBytes& file) {
    std::uint8_t head[20];
    Ident ident;
    if (!file.read(0, head) || std::memcmp(head, "\177ELF", 4) != 0) return ident;
    ident.elf = true;
    ident.wide = head[4] == 2;
    ident.little = head[5] == 1;
    ident.type = static_cast<std::uint16_t>(head[16] | head[17] << 8);
    ident.machine = static_cast<std::uint16_t>(head[18] | head[19] << 8);
    return ident;
}

Result<std::vector<Segment>> read_segments(const FileBytes& file) {
    std::vector<std::uint8_t> raw(kEhdrSize);
    if (!file.read(0, raw))
        return error(file.name(), 0,
                     "an ELF header of 64 bytes, found " + std::to_string(file.size()), kRemedy);
    Bytes header(raw);
    // QEMU 7.2 writes 8 into e_ehsize, so that field is not looked at.
    std::uint64_t table = *header.get<std::uint64_t>(kPlaceOfTable);
    std::uint64_t sections = *header.get<std::uint64_t>(kPlaceOfSections);
    std::uint16_t entry_size = *header.get<std::uint16_t>(54);
    std::uint64_t count = *header.get<std::uint16_t>(56);
    if (entry_size != kPhdrSize)
        return error(file.name(), 54,
                     "program headers of 56 bytes, found " + std::to_string(entry_size), kRemedy);
    if (count == kManySegments) {
        auto info = sections <= file.size() ? file.value<std::uint32_t>(sections + 44)
                                            : Maybe<std::uint32_t>(0);
        if (!info || *info == 0)
            return error(file.name(), kPlaceOfSections, "the count of program headers in section 0",
                         kRemedy);
        count = *info;
    }
    auto end = checked_add(table, count * kPhdrSize);
    if (count == 0 || count > kMostSegments || !end || *end > file.size())
        return error(file.name(), kPlaceOfTable,
                     std::to_string(count) + " program headers, found a file of " +
                         std::to_string(file.size()) + " bytes",
                     kRemedy);
    std::vector<std::uint8_t> bytes(static_cast<std::size_t>(count * kPhdrSize));
    auto done = file.read(table, bytes);
    if (!done)
        return error(file.name(), table, "program headers, found: " + done.error().what, kRemedy);
    Bytes headers(bytes);
    std::vector<Segment> segments;
    for (std::uint64_t at = 0; at < bytes.size(); at += kPhdrSize) {
        auto u64 = [&](std::uint64_t field) { return *headers.get<std::uint64_t>(at + field); };
        segments.push_back(
            {*headers.get<std::uint32_t>(at), u64(8), u64(16), u64(24), u64(32), u64(40)});
    }
    return segments;
}

}  // namespace

bool is_elf(const FileBytes& file) { return identify(file).elf; }

bool is_native_elf(const FileBytes& file) {
    Ident ident = identify(file);
    return ident.elf && ident.wide && ident.little && ident.type == kTypeCore &&
           (ident.machine == kMachineX86 || ident.machine == kMachineAarch64);
}

Result<Contents> open_elf(const std::shared_ptr<const FileBytes>& file) {
    Ident ident = identify(*file);
    if (ident.type != kTypeCore)
        return error(file->name(), 16,
                     "an ELF core file (type 4), found type " + std::to_string(ident.type),
                     "give the vmcore, not the kernel or a module");
    auto segments = read_segments(*file);
    if (!segments) return tl::unexpected<Error>(segments.error());
    Contents contents;
    contents.arch = ident.machine == kMachineX86 ? Arch::x86_64 : Arch::aarch64;
    if (!file->cut_short().empty()) contents.missing.push_back(file->cut_short());

    std::uint64_t behind = 0, loads = 0;
    bool notes_lost = false;
    std::vector<Segment> memory;
    for (const Segment& segment : *segments) {
        if (segment.type == kNote) {
            std::uint64_t size =
                std::min(segment.file_size, kLargestNotes - contents.raw.notes.size());
            notes_lost = notes_lost || size < segment.file_size;
            std::vector<std::uint8_t> bytes;
            auto end = checked_add(segment.offset, size);
            if (end && *end <= file->size()) {
                bytes.resize(static_cast<std::size_t>(size));
                if (!file->read(segment.offset, bytes)) bytes.clear();
            }
            notes_lost = notes_lost || bytes.size() < size;
            Notes notes = parse_notes(bytes, contents.arch);
            if (!notes.damage.empty()) contents.missing.push_back(notes.damage);
            std::string& text = contents.raw.vmcoreinfo;
            if (text.empty()) text = std::move(notes.vmcoreinfo);
            contents.raw.notes.insert(contents.raw.notes.end(), bytes.begin(), bytes.end());
            for (CpuNote& cpu : notes.cpus) {
                cpu.cpu = static_cast<unsigned>(contents.cpus.size());
                contents.cpus.push_back(std::move(cpu));
            }
        } else if (segment.type == kLoad) {
            ++loads;
            auto end = checked_add(segment.offset, segment.file_size);
            if (!end || *end > file->size()) ++behind;
            if (segment.vaddr >= kStartKernelMap && contents.arch == Arch::x86_64)
                contents.hints.phys_bases.push_back(segment.paddr -
                                                    (segment.vaddr - kStartKernelMap));
            memory.push_back(segment);
        }
    }
    if (notes_lost) contents.missing.push_back("the ELF notes cannot be read");
    if (loads == 0)
        return error(file->name(), std::nullopt, "segments of memory (PT_LOAD), found none",
                     "the dump was never filled; check the host's kdump log");
    if (behind > 0)
        contents.missing.push_back("the file ends at byte " + std::to_string(file->size()) +
                                   ", inside or before " + std::to_string(behind) + " of its " +
                                   std::to_string(loads) + " memory segments");
    auto source = std::make_shared<ElfSource>(file, memory);
    contents.format = source->format();
    contents.source = std::move(source);
    return contents;
}

}  // namespace nfstriage::dump
