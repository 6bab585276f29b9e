#include "debuginfo/text_file.h"

#include <elf.h>

#include <algorithm>
#include <cstring>
#include <map>

#include "debuginfo/patch_sites.h"

namespace nfstriage::debuginfo {
namespace {

constexpr std::uint32_t kAarch64Nop = 0xd503201f;

// Text of the boot, and alternatives that are copied over other text: neither runs where it stands.
bool runs_later(std::string_view section) {
    return !section.starts_with(".init") && !section.starts_with(".exit") &&
           !section.starts_with(".altinstr");
}

std::uint32_t word(ByteSpan bytes, std::size_t at) {
    std::uint32_t value = 0;
    std::memcpy(&value, bytes.data() + at, sizeof value);
    return value;
}

// B and BL: what ftrace and static keys exchange for a nop.
bool is_branch(std::uint32_t word) { return (word & 0x7c000000) == 0x14000000; }

}  // namespace

struct TextFile::Patched {
    std::vector<PatchMap> maps;  // one for each part
};

TextFile::~TextFile() = default;

Result<std::unique_ptr<TextFile>> TextFile::open(const std::filesystem::path& path) {
    auto elf = ElfObject::open(path);
    if (!elf) return tl::unexpected<Error>(elf.error());
    std::unique_ptr<TextFile> file(new TextFile);
    file->elf_ = std::move(*elf);
    const auto& sections = file->elf_->sections();
    for (std::size_t i = 0; i < sections.size(); ++i) {
        const ElfSection& section = sections[i];
        bool text = (section.flags & SHF_EXECINSTR) != 0 && (section.flags & SHF_ALLOC) != 0 &&
                    section.type == SHT_PROGBITS && runs_later(section.name);
        if (!text || file->elf_->relocatable()) continue;
        auto bytes = file->elf_->bytes(i);
        if (!bytes) return tl::unexpected<Error>(bytes.error());
        if (!bytes->empty() && checked_add(section.address, bytes->size()))
            file->parts_.push_back({section.address, *bytes});
    }
    if (file->parts_.empty())
        return error("", std::nullopt, "a file with text was expected, not " + path.string(),
                     "name the vmlinux of the kernel's debuginfo package");
    auto symbols = file->elf_->symbols();
    if (!symbols) return tl::unexpected<Error>(symbols.error());
    file->symbols_ = std::move(*symbols);
    auto stext = std::find_if(file->symbols_.begin(), file->symbols_.end(),
                              [](const ElfSymbol& s) { return s.name == "_stext"; });
    if (stext == file->symbols_.end())
        return error(path.string(), std::nullopt,
                     "a vmlinux with its text and symbols was expected",
                     "name the vmlinux of the kernel's debuginfo package");
    file->stext_ = stext->address;
    std::sort(file->parts_.begin(), file->parts_.end(),
              [](const Part& a, const Part& b) { return a.address < b.address; });
    return file;
}

const TextFile::Part* TextFile::part(std::uint64_t address, std::uint64_t size) const {
    for (const Part& part : parts_)
        if (address >= part.address && address - part.address < part.bytes.size() &&
            size <= part.bytes.size() - (address - part.address))
            return &part;
    return nullptr;
}

bool TextFile::covers(std::uint64_t address, std::uint64_t size) const {
    return part(address, size) != nullptr;
}

Maybe<void> TextFile::read(std::uint64_t address, std::span<std::uint8_t> out) const {
    const Part* found = part(address, out.size());
    if (found == nullptr)
        return unknown(Reason::not_dumped, elf_->path().string() + " has no text there");
    ByteSpan from = found->bytes.subspan(address - found->address, out.size());
    std::copy(from.begin(), from.end(), out.begin());
    return {};
}

// Absolute addresses in the text were moved with it, and offsets to per-CPU variables of x86_64,
// which stay, the other way. On aarch64 the linker may have left such words 0, for relocations.
bool TextFile::moved(ByteSpan file, ByteSpan seen, std::size_t at, std::uint64_t shift) const {
    bool aarch64 = elf_->arch() == Arch::aarch64;
    for (std::size_t size : {std::size_t{4}, std::size_t{8}}) {
        if (aarch64 && size == 4) continue;
        for (std::size_t back = 0; back < size && back <= at; ++back) {
            std::size_t begin = at - back;
            if (begin + size > file.size() || (aarch64 && begin % 4 != 0)) continue;
            std::uint64_t a = 0, b = 0;
            std::memcpy(&a, file.data() + begin, size);
            std::memcpy(&b, seen.data() + begin, size);
            std::uint64_t mask = size == 8 ? UINT64_MAX : UINT32_MAX;
            std::uint64_t up = (b - a) & mask;
            if (shift != 0 && (up == (shift & mask) || up == (-shift & mask))) return true;
            if (aarch64 && a == 0 && part(b - shift, 0) != nullptr) return true;
        }
    }
    return false;
}

std::optional<std::uint64_t> TextFile::first_difference(std::uint64_t address, ByteSpan seen,
                                                        std::uint64_t shift) const {
    const Part* found = part(address, seen.size());
    if (found == nullptr) return std::nullopt;
    ByteSpan file = found->bytes.subspan(address - found->address, seen.size());
    if (std::equal(file.begin(), file.end(), seen.begin())) return std::nullopt;
    if (!patched_) {
        patched_ = std::make_unique<Patched>();
        for (const Part& part : parts_)
            patched_->maps.emplace_back(part.address, part.bytes.size());
        mark_patch_sites(*elf_, symbols_, patched_->maps);
    }
    // A word that was moved may reach over the edge of what was read.
    constexpr std::size_t kEdge = 7;
    const PatchMap& map = patched_->maps[static_cast<std::size_t>(found - parts_.data())];
    for (std::size_t i = kEdge; i + kEdge < file.size(); ++i) {
        if (file[i] == seen[i] || map.has(address + i) || moved(file, seen, i, shift)) continue;
        if (elf_->arch() == Arch::aarch64) {
            std::size_t begin = i - (address + i) % 4;
            if (begin > i || begin + 4 > file.size()) continue;  // half a word at an edge
            std::uint32_t a = word(file, begin), b = word(seen, begin);
            bool nop = a == kAarch64Nop || b == kAarch64Nop;
            if (nop || (is_branch(a) && is_branch(b))) continue;
        }
        return address + i;
    }
    return std::nullopt;
}

}  // namespace nfstriage::debuginfo
