#include "facts/symbol_look.h"

#include <algorithm>
#include <cctype>

#include "base/nearest.h"
#include "base/text.h"
#include "kernel/objects.h"
#include "kernel/pointer_kind.h"

namespace nfstriage::facts {
namespace {

struct NameWords {
    std::string_view name;
    std::optional<std::string_view> module;
    std::uint64_t offset = 0;
};

// "nfs:nfs_wb_page+0x12".
NameWords take_apart(std::string_view word) {
    NameWords words{word, std::nullopt, 0};
    if (std::size_t colon = word.find(':'); colon != word.npos) {
        words.module = word.substr(0, colon);
        words.name = word.substr(colon + 1);
    }
    // "nfs_wb_page+0x12/0x200": the size is that of a printed frame.
    if (std::size_t plus = words.name.rfind('+'); plus != word.npos) {
        std::string_view tail = words.name.substr(plus + 1);
        tail = tail.substr(0, tail.find('/'));
        auto offset = tail.starts_with("0x") ? parse_address(tail) : parse_unsigned(tail);
        if (offset) {
            words.offset = *offset;
            words.name = words.name.substr(0, plus);
        }
    }
    return words;
}

void add_source(const layout::KernelLayout& layout, SymbolMatch& match) {
    if (!layout.code || std::string_view("tTwW").find(match.symbol.type) == std::string_view::npos)
        return;
    if (auto source = layout.code->source_of(match.address())) match.source = std::move(*source);
}

void find_at(const dump::Dump& dump, layout::KernelLayout& layout, SymbolAnswer& answer) {
    auto found = layout.symbols->find(*answer.address);
    if (!found && !layout.modules_complete) {
        find_modules(dump, layout);
        found = layout.symbols->find(*answer.address);
    }
    if (found) {
        answer.matches.push_back({std::move(found->symbol), found->offset, {}});
        return;
    }
    kernel::Objects objects(dump, *layout.types, *layout.symbols);
    auto words = kernel::pointer_words(answer.address->value, "", dump, *layout.symbols, objects);
    answer.why = words.text.empty() ? to_string(found.error()) : words.sentence();
}

void find_named(const dump::Dump& dump, layout::KernelLayout& layout, SymbolAnswer& answer) {
    const NameWords words = take_apart(answer.asked);
    auto found = of_module(layout.symbols->all(words.name), words.module);
    if (found.empty() && !layout.modules_complete) {
        find_modules(dump, layout);
        found = of_module(layout.symbols->all(words.name), words.module);
    }
    if (found.empty()) {
        found = of_module(layout.symbols->clones(words.name), words.module);
        answer.clones = !found.empty();
    }
    for (layout::Symbol& symbol : found)
        answer.matches.push_back({std::move(symbol), words.offset, {}});
    if (!found.empty()) return;
    answer.why = layout.symbols->proves_absence(words.name)
                     ? "this kernel has no such symbol"
                     : "no symbol table of this dump names it";
    NearestNames nearest(words.name);
    layout.symbols->each_name([&](std::string_view name) { nearest.offer(name); });
    answer.nearest = std::move(nearest).take();
}

}  // namespace

SymbolAnswer look_up_symbol(const dump::Dump& dump, layout::KernelLayout& layout,
                            const std::string& word) {
    SymbolAnswer answer;
    answer.asked = word;
    auto number = parse_address(word);
    // "add" is a number and may be a function too.
    const bool is_number = number && (word.starts_with("0x") || word.size() == 16 ||
                                      layout.symbols->all(word).empty());
    if (is_number) {
        answer.address = VAddr{*number};
        find_at(dump, layout, answer);
    } else {
        find_named(dump, layout, answer);
    }
    for (SymbolMatch& match : answer.matches) add_source(layout, match);
    return answer;
}

std::string_view section_of(char type) {
    switch (std::tolower(static_cast<unsigned char>(type))) {
        case 't':
            return "text";
        case 'd':
            return "data";
        case 'r':
            return "read-only data";
        case 'b':
            return "bss";
        case 'w':
        case 'v':
            return "weak";
        case 'a':
            return "absolute";
        default:
            return "";
    }
}

}  // namespace nfstriage::facts
