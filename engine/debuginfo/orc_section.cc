#include "debuginfo/orc_section.h"

#include <elf.h>

#include <algorithm>
#include <map>

#include "layout/code_blocks_states.h"

namespace nfstriage::debuginfo {

namespace {

constexpr std::size_t kEntrySize = 6;  // sizeof(struct orc_entry), packed, in every release so far
constexpr std::uint64_t kMaxEntries = 1 << 24;

// S + A of each R_X86_64_PC32 in the table of addresses, by offset: of a module, where the linker
// has not filled them in.
Result<std::map<std::uint64_t, std::uint64_t>> targets(const ElfObject& elf, std::size_t section) {
    std::map<std::uint64_t, std::uint64_t> found;
    const auto& sections = elf.sections();
    for (std::size_t i = 0; i < sections.size(); i++) {
        if (sections[i].type != SHT_RELA || sections[i].info != section) continue;
        auto relocations = elf.bytes(i);
        if (!relocations) return tl::unexpected<Error>(relocations.error());
        if (sections[i].link >= sections.size()) break;
        auto symbols = elf.bytes(sections[i].link);
        if (!symbols) return tl::unexpected<Error>(symbols.error());
        Bytes table(*symbols), entries(*relocations);
        for (std::uint64_t at = 0; at + sizeof(Elf64_Rela) <= entries.size();
             at += sizeof(Elf64_Rela)) {
            auto rela = entries.get<Elf64_Rela>(at);
            if (!rela || ELF64_R_TYPE(rela->r_info) != R_X86_64_PC32) continue;
            auto symbol = table.get<Elf64_Sym>(ELF64_R_SYM(rela->r_info) * sizeof(Elf64_Sym));
            if (!symbol || symbol->st_shndx >= sections.size()) continue;
            found[rela->r_offset] = sections[symbol->st_shndx].address + symbol->st_value +
                                    static_cast<std::uint64_t>(rela->r_addend);
        }
    }
    return found;
}

}  // namespace

Result<std::vector<std::uint8_t>> orc_section(const ElfObject& elf, int level) {
    auto ips = elf.find(".orc_unwind_ip");
    auto entries = elf.find(".orc_unwind");
    if (!ips || !entries) return std::vector<std::uint8_t>{};
    auto ip_bytes = elf.bytes(*ips);
    auto entry_bytes = elf.bytes(*entries);
    if (!ip_bytes) return tl::unexpected<Error>(ip_bytes.error());
    if (!entry_bytes) return tl::unexpected<Error>(entry_bytes.error());
    std::uint64_t count = ip_bytes->size() / sizeof(std::int32_t);
    if (count == 0) return std::vector<std::uint8_t>{};
    if (entry_bytes->size() != count * kEntrySize || count > kMaxEntries)
        return error(elf.path().string(), elf.sections()[*entries].offset,
                     "expected an ORC entry of 6 bytes for each of " + std::to_string(count) +
                         " addresses, found " + std::to_string(entry_bytes->size()) + " bytes",
                     "the file is damaged, or of a kernel whose ORC is not known here");
    std::map<std::uint64_t, std::uint64_t> relocated;
    if (elf.relocatable()) {
        auto found = targets(elf, *ips);
        if (!found) return tl::unexpected<Error>(found.error());
        relocated = std::move(*found);
    }
    std::vector<layout::AddressState> states;
    states.reserve(count);
    std::uint64_t base = elf.sections()[*ips].address;
    for (std::uint64_t i = 0; i < count; i++) {
        std::uint64_t place = i * sizeof(std::int32_t);
        auto offset = Bytes(*ip_bytes).get<std::int32_t>(place).value_or(0);
        std::uint64_t address = base + place + static_cast<std::uint64_t>(std::int64_t{offset});
        if (elf.relocatable()) {
            auto target = relocated.find(place);
            if (target == relocated.end()) continue;
            address = target->second;
        }
        auto entry = entry_bytes->subspan(i * kEntrySize, kEntrySize);
        states.push_back({address, {entry.begin(), entry.end()}});
    }
    // As orc_sort_cmp(): of two at one address the one that only ends a section's code comes first,
    // so that the other is found. It is the one without any bit set.
    auto weight = [](const layout::AddressState& each) {
        return std::any_of(each.state.begin(), each.state.end(), [](auto b) { return b != 0; });
    };
    std::stable_sort(states.begin(), states.end(), [&](const auto& a, const auto& b) {
        return a.address != b.address ? a.address < b.address : weight(a) < weight(b);
    });
    return layout::pack_states(states, level);
}

}  // namespace nfstriage::debuginfo
