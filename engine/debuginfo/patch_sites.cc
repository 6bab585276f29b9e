#include "debuginfo/patch_sites.h"

#include <elf.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace nfstriage::debuginfo {
namespace {

// How an entry of a table tells its site. Several shapes of one table differ by kernel; the first
// in which every entry leads to text is taken.
struct Shape {
    std::uint8_t stride;     // bytes from entry to entry
    bool relative;           // s32 to be added to its own address; else u64
    std::uint8_t length;     // bytes patched, or
    std::uint8_t length_at;  // where the entry says how many (u8); 0: `length`
};

struct Table {
    std::string_view begin, end;  // symbols
    std::vector<Shape> x86_64, aarch64;
};

const std::vector<Table>& tables() {
    static const std::vector<Table> kTables = {
        // struct alt_instr: with a padding length until v5.13, with 32 bits of flags since v6.3.
        {"__alt_instructions",
         "__alt_instructions_end",
         {{12, true, 0, 10}, {13, true, 0, 10}, {14, true, 0, 12}},
         {{12, true, 0, 10}}},
        // struct paravirt_patch_site, until v6.8.
        {"__parainstructions", "__parainstructions_end", {{16, false, 0, 9}}, {}},
        // struct jump_entry: relative since v4.19; x86_64 patches 2 or 5 bytes.
        {"__start___jump_table",
         "__stop___jump_table",
         {{16, true, 5, 0}, {24, false, 5, 0}},
         {{16, true, 4, 0}, {24, false, 4, 0}}},
        {"__start_static_call_sites", "__stop_static_call_sites", {{8, true, 5, 0}}, {}},
        // aarch64: "mov x9, x30" and the call; the words in front of a function since v6.3.
        {"__start_mcount_loc", "__stop_mcount_loc", {{8, false, 5, 0}}, {{8, false, 16, 0}}},
        {"__smp_locks", "__smp_locks_end", {{4, true, 1, 0}}, {}},
        // A call or jump with prefixes, or a conditional jump.
        {"__retpoline_sites", "__retpoline_sites_end", {{4, true, 7, 0}}, {}},
        {"__return_sites", "__return_sites_end", {{4, true, 5, 0}}, {}},
        {"__call_sites", "__call_sites_end", {{4, true, 5, 0}}, {}},
        {"__ibt_endbr_seal", "__ibt_endbr_seal_end", {{4, true, 4, 0}}, {}},
    };
    return kTables;
}

// Labels of calls inside ftrace's own trampolines, which it patches.
constexpr std::array<std::string_view, 3> kFtraceLabels = {"ftrace_call", "ftrace_regs_call",
                                                           "ftrace_graph_call"};
constexpr std::uint64_t kTrampoline = 8;  // bytes of a static call's (__SCT__)
constexpr std::uint64_t kHypercallPage = 4096;

struct Site {
    std::uint64_t address, size;
};

// Constants that are put into the code at boot (asm/runtime-const.h, v6.11): a table for each, of
// places relative to themselves. A pointer is one word of x86_64, four instructions of aarch64.
constexpr std::string_view kRuntimePointer = "__start_runtime_ptr_",
                           kRuntimeShift = "__start_runtime_shift_";

std::optional<Site> site_at(Bytes table, std::uint64_t address, std::uint64_t at,
                            const Shape& shape) {
    Site site{};
    if (shape.relative) {
        auto distance = table.get<std::int32_t>(at);
        if (!distance) return std::nullopt;
        site.address = address + at + static_cast<std::uint64_t>(std::int64_t{*distance});
    } else {
        auto absolute = table.get<std::uint64_t>(at);
        if (!absolute) return std::nullopt;
        site.address = *absolute;
    }
    site.size = shape.length;
    if (shape.length_at != 0) {
        auto size = table.get<std::uint8_t>(at + shape.length_at);
        if (!size) return std::nullopt;
        site.size = *size;
    }
    return site;
}

class Marker {
public:
    Marker(const ElfObject& elf, std::span<const ElfSymbol> symbols, std::span<PatchMap> maps)
        : elf_(elf), symbols_(symbols), maps_(maps) {}

