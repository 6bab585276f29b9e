#include "layout/module_symbols.h"

#include <algorithm>
#include <cstring>

#include "base/bytes.h"

namespace nfstriage::layout {
namespace {

constexpr std::uint64_t kMostSymbols = 1'000'000;
constexpr std::uint64_t kLongestSymbol = 512;     // KSYM_NAME_LEN, with its NUL
constexpr std::uint32_t kMostStrings = 64 << 20;  // bytes of all names of a module

struct ElfSymbol {  // Elf64_Sym, /usr/include/elf.h
    std::uint32_t name;
    std::uint8_t info, other;
    std::uint16_t section;
    std::uint64_t value, size;
};
static_assert(sizeof(ElfSymbol) == 24);

struct Tables {  // struct mod_kallsyms
    std::vector<ElfSymbol> symbols;
    std::string names;                                 // each ends in NUL, the last one too
    std::optional<std::vector<std::uint8_t>> letters;  // typetab; none in kernels before v5.2
};

Maybe<std::string> read_names(const dump::Memory& memory, const Module& module, VAddr begin,
                              const std::vector<ElfSymbol>& symbols) {
    std::uint32_t last_name = 0;
    for (const ElfSymbol& symbol : symbols) last_name = std::max(last_name, symbol.name);
    if (last_name > kMostStrings)
        return unknown(Reason::corrupt,
                       module.name + " claims " + std::to_string(last_name) + " bytes of names");
    auto bytes = memory.bytes(begin, last_name);
    if (!bytes) return tl::unexpected<Unknown>(bytes.error());
    // The last name runs on behind what the offsets tell.
    auto last = memory.cstring(begin + last_name, kLongestSymbol);
    if (!last) return tl::unexpected<Unknown>(last.error());
    std::string names;
    names.reserve(bytes->size() + last->size() + 1);
    names.append(bytes->begin(), bytes->end()).append(*last).push_back('\0');
    return names;
}

Maybe<Tables> read_tables(const dump::Memory& memory, const Types& types, const Module& module) {
    auto kallsyms = types.offset_of("struct module", "kallsyms");
    auto symtab = types.offset_of("struct mod_kallsyms", "symtab");
    auto count = types.offset_of("struct mod_kallsyms", "num_symtab");
    auto strtab = types.offset_of("struct mod_kallsyms", "strtab");
    for (auto* offset : {&kallsyms, &symtab, &count, &strtab})
        if (!*offset) return tl::unexpected<Unknown>(offset->error());
    auto table = memory.pointer(module.address + *kallsyms);
    if (!table) return tl::unexpected<Unknown>(table.error());
    auto symbols_at = memory.pointer(*table + *symtab);
    auto symbols = memory.u32(*table + *count);
    auto strings_at = memory.pointer(*table + *strtab);
    if (!symbols_at) return tl::unexpected<Unknown>(symbols_at.error());
    if (!symbols) return tl::unexpected<Unknown>(symbols.error());
    if (!strings_at) return tl::unexpected<Unknown>(strings_at.error());
    if (*symbols > kMostSymbols)
        return unknown(Reason::corrupt,
                       module.name + " claims " + std::to_string(*symbols) + " symbols");
    auto raw = memory.bytes(*symbols_at, std::uint64_t{*symbols} * sizeof(ElfSymbol));
    if (!raw) return tl::unexpected<Unknown>(raw.error());
    Tables tables;
    tables.symbols.reserve(*symbols);
    Bytes bytes{ByteSpan(*raw)};
    for (std::uint32_t i = 0; i < *symbols; ++i)
        tables.symbols.push_back(*bytes.get<ElfSymbol>(std::uint64_t{i} * sizeof(ElfSymbol)));
    auto names = read_names(memory, module, *strings_at, tables.symbols);
    if (!names) return tl::unexpected<Unknown>(names.error());
    tables.names = std::move(*names);
    if (auto typetab = types.offset_of("struct mod_kallsyms", "typetab"))
        if (auto at = memory.pointer(*table + *typetab))
            if (auto letters = memory.bytes(*at, *symbols)) tables.letters = std::move(*letters);
    return tables;
}

// is_mapping_symbol(), include/linux/module_symbol.h
bool is_mapping_symbol(std::string_view name) {
    return name.starts_with('$') || name.starts_with(".L") || name.starts_with("L0");
}

std::vector<ListedSymbol> core_symbols(const Tables& tables) {
    std::vector<ListedSymbol> result;
    result.reserve(tables.symbols.size());
    for (std::size_t i = 0; i < tables.symbols.size(); ++i) {
        const ElfSymbol& elf = tables.symbols[i];
        // Not further than a name reaches: all may begin in one string without an end.
        const char* text = tables.names.data() + elf.name;
        const std::size_t most =
            std::min<std::size_t>(tables.names.size() - elf.name, kLongestSymbol);
        const std::size_t length = ::strnlen(text, most);
        if (elf.section == 0 || length == 0 || length == most) continue;
        if (is_mapping_symbol({text, length})) continue;
        char type = static_cast<char>(tables.letters ? (*tables.letters)[i] : elf.info);
        if (type < '!' || type > '~') type = '?';
        result.push_back({VAddr{elf.value}, 0, elf.name, type});
    }
    return result;
}

// No further than the ranges that the address is in.
void clip(std::optional<VAddr>& end, VAddr address, const std::vector<dump::VRange>& ranges) {
    for (const dump::VRange& range : ranges) {
        if (address < range.begin || address - range.begin >= range.size) continue;
        VAddr range_end = range.begin + range.size;
        if (!end || *end > range_end) end = range_end;
    }
}

void set_sizes(const Module& module, std::vector<ListedSymbol>& symbols) {
    for (std::size_t i = symbols.size(); i-- > 0;) {
        ListedSymbol& symbol = symbols[i];
        std::optional<VAddr> end;
        if (i + 1 < symbols.size()) {
            const ListedSymbol& next = symbols[i + 1];
            end = next.address > symbol.address ? next.address : next.address + next.size;
        }
        // Behind the text there may be data without symbols: find_kallsyms_symbol() of
        // kernel/module/kallsyms.c ends there, too.
        clip(end, symbol.address, module.ranges);
        clip(end, symbol.address, module.text);
        symbol.size = end ? *end - symbol.address : 0;
    }
}

}  // namespace

Maybe<SymbolList> read_module_symbols(const dump::Memory& memory, const Types& types,
                                      const Module& module) {
    auto tables = read_tables(memory, types, module);
    if (!tables) return tl::unexpected<Unknown>(tables.error());
    std::vector<ListedSymbol> symbols = core_symbols(*tables);
    std::stable_sort(
        symbols.begin(), symbols.end(),
        [](const ListedSymbol& a, const ListedSymbol& b) { return a.address < b.address; });
    set_sizes(module, symbols);
    return SymbolList(module.name, std::move(tables->names), std::move(symbols));
}

}  // namespace nfstriage::layout
