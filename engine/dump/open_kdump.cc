#include "dump/open_kdump.h"

#include <algorithm>

#include "dump/kdump_header.h"
#include "dump/kdump_source.h"

namespace nfstriage::dump {
namespace {

constexpr std::uint64_t kLargestInfo = 16u << 20;  // notes of 8192 CPUs are 3 MiB

// A region that the sub header points to; what is wrong with it goes into `missing`.
std::vector<std::uint8_t> region(const FileBytes& file, std::uint64_t offset, std::uint64_t size,
                                 const char* what, std::vector<std::string>& missing) {
    if (offset == 0 || size == 0) return {};
    if (size > kLargestInfo) {
        missing.push_back(std::string(what) + " of " + std::to_string(size) +
                          " bytes is not believable");
        return {};
    }
    std::vector<std::uint8_t> bytes(static_cast<std::size_t>(size));
    auto done = file.read(offset, bytes);
    if (done) return bytes;
    missing.push_back(std::string(what) + " cannot be read: " + done.error().what);
    return {};
}

void note_gaps(std::vector<KdumpPart>& parts, std::vector<std::string>& missing) {
    std::sort(parts.begin(), parts.end(), [](const KdumpPart& a, const KdumpPart& b) {
        return a.header.start_pfn < b.header.start_pfn;
    });
    std::uint64_t at = 0;
    for (const KdumpPart& part : parts) {
        if (part.header.start_pfn > at)
            missing.push_back("the part of the split set that holds page frames " +
                              std::to_string(at) + " to " + std::to_string(part.header.start_pfn) +
                              " is not given");
        at = std::max(at, part.header.end_pfn);
    }
    if (at < parts.front().header.max_mapnr)
        missing.push_back("the part of the split set that holds page frames " + std::to_string(at) +
                          " to " + std::to_string(parts.front().header.max_mapnr) +
                          " is not given");
}

}  // namespace

Result<Contents> open_kdump(const std::vector<std::shared_ptr<const FileBytes>>& files) {
    Contents contents;
    std::vector<KdumpPart> parts;
    for (const auto& file : files) {
        if (!is_kdump(*file))
            return error(file->name(), 0, "a part of a split set, found another format",
                         "give the files of one dump only");
        auto header = read_kdump_header(*file);
        if (!header) return tl::unexpected<Error>(header.error());
        if (!header->damage.empty()) contents.missing.push_back(header->damage);
        if (!file->cut_short().empty()) contents.missing.push_back(file->cut_short());
        if (header->incomplete())
            contents.missing.push_back(
                "makedumpfile marked the dump as incomplete: it ran out of space");
        if (header->excluded_vmemmap())
            contents.missing.push_back(
                "makedumpfile left out the page structures of filtered pages");
        parts.push_back({file, std::move(*header)});
    }
    for (const KdumpPart& part : parts) {
        if (parts.size() > 1 && !part.header.split)
            return error(part.file->name(), std::nullopt,
                         "a part of a split set, found a whole dump",
                         "give the files of one dump only");
        if (part.header.block_size != parts.front().header.block_size ||
            part.header.uname.release != parts.front().header.uname.release ||
            part.header.max_mapnr != parts.front().header.max_mapnr)
            return error(part.file->name(), std::nullopt,
                         "a part of the same split set as " + parts.front().file->name() +
                             ", found another kernel or memory size",
                         "give the files of one dump only");
    }
    if (parts.front().header.split) note_gaps(parts, contents.missing);

    for (const KdumpPart& part : parts) {  // the first part that has them
        const KdumpHeader& header = part.header;
        auto note_bytes = region(*part.file, header.note_offset, header.note_size, "the ELF notes",
                                 contents.missing);
        auto info = region(*part.file, header.vmcoreinfo_offset, header.vmcoreinfo_size,
                           "VMCOREINFO", contents.missing);
        if (&part == &parts.front()) {
            auto arch = arch_from_machine(header.uname.machine);
            if (!arch) arch = arch_from_notes(note_bytes);
            if (!arch)
                return error(part.file->name(), kKdumpMachineOffset,
                             "the name of a machine such as x86_64 in the header, found \"" +
                                 header.uname.machine + "\"",
                             "the header is damaged; copy the dump again");
            contents.arch = *arch;
            contents.uname = header.uname;
            contents.hints.phys_bases.push_back(header.phys_base);
            contents.raw.phys_base = header.phys_base;
        }
        Notes notes = parse_notes(note_bytes, contents.arch);
        if (!notes.damage.empty()) contents.missing.push_back(notes.damage);
        std::string& text = contents.raw.vmcoreinfo;
        if (text.empty()) text.assign(info.begin(), info.end());
        if (text.empty()) text = notes.vmcoreinfo;
        if (contents.raw.notes.empty()) contents.raw.notes = std::move(note_bytes);
        if (contents.cpus.empty()) contents.cpus = std::move(notes.cpus);
    }
    auto source = std::make_shared<KdumpSource>(std::move(parts));
    for (std::string& sentence : source->cut_off()) contents.missing.push_back(std::move(sentence));
    contents.format = source->format();
    contents.source = std::move(source);
    return contents;
}

}  // namespace nfstriage::dump
