#include "debuginfo/linked_module.h"

#include <elf.h>

#include <algorithm>
#include <cstring>

#include "debuginfo/module_relocation.h"

namespace nfstriage::debuginfo {
namespace {

constexpr std::uint64_t kMostBytes = 64ull << 20;
constexpr std::uint64_t kUnit = 4096;                    // modules are loaded in whole pages
constexpr std::uint64_t kMostSymbolBytes = 32ull << 20;  // of either table
constexpr std::uint64_t kLongestName = 4096;
constexpr std::uint64_t kHole = 16;  // bytes: at least as long as any instruction

bool has_contents(const ElfSection& section) {
    return (section.flags & SHF_ALLOC) != 0 && section.type != SHT_NOBITS &&
           section.type != SHT_NULL && section.size != 0;
}

char letter_of(const ElfSection& section, unsigned char binding) {
    if (binding == STB_WEAK) return (section.flags & SHF_EXECINSTR) != 0 ? 'W' : 'V';
    char letter = (section.flags & SHF_EXECINSTR) != 0 ? 't'
                  : section.type == SHT_NOBITS         ? 'b'
                  : (section.flags & SHF_WRITE) != 0   ? 'd'
                                                       : 'r';
    return binding == STB_GLOBAL ? static_cast<char>(letter - 'a' + 'A') : letter;
}

// Whether every string is short: a symbol may begin anywhere in one.
bool are_short(ByteSpan names) {
    std::uint64_t length = 0;
    for (std::uint8_t byte : names) {
        length = byte == 0 ? 0 : length + 1;
        if (length > kLongestName) return false;
    }
    return true;
}

// As the kernel's is_mapping_symbol(): marks of the assembler, no names of anything.
bool is_mark(std::string_view name) {
    return name.empty() || name.front() == '$' || name.starts_with(".L") || name.starts_with("L0");
}

}  // namespace

Result<LinkedModule> LinkedModule::open(const std::filesystem::path& path) {
    auto elf = ElfObject::open(path);
    if (!elf) return tl::unexpected<Error>(elf.error());
    if (!(*elf)->relocatable())
        return error(path.string(), std::nullopt, "a kernel module (ET_REL) was expected",
                     "name the .ko file");
    LinkedModule module;
    module.elf_ = std::move(*elf);
    if (auto done = module.load(); !done) return tl::unexpected<Error>(done.error());
    if (auto done = module.read_symbols(); !done) return tl::unexpected<Error>(done.error());
    return module;
}

bool LinkedModule::has_text() const {
    return std::any_of(parts_.begin(), parts_.end(), [this](const Part& part) {
        return (elf_->sections()[part.section].flags & SHF_EXECINSTR) != 0;
    });
}

Result<void> LinkedModule::load() {
    const auto& sections = elf_->sections();
    for (const ElfSection& section : sections) {
        if ((section.flags & SHF_ALLOC) == 0) continue;
        auto end = checked_add(section.address, section.size);
        if (!end || *end > kMostBytes)
            return error(elf_->path().string(), section.offset,
                         "a module of less than 64 MiB was expected", "the file is damaged");
        size_ = std::max(size_, *end);
    }
    size_ = (size_ + kUnit - 1) / kUnit * kUnit;
    for (std::size_t i = 0; i < sections.size(); ++i) {
        if ((sections[i].flags & SHF_ALLOC) == 0 || sections[i].size == 0) continue;
        auto bytes = elf_->bytes(i);
        if (!has_contents(sections[i]) || !bytes) {  // what is not understood is absent
            absent_.push_back({VAddr{sections[i].address}, sections[i].size});
            continue;
        }
        Part part;
        part.section = i;
        part.begin = sections[i].address;
        part.bytes.assign(bytes->begin(), bytes->end());
        elf_->forget(i);
        parts_.push_back(std::move(part));
    }
    std::sort(parts_.begin(), parts_.end(),
              [](const Part& a, const Part& b) { return a.begin < b.begin; });
    return {};
}

Result<void> LinkedModule::read_symbols() {
    const auto& sections = elf_->sections();
    auto damaged = [this](const char* what) {
        return error(elf_->path().string(), std::nullopt, what, "the file is damaged");
    };
    auto is_table = [](const ElfSection& section) { return section.type == SHT_SYMTAB; };
    if (std::count_if(sections.begin(), sections.end(), is_table) > 1)
        return damaged("one symbol table was expected");
    for (std::size_t i = 0; i < sections.size(); ++i) {
        if (!is_table(sections[i])) continue;
        auto table = elf_->bytes(i);
        if (!table) return tl::unexpected<Error>(table.error());
        auto names = elf_->bytes(sections[i].link);
        if (!names) return tl::unexpected<Error>(names.error());
        if (table->size() > kMostSymbolBytes || names->size() > kMostSymbolBytes ||
            !are_short(*names))
            return damaged("a symbol table of a module's size was expected");
        Bytes symbols(*table);
        for (std::uint64_t at = 0; at + sizeof(Elf64_Sym) <= symbols.size();
             at += sizeof(Elf64_Sym)) {
            auto raw = *symbols.get<Elf64_Sym>(at);
            RawSymbol symbol;
            symbol.import = raw.st_shndx == SHN_UNDEF && raw.st_name != 0;
            if (symbol.import) {
                auto name = Bytes(*names).cstring(raw.st_name);
                if (!name) return damaged("names of symbols inside of the file were expected");
                symbol.name = *name;
                imports_.emplace(symbol.name);
            } else if (raw.st_shndx < sections.size() && raw.st_shndx != SHN_UNDEF) {
                symbol.defined = (sections[raw.st_shndx].flags & SHF_ALLOC) != 0;
                symbol.address = sections[raw.st_shndx].address + raw.st_value;
            }
            raw_.push_back(std::move(symbol));
        }
        return {};
    }
    return damaged("a module with a symbol table was expected");
}

Result<void> LinkedModule::link(std::uint64_t base, const Resolve& resolve) {
    base_ = base;
    for (Part& part : parts_) relocate(part, resolve);
    return {};
}

void LinkedModule::relocate(Part& part, const Resolve& resolve) {
    const auto& sections = elf_->sections();
    auto hole = [&part](std::uint64_t offset) {
        if (offset >= part.bytes.size()) return;
        part.holes.insert(offset / kHole);
        part.holes.insert((offset + 7) / kHole);
    };
    for (std::size_t i = 0; i < sections.size(); ++i) {
        if (sections[i].type != SHT_RELA || sections[i].info != part.section) continue;
        auto table = elf_->bytes(i);
        if (!table) {  // nothing of it is as it will be
            absent_.push_back({VAddr{part.begin}, part.bytes.size()});
            part.bytes.clear();
            return;
        }
        Bytes entries(*table);
        for (std::uint64_t at = 0; at + sizeof(Elf64_Rela) <= entries.size();
             at += sizeof(Elf64_Rela)) {
            auto entry = *entries.get<Elf64_Rela>(at);
            std::uint64_t index = ELF64_R_SYM(entry.r_info);
            bool known =
                index < raw_.size() && (raw_[index].import || raw_[index].defined || index == 0);
            std::optional<unsigned> done;
            if (known) {
                const RawSymbol& symbol = raw_[index];
                std::uint64_t value = symbol.import    ? resolve(std::string(symbol.name))
                                      : symbol.defined ? base_ + symbol.address
                                                       : 0;
                value += static_cast<std::uint64_t>(entry.r_addend);
                done = apply_relocation(
                    elf_->arch(), static_cast<std::uint32_t>(ELF64_R_TYPE(entry.r_info)), value,
                    base_ + part.begin + entry.r_offset, part.bytes, entry.r_offset);
            }
            if (!done) hole(entry.r_offset);
        }
    }
}

Maybe<void> LinkedModule::read(VAddr address, std::span<std::uint8_t> out) const {
    if (!contains(address) || out.size() > size_ - (address.value - base_))
        return unknown(Reason::unmapped, hex(address) + " is in no module");
    std::uint64_t begin = address.value - base_, end = begin + out.size();
    for (const dump::VRange& absent : absent_)
        if (absent.begin.value < end && absent.begin.value + absent.size > begin)
            return unknown(Reason::not_dumped, hex(address) + " has no contents in the file");
    std::fill(out.begin(), out.end(), std::uint8_t{0});
    for (const Part& part : parts_) {
        std::uint64_t from = std::max(begin, part.begin);
        std::uint64_t to = std::min(end, part.begin + part.bytes.size());
        if (from >= to) continue;
        auto bad = part.holes.lower_bound((from - part.begin) / kHole);
        if (bad != part.holes.end() && *bad <= (to - 1 - part.begin) / kHole)
            return unknown(Reason::unsupported_arch,
                           "a relocation near " + hex(address) + " is not understood");
        std::memcpy(out.data() + (from - begin), part.bytes.data() + (from - part.begin),
                    to - from);
    }
    return {};
}

std::vector<layout::Symbol> LinkedModule::symbols() const {
    std::vector<layout::Symbol> result;
    auto all = elf_->symbols();
    if (!all) return result;
    const auto& sections = elf_->sections();
    std::vector<const ElfSymbol*> kept;
    for (const ElfSymbol& symbol : *all) {
        if (symbol.section >= sections.size() || is_mark(symbol.name)) continue;
        const ElfSection& section = sections[symbol.section];
        if ((section.flags & SHF_ALLOC) == 0) continue;
        if (symbol.address < section.address || symbol.address - section.address > section.size)
            continue;
        kept.push_back(&symbol);
    }
    std::stable_sort(kept.begin(), kept.end(), [](const ElfSymbol* a, const ElfSymbol* b) {
        return a->address < b->address;
    });
    std::uint64_t higher = size_;  // the next address above that of kept[i]
    for (std::size_t i = kept.size(); i-- > 0;) {
        if (i + 1 < kept.size() && kept[i + 1]->address != kept[i]->address)
            higher = kept[i + 1]->address;
        const ElfSection& section = sections[kept[i]->section];
        std::uint64_t end = std::min(section.address + section.size, higher);
        std::uint64_t room = section.address + section.size - kept[i]->address;
        std::uint64_t size =
            kept[i]->size != 0 && kept[i]->size <= room ? kept[i]->size : end - kept[i]->address;
        result.push_back({std::string(kept[i]->name), VAddr{base_ + kept[i]->address}, size, "",
                          letter_of(section, kept[i]->binding)});
    }
    return result;
}

std::vector<dump::VRange> LinkedModule::text() const {
    std::vector<dump::VRange> ranges;
    for (const ElfSection& section : elf_->sections())
        if ((section.flags & SHF_ALLOC) != 0 && (section.flags & SHF_EXECINSTR) != 0)
            ranges.push_back({VAddr{base_ + section.address}, section.size});
    return ranges;
}

std::vector<ByteSpan> LinkedModule::read_only_data() const {
    std::vector<ByteSpan> data;
    for (const Part& part : parts_) {
        const ElfSection& section = elf_->sections()[part.section];
        bool other = (section.flags & (SHF_EXECINSTR | SHF_WRITE)) != 0 ||
                     section.name.starts_with(".init") || section.name == ".modinfo" ||
                     section.name == "__versions" || section.name == ".BTF";
        if (!other) data.push_back(part.bytes);
    }
    return data;
}

Maybe<std::vector<std::uint8_t>> LinkedModule::btf() const {
    auto index = elf_->find(".BTF");
    if (!index) return unknown(Reason::no_type, elf_->path().filename().string() + " has no BTF");
    auto bytes = elf_->bytes(*index);
    if (!bytes) return unknown(Reason::corrupt, bytes.error().expected);
    return std::vector<std::uint8_t>(bytes->begin(), bytes->end());
}

}  // namespace nfstriage::debuginfo
