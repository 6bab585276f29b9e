#include "tool_modules.h"

#include <algorithm>

#include "base/bytes.h"

namespace nfstriage {
namespace {

using dump::VRange;
using kernel::Object;

constexpr std::uint64_t kMostMemory = 16 << 20;  // bytes of modules that nobody asked for
constexpr std::uint64_t kMostSymbols = 1 << 16;  // exported by one module
constexpr std::uint64_t kMostStrings = 4 << 20;  // bytes of their names
constexpr std::uint64_t kLongestName = 512;
constexpr std::uint64_t kPage = 4096;

class Finder {
public:
    Finder(const kernel::Reader& reader, bool bare) : reader_(reader), bare_(bare) {}

    void add_description(const layout::Module& module) {
        Object object = reader_.object("struct module", module.address);
        if (auto size = reader_.types().size_of("struct module")) add(module.address, *size);
        add_exports(object, "syms", "num_syms");
        add_exports(object, "gpl_syms", "num_gpl_syms");
        add_unwind_tables(object);
    }

    void add_memory(const layout::Module& module) {
        Object object = reader_.object("struct module", module.address);
        for (const VRange& range : module.ranges) {
            const std::uint64_t constant = bare_ ? constant_part(object, range) : range.size;
            add(range.begin, constant);
            // Its pages have to be there, what is in them need not.
            for (std::uint64_t at = constant; at < range.size; at += kPage)
                add(range.begin + at, 8);
        }
        if (bare_) add_symbols(object);
    }

    std::vector<VRange> take() { return std::move(ranges_); }

private:
    void add(VAddr begin, std::uint64_t size) {
        if (size != 0 && checked_add(begin.value, size)) ranges_.push_back({begin, size});
    }

    // struct kernel_symbol: pointers, or distances since 7290d5809571 (v4.19).
    void add_exports(const Object& module, std::string_view table, std::string_view count) {
        auto at = module.pointer(table);
        auto symbols = module.number(count);
        auto size = reader_.types().size_of("struct kernel_symbol");
        if (!at || !symbols || !size || at->is_null() || *symbols == 0 || *symbols > kMostSymbols)
            return;
        add(*at, *symbols * *size);
        std::uint64_t first = UINT64_MAX, last = 0;
        for (std::uint64_t i = 0; i < *symbols; ++i) {
            Object symbol = reader_.object("struct kernel_symbol", *at + i * *size);
            std::optional<std::uint64_t> name;
            if (symbol.has("name_offset")) {
                auto place = symbol.address_of("name_offset");
                auto distance = symbol.number("name_offset");
                if (place && distance)
                    name = place->value + static_cast<std::uint64_t>(static_cast<std::int64_t>(
                                              static_cast<std::int32_t>(*distance)));
            } else if (auto pointer = symbol.pointer("name")) {
                name = pointer->value;
            }
            if (!name) continue;
            first = std::min(first, *name);
            last = std::max(last, *name);
        }
        if (first <= last && last - first < kMostStrings)
            add(VAddr{first}, last - first + kLongestName);
    }

    void add_unwind_tables(const Object& module) {
        auto count = module.number("arch.num_orcs");
        auto entry = reader_.types().size_of("struct orc_entry");
        if (!count || !entry || *count > kMostStrings) return;
        if (auto ips = module.pointer("arch.orc_unwind_ip")) add(*ips, *count * 4);
        if (auto entries = module.pointer("arch.orc_unwind")) add(*entries, *count * *entry);
    }

    // How much of a part of the module from its beginning nobody writes to.
    std::uint64_t constant_part(const Object& module, const VRange& range) const {
        // struct module_memory since ac3b43283923 (v6.4): MOD_DATA is its second kind.
        if (auto data = module.pointer("mem[1].base"); data && *data == range.begin) return 0;
        if (module.has("mem[1].base")) return range.size;
        auto base = module.pointer("core_layout.base");
        auto constant = module.number(module.first_of(
            {"core_layout.ro_after_init_size", "core_layout.ro_size", "core_layout.text_size"}));
        if (!base || !constant || *base != range.begin) return 0;
        return std::min(*constant, range.size);
    }

    // struct mod_kallsyms.
    void add_symbols(const Object& module) {
        auto table = module.follow("kallsyms");
        if (!table) return;
        if (auto size = reader_.types().size_of("struct mod_kallsyms"))
            add(table->address(), *size);
        constexpr std::uint64_t kSymbol = 24;  // Elf64_Sym
        auto symbols = table->pointer("symtab"), strings = table->pointer("strtab");
        auto count = table->number("num_symtab");
        if (!symbols || !strings || !count || *count == 0 || *count > kMostSymbols * 16) return;
        add(*symbols, *count * kSymbol);
        if (auto types = table->pointer("typetab")) add(*types, *count);
        // The names follow each other in the order of the table.
        auto last = reader_.memory().u32(*symbols + (*count - 1) * kSymbol);
        if (last && *last < kMostStrings) add(*strings, *last + kLongestName);
    }

    const kernel::Reader& reader_;
    bool bare_;
    std::vector<VRange> ranges_;
};

}  // namespace

std::vector<VRange> memory_of_modules(const kernel::Reader& reader,
                                      const std::vector<layout::Module>& modules,
                                      const std::set<std::string>& wanted, bool bare) {
    Finder finder(reader, bare);
    std::uint64_t room = kMostMemory;
    for (const layout::Module& module : modules) {
        finder.add_description(module);
        if (wanted.contains(module.name)) finder.add_memory(module);
    }
    for (const layout::Module& module : modules) {
        if (wanted.contains(module.name)) continue;
        std::uint64_t size = 0;
        for (const VRange& range : module.ranges) size += range.size;
        if (size > room) break;
        room -= size;
        finder.add_memory(module);
    }
    return finder.take();
}

}  // namespace nfstriage
