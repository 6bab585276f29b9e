#include "facts/look_address.h"

#include <algorithm>
#include <vector>

#include <fmt/format.h>

#include "base/text.h"
#include "facts/cpu_stacks.h"
#include "facts/module_types.h"
#include "kernel/cpu.h"
#include "kernel/identity.h"

namespace nfstriage::facts {
namespace {

constexpr std::uint64_t kUnwindSteps = 20'000;
constexpr std::size_t kMostNamed = 4;  // addresses of symbols that share a name

bool is_hex_digits(std::string_view text) {
    return !text.empty() && text.find_first_not_of("0123456789abcdefABCDEF") == text.npos;
}

// A symbol, perhaps "MODULE:symbol" or "symbol:CPU".
Maybe<VAddr> find_symbol(const dump::Dump& dump, const layout::Symbols& symbols,
                         std::string_view word) {
    std::string_view name = word;
    std::optional<std::string_view> module;
    if (std::size_t colon = word.find(':'); colon != word.npos) {
        std::string_view tail = word.substr(colon + 1);
        if (auto cpu = parse_unsigned(tail); cpu && *cpu <= 65535)
            return kernel::per_cpu(dump.memory(), symbols, word.substr(0, colon),
                                   static_cast<unsigned>(*cpu));
        module = word.substr(0, colon);
        name = tail;
    }
    auto found = of_module(symbols.all(name), module);
    if (found.empty()) return unknown(Reason::no_symbol, "no symbol " + std::string(word));
    const bool same = std::all_of(found.begin(), found.end(), [&](const layout::Symbol& symbol) {
        return symbol.address == found.front().address;
    });
    if (same) return found.front().address;
    std::string places;
    for (std::size_t i = 0; i < std::min(found.size(), kMostNamed); ++i) {
        if (!places.empty()) places += ", ";
        places += hex(found[i].address);
        if (!found[i].module.empty()) places += " [" + found[i].module + "]";
    }
    return unknown(Reason::no_symbol,
                   fmt::format("{} symbols are named {}: {}{}", found.size(), word, places,
                               found.size() > kMostNamed ? ", ..." : ""));
}

}  // namespace

Opened describe_opened(const dump::Dump& dump, const layout::KernelLayout& layout) {
    Opened opened;
    opened.input.is_dump = true;
    opened.input.format = dump.format();
    opened.input.complete = dump.complete();
    opened.input.missing = dump.missing();
    for (const std::string& remark : layout.remarks) opened.input.missing.push_back(remark);
    kernel::Identity identity = kernel::read_identity(dump, *layout.symbols);
    Kernel& kernel = opened.kernel;
    kernel.release = std::move(identity.release);
    kernel.version = std::move(identity.version);
    kernel.build_id = std::move(identity.build_id);
    kernel.taint = std::move(identity.taint);
    kernel.kaslr_offset = identity.kaslr_offset;
    kernel.arch = dump.arch();
    kernel.page_size = dump.page_size();
    kernel.vendor = kernel::vendor_of(kernel.release.value_or(""), kernel.version.value_or(""));
    LayoutSources& from = kernel.layout;
    for (std::string_view source : layout.types->sources()) from.types.emplace_back(source);
    if (layout.symbols->vmlinux() != nullptr) from.symbols.emplace_back("kallsyms");
    if (layout.profile == nullptr) return opened;
    from.symbols.emplace_back("profile");
    from.profile_ground = layout.profile_ground;
    if (layout.profile->section(layout::ProfileSection::code))
        from.source_lines.emplace_back("profile");
    return opened;
}

void find_modules(const dump::Dump& dump, layout::KernelLayout& layout) {
    if (!layout.symbols->modules().empty() && layout.symbols->address("btf_modules")) return;
    Budget budget(kUnwindSteps);
    (void)read_cpu_stacks(dump, layout, budget);  // the modules come with it
    find_module_types(dump, layout);
}

Maybe<layout::DeclaredType> find_type(const layout::Types& types, std::string_view word) {
    word = trim(word);
    const bool spelled =
        word.starts_with("struct ") || word.starts_with("union ") || word.starts_with("enum ");
    if (!spelled)
        for (const char* keyword : {"struct ", "union "})
            if (auto found = types.declared(keyword + std::string(word))) return found;
    auto found = types.declared(word);
    if (found || spelled) return found;
    if (auto enumeration = types.declared("enum " + std::string(word))) return enumeration;
    return found;
}

std::vector<layout::Symbol> of_module(std::vector<layout::Symbol> symbols,
                                      std::optional<std::string_view> module) {
    if (module)
        std::erase_if(symbols, [&](const layout::Symbol& symbol) {
            return symbol.module != (*module == "vmlinux" ? "" : *module);
        });
    return symbols;
}

std::optional<std::uint64_t> parse_address(std::string_view word) {
    if (word.starts_with("0x") || word.starts_with("0X")) word.remove_prefix(2);
    if (!is_hex_digits(word) || word.size() > 16) return std::nullopt;
    return parse_unsigned(word, 16);
}

Maybe<VAddr> find_address(const dump::Dump& dump, const layout::Symbols& symbols,
                          std::string_view word) {
    if (auto number = parse_address(word)) {
        // "add" and "face" are hex too: a symbol of that name is what is meant.
        if (word.starts_with("0x") || word.size() == 16 || symbols.all(word).empty())
            return VAddr{*number};
    }
    if (std::size_t sign = word.find_first_of("+-", 1); sign != word.npos) {
        std::string_view tail = word.substr(sign + 1);
        auto distance = tail.starts_with("0x") ? parse_address(tail) : parse_unsigned(tail);
        if (!distance)
            return unknown(Reason::no_symbol, "\"" + std::string(tail) + "\" is no number");
        auto base = find_address(dump, symbols, word.substr(0, sign));
        if (!base) return base;
        return word[sign] == '+' ? *base + *distance : *base - *distance;
    }
    return find_symbol(dump, symbols, word);
}

}  // namespace nfstriage::facts
