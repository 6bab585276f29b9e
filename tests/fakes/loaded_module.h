// A module in fake kernel memory as the loader leaves it: its parts, its list of sections in each
// of the forms that kernels had, its build id note, its table of functions.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "fakes/btf_writer.h"
#include "fakes/memory.h"
#include "layout/btf_types.h"
#include "layout/modules.h"

namespace nfstriage::fakes {

enum class SectionList {
    own_name,        // module_sect_attr.name, before v5.8
    bin_attribute,   // module_sect_attr.battr
    attribute_only,  // an array of bin_attribute, since v6.14
};

inline std::unique_ptr<layout::BtfTypes> loaded_module_types(SectionList form) {
    BtfWriter w;
    auto u32 = w.integer("unsigned int", 4);
    auto u64 = w.integer("unsigned long", 8);
    auto character = w.integer("char", 1);
    auto pointer = w.pointer(0);
    auto attribute = w.structure("attribute", 16, {{"name", pointer, 0}});
    auto bin = w.structure("bin_attribute", 32,
                           {{"attr", attribute, 0}, {"size", u64, 128}, {"private", pointer, 192}});
    auto group = w.structure("attribute_group", 16, {{"bin_attrs", pointer, 64}});
    std::uint32_t entry = bin;
    if (form == SectionList::own_name)
        entry =
            w.structure("module_sect_attr", 40, {{"name", pointer, 192}, {"address", u64, 256}});
    if (form == SectionList::bin_attribute)
        entry = w.structure("module_sect_attr", 40, {{"battr", bin, 0}, {"address", u64, 256}});
    std::vector<BtfWriter::Member> list = {{"grp", group, 0},
                                           {"attrs", w.array(entry, u32, 0), 192}};
    if (form != SectionList::attribute_only) list.push_back({"nsections", u32, 128});
    auto sections = w.pointer(w.structure("module_sect_attrs", 24, list));
    auto notes =
        w.pointer(w.structure("module_notes_attrs", 16, {{"attrs", w.array(bin, u32, 0), 128}}));
    auto symbols = w.pointer(w.structure("mod_kallsyms", 32,
                                         {{"symtab", pointer, 0},
                                          {"num_symtab", u32, 64},
                                          {"strtab", pointer, 128},
                                          {"typetab", pointer, 192}}));
    auto head = w.structure("list_head", 16, {{"next", pointer, 0}, {"prev", pointer, 64}});
    auto layout = w.structure("module_layout", 16,
                              {{"base", pointer, 0}, {"size", u32, 64}, {"text_size", u32, 96}});
    w.structure("module", 256,
                {{"list", head, 64},
                 {"name", w.array(character, u32, 56), 192},
                 {"kallsyms", symbols, 640},
                 {"srcversion", pointer, 704},
                 {"sect_attrs", sections, 768},
                 {"notes_attrs", notes, 832},
                 {"core_layout", layout, 896}});
    return std::make_unique<layout::BtfTypes>(std::move(layout::Btf::parse(w.bytes()).value()));
}

struct LoadedModule {
    using Sections = std::vector<std::pair<std::string, std::uint64_t>>;  // name, address

    FakeMemory& memory;
    VAddr address;

    // Its parts reach from 0x1000 to 0x100000 behind struct module; what it is told of lies behind.
    LoadedModule(FakeMemory& memory_, VAddr at, const std::string& name)
        : memory(memory_), address(at) {
        memory.put(at, std::vector<std::uint8_t>(256));
        memory.set_text(at + 24, name);
        memory.set<std::uint64_t>(at + 112, (at + 0x1000).value);
        memory.set<std::uint32_t>(at + 120, 0xff000);
        memory.set<std::uint32_t>(at + 124, 0x1000);
        memory.set<std::uint64_t>(at + 8, (at + 8).value);  // a list of this alone
    }
    std::uint64_t part(std::uint64_t offset) const { return (address + 0x1000 + offset).value; }

    void tell_srcversion(const std::string& text) {
        memory.put(address + 0x200000, std::vector<std::uint8_t>(64));
        memory.set_text(address + 0x200000, text);
        memory.set<std::uint64_t>(address + 88, (address + 0x200000).value);
    }

