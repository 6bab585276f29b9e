// Debug information of an object file, read through libdwarf as a kernel profile is built: types,
// functions with inlined calls, lines and parameters. What comes out can be read.
#include "debuginfo/code_writer.h"
#include "debuginfo/dwarf_types.h"
#include "input.h"
#include "layout/btf_types.h"
#include "layout/code_table.h"

using namespace nfstriage;
using namespace nfstriage::fuzz;
using namespace nfstriage::debuginfo;

namespace {

// The fuzzer itself is told not to look for leaks: libdwarf 20210528 loses an error object of its
// own now and then.
void collect(const DwarfObject& dwarf) {
    TypeOptions options;
    options.roots = {"struct node", "enum state", "struct s*", "struct request"};
    options.enumerators = {"I*"};
    auto types = collect_types({&dwarf}, options);
    if (!types) return;
    auto btf = layout::Btf::parse(types->btf);
    require(btf.has_value(), "collected types are BTF");
    layout::BtfTypes readable(std::move(*btf));
    for (const char* name : {"struct node", "struct request", "enum state"}) {
        auto members = readable.members(name);
        (void)members;
    }
}

void read_code(const DwarfObject& dwarf) {
    CodeOptions options = module_code_options();
    options.level = 1;
    auto section = code_section(dwarf, options);
    if (!section) return;
    auto table = layout::CodeTable::open(section->bytes);
    require(table.has_value(), "a code section that was made opens");
    for (std::uint64_t at = 0; at < 256; at += 7) {
        auto frames = table->source_of(at);
        auto inlined = table->inlined_at(at);
        if (frames && inlined)
            require(inlined->size() + 1 == frames->size(), "as many inlined calls as frames");
        if (auto function = table->function_at(at))
            require(function->begin <= at && at < function->end, "a function covers the address");
        (void)table->call_arguments(at);
    }
    for (const char* name : {"walk", "helper", "finish"}) {
        (void)table->entries(name);
        (void)table->hosts(name);
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    MemoryFile file({data, size});
    auto elf = ElfObject::open(file.path());
    if (!elf) return 0;
    auto dwarf = DwarfObject::open(**elf);
    if (!dwarf) return 0;
    collect(**dwarf);
    read_code(**dwarf);
    return 0;
}
