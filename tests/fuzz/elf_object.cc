// An ELF file of a kernel or module: its sections unpacked and relocated, its symbols, what it says
// of itself, and the module put into memory.
#include "debuginfo/dwarf_cfi.h"
#include "debuginfo/linked_module.h"
#include "debuginfo/object_identity.h"
#include "debuginfo/orc_section.h"
#include "input.h"
#include "layout/cfi_table.h"
#include "layout/orc_table.h"

using namespace nfstriage;
using namespace nfstriage::fuzz;
using namespace nfstriage::debuginfo;

namespace {

// Sections of an input of some KiB that unpack to more than this are left packed, for speed.
constexpr std::uint64_t kMostUnpacked = 1 << 20;

void ask(const ElfObject& elf) {
    for (std::size_t i = 1; i < elf.sections().size(); ++i) {
        const ElfSection& section = elf.sections()[i];
        require(elf.find(section.name).has_value(), "a section is found by its name");
        if (section.size > kMostUnpacked) continue;
        auto bytes = elf.bytes(i);
        if (!bytes) continue;
        require(bytes->empty() || bytes->size() == section.size, "a section has its size");
        File copy(bytes->begin(), bytes->end());  // every byte can be read
        elf.forget(i);
        auto again = elf.bytes(i);
        require(again && std::equal(again->begin(), again->end(), copy.begin(), copy.end()),
                "a section unpacks the same again");
        (void)elf.memory(section.address, 16);
    }
    if (auto symbols = elf.symbols())
        for (const ElfSymbol& symbol : *symbols) (void)std::string(symbol.name).size();
    (void)elf.build_id(), (void)elf.alternate_link(), (void)elf.module_info();
    (void)identify_object(elf);
}

void ask_tables(const ElfObject& elf) {
    if (auto orc = orc_section(elf, 1); orc && !orc->empty()) {
        auto table = layout::OrcTable::open(*orc);
        require(table.has_value(), "an ORC section that was made opens");
        for (std::uint64_t at : {0u, 16u, 4096u}) (void)table->at(at);
    }
    if (auto cfi = cfi_section(elf, 1); cfi && !cfi->bytes.empty()) {
        auto table = layout::CfiTable::open(cfi->bytes);
        require(table.has_value(), "a CFI section that was made opens");
        for (std::uint64_t at : {0u, 1u, 16u, 40u, 4096u})
            if (auto row = table->at(at))
                require(row->begin <= at, "a row holds from its beginning");
    }
}

void link(const std::filesystem::path& path) {
    auto module = LinkedModule::open(path);
    if (!module || module->size() > kMostUnpacked) return;
    auto linked = module->link(0xffffffffc0000000, [](const std::string& name) {
        return 0xffffffff81000000 + name.size() * 16;
    });
    if (!linked) return;
    std::uint8_t byte[24];
    for (const layout::Symbol& symbol : module->symbols()) (void)module->read(symbol.address, byte);
    for (const dump::VRange& text : module->text()) (void)module->read(text.begin, byte);
    (void)module->read_only_data(), (void)module->btf(), (void)module->has_text();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    MemoryFile file({data, size});
    auto elf = ElfObject::open(file.path());
    if (!elf) {
        require(!elf.error().expected.empty(), "an error says what was expected");
        return 0;
    }
    ask(**elf);
    std::uint64_t unpacked = 0;
    for (const ElfSection& section : (*elf)->sections())
        unpacked += std::min(section.size, kMostUnpacked);
    if (unpacked < kMostUnpacked) {
        ask_tables(**elf);
        link(file.path());
    }
    return 0;
}