    void tell_build_id(const std::vector<std::uint8_t>& id) {
        VAddr list = address + 0x210000, note = address + 0x211000, name = address + 0x212000;
        memory.put(list, std::vector<std::uint8_t>(256));
        memory.put(note, std::vector<std::uint8_t>(16 + id.size()));
        memory.put(name, std::vector<std::uint8_t>(64));
        memory.set_text(name, ".note.gnu.build-id");
        memory.set<std::uint32_t>(note, 4);
        memory.set<std::uint32_t>(note + 4, static_cast<std::uint32_t>(id.size()));
        memory.set<std::uint32_t>(note + 8, 3);  // NT_GNU_BUILD_ID
        memory.set_text(note + 12, "GNU");
        for (std::size_t i = 0; i < id.size(); ++i) memory.set(note + 16 + i, id[i]);
        memory.set<std::uint64_t>(list + 16, name.value);
        memory.set<std::uint64_t>(list + 32, 16 + id.size());
        memory.set<std::uint64_t>(list + 40, note.value);
        memory.set<std::uint64_t>(address + 104, list.value);
    }

    void tell_sections(SectionList form, const Sections& sections) {
        VAddr list = address + 0x220000, names = address + 0x230000, pointers = address + 0x240000;
        const std::uint64_t size = form == SectionList::attribute_only ? 32 : 40;
        memory.put(list, std::vector<std::uint8_t>(24 + size * sections.size()));
        memory.put(pointers, std::vector<std::uint8_t>(8 * (sections.size() + 1)));
        memory.set<std::uint64_t>(list + 8, pointers.value);
        if (form != SectionList::attribute_only)
            memory.set<std::uint32_t>(list + 16, static_cast<std::uint32_t>(sections.size()));
        for (std::size_t i = 0; i < sections.size(); ++i) {
            VAddr entry = list + 24 + i * size, name = names + i * 0x1000;
            memory.put(name, std::vector<std::uint8_t>(256));
            memory.set_text(name, sections[i].first);
            memory.set<std::uint64_t>(entry + (form == SectionList::own_name ? 24 : 0), name.value);
            memory.set<std::uint64_t>(entry + (form == SectionList::attribute_only ? 24 : 32),
                                      sections[i].second);
            memory.set<std::uint64_t>(pointers + i * 8, entry.value);
        }
        memory.set<std::uint64_t>(address + 96, list.value);
    }

    // `letter`: what nm would print of each.
    void tell_symbols(const std::vector<std::pair<std::string, std::uint64_t>>& symbols,
                      std::uint8_t letter = 't') {
        VAddr table = address + 0x300000, entries = address + 0x301000;
        VAddr strings = address + 0x380000, letters = address + 0x390000;
        std::vector<std::uint8_t> syms(24 * (symbols.size() + 1));
        std::string text(1, '\0');
        for (std::size_t i = 0; i < symbols.size(); ++i) {
            auto name = static_cast<std::uint32_t>(text.size());
            std::uint16_t section = 1;
            std::memcpy(&syms[24 * (i + 1)], &name, 4);
            std::memcpy(&syms[24 * (i + 1) + 6], &section, 2);
            std::memcpy(&syms[24 * (i + 1) + 8], &symbols[i].second, 8);
            text += symbols[i].first + '\0';
        }
        text.resize((text.size() / 4096 + 1) * 4096);  // mapped to the end of its page
        memory.put(table, std::vector<std::uint8_t>(32));
        memory.set<std::uint64_t>(table, entries.value);
        memory.set<std::uint32_t>(table + 8, static_cast<std::uint32_t>(symbols.size() + 1));
        memory.set<std::uint64_t>(table + 16, strings.value);
        memory.set<std::uint64_t>(table + 24, letters.value);
        memory.put(entries, std::move(syms));
        memory.put(strings, {text.begin(), text.end()});
        memory.put(letters, std::vector<std::uint8_t>(symbols.size() + 1, letter));
        memory.set<std::uint64_t>(address + 80, table.value);
    }

    layout::Module read(const layout::Types& types) const {
        return layout::read_modules(memory, types, address + 8, Budget(10)).value().modules.at(0);
    }
};

}  // namespace nfstriage::fakes
