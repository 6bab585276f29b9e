// VMCOREINFO as text, and the notes of a crash that it is one of.
#include "dump/vmcoreinfo.h"
#include "dump/notes.h"
#include "input.h"

using namespace nfstriage;
using namespace nfstriage::fuzz;

namespace {

void check_text(std::string_view text) {
    auto info = dump::Vmcoreinfo::parse(text);
    std::string again;
    for (const auto& [key, value] : info.lines()) {
        again += key + "=" + value + "\n";
        require(info.text(key) == value, "a line is found by its key");
        std::size_t open = key.find('(');
        std::string name = key;
        if (open != std::string::npos && key.ends_with(")"))
            name = key.substr(open + 1, key.size() - open - 2);
        (void)info.symbol(name), (void)info.offset(name), (void)info.size(name);
        (void)info.length(name), (void)info.number(name);
    }
    require(dump::Vmcoreinfo::parse(again).lines() == info.lines(), "lines written parse again");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    Input input(data, size);
    if (input.flag()) {
        check_text(input.rest_of_text());
        return 0;
    }
    ByteSpan bytes = input.rest();
    (void)dump::arch_from_notes(bytes);
    for (Arch arch : {Arch::x86_64, Arch::aarch64, Arch::riscv64}) {
        auto notes = dump::parse_notes(bytes, arch);
        for (const dump::CpuNote& cpu : notes.cpus) (void)cpu.registers.pc(arch);
        check_text(notes.vmcoreinfo);
    }
    return 0;
}