    void run() {
        bool x86 = elf_.arch() == Arch::x86_64;
        look_up();
        for (const auto& [name, address] : bounds_) {
            bool pointer = name.starts_with(kRuntimePointer);
            if (!pointer && !name.starts_with(kRuntimeShift)) continue;
            std::string end = "__stop_" + std::string(name.substr(std::strlen("__start_")));
            auto stop = bounds_.find(end);
            if (stop == bounds_.end()) continue;
            std::uint8_t size = pointer ? (x86 ? 8 : 16) : (x86 ? 1 : 4);
            mark_table(address, stop->second, {{4, true, size, 0}});
        }
        for (const Table& table : tables())
            mark_table(address(table.begin), address(table.end),
                       x86 ? table.x86_64 : table.aarch64);
    }

private:
    void mark_table(std::optional<std::uint64_t> begin, std::optional<std::uint64_t> end,
                    const std::vector<Shape>& shapes) {
        if (!begin || !end || *end <= *begin) return;
        auto bytes = elf_.memory(*begin, *end - *begin);
        if (!bytes) return;
        auto fits = std::find_if(shapes.begin(), shapes.end(), [&](const Shape& shape) {
            return leads_to_code(Bytes(*bytes), *begin, shape);
        });
        if (fits == shapes.end()) return;
        for (std::uint64_t at = 0; at + fits->stride <= bytes->size(); at += fits->stride)
            if (auto site = site_at(Bytes(*bytes), *begin, at, *fits)) mark(*site);
    }

    // All names at once: there are some hundred thousand symbols.
    void look_up() {
        for (const Table& table : tables()) bounds_.insert({{table.begin, {}}, {table.end, {}}});
        for (const ElfSymbol& symbol : symbols_) {
            if (symbol.name.starts_with("__SCT__")) mark({symbol.address, kTrampoline});
            if (symbol.name.starts_with("ftrace_") &&
                std::find(kFtraceLabels.begin(), kFtraceLabels.end(), symbol.name) !=
                    kFtraceLabels.end())
                mark({symbol.address, 5});
            if (symbol.name == "hypercall_page") mark({symbol.address, kHypercallPage});
            if (!symbol.name.starts_with("__")) continue;
            if (auto bound = bounds_.find(symbol.name); bound != bounds_.end())
                bound->second = symbol.address;
            else if (symbol.name.find("_runtime_") != std::string_view::npos)
                bounds_.emplace(symbol.name, symbol.address);
        }
        for (const ElfSection& section : elf_.sections())
            if ((section.flags & SHF_EXECINSTR) != 0)
                code_.push_back({section.address, section.size});
    }

    std::optional<std::uint64_t> address(std::string_view name) const {
        return bounds_.find(name)->second;
    }

    bool is_code(std::uint64_t address) const {
        return std::any_of(code_.begin(), code_.end(), [&](const Site& part) {
            return address >= part.address && address - part.address < part.size;
        });
    }

    // An entry of 0 is padding, or filled in by a relocation.
    bool leads_to_code(Bytes table, std::uint64_t address, const Shape& shape) const {
        if (table.size() % shape.stride != 0) return false;
        for (std::uint64_t at = 0; at < table.size(); at += shape.stride) {
            auto site = site_at(table, address, at, shape);
            if (!site) return false;
            bool zero = site->address == (shape.relative ? address + at : 0);
            if (!zero && !is_code(site->address)) return false;
        }
        return true;
    }

    void mark(Site site) {
        for (PatchMap& map : maps_)
            if (map.mark(site.address, site.size)) return;
    }

    const ElfObject& elf_;
    std::span<const ElfSymbol> symbols_;
    std::span<PatchMap> maps_;
    std::unordered_map<std::string_view, std::optional<std::uint64_t>> bounds_;
    std::vector<Site> code_;
};

}  // namespace

bool PatchMap::mark(std::uint64_t address, std::uint64_t size) {
    std::uint64_t at = address - address_;
    if (at >= size_) return false;
    for (std::uint64_t end = std::min(at + size, size_); at < end; ++at)
        bits_[at / 64] |= std::uint64_t{1} << at % 64;
    return true;
}

void mark_patch_sites(const ElfObject& elf, std::span<const ElfSymbol> symbols,
                      std::span<PatchMap> maps) {
    Marker(elf, symbols, maps).run();
}

}  // namespace nfstriage::debuginfo
