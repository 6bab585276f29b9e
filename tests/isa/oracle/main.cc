// isa_oracle: our decoder against objdump on every instruction of a kernel: sizes, control flow,
// targets, memory operands, and the registers that objdump's text names; on x86_64 registers and
// memory written are compared with Capstone's lists too.
// Zydis is compared with the decoder of static programs as well (../same_decoding.h).
//   objdump -d -w FILE | nfstriage_isa_oracle x86_64|aarch64
// Prints what differs with examples, and which instructions we do not know; fails if anything
// differs. Unknown instructions are counted only: an answer "unknown" is never wrong.
#include <cstdio>
#include <iostream>

#include "../same_decoding.h"
#include "listing.h"

using namespace nfstriage;
using test::Findings, test::Line;

namespace {

bool is_data(const Line& line) {
    // fwait and the instruction behind it count as one for objdump.
    if (line.bytes[0] == 0x9b && line.bytes.size() > 1 && line.bytes.size() < 4) return true;
    return line.mnemonic.find("(bad)") != std::string::npos || line.mnemonic.starts_with(".") ||
           line.operands.find("(bad)") != std::string::npos;
}

void print(const char* title, const Findings& findings) {
    for (const auto& [what, found] : findings.all()) {
        std::printf("  %s: %s: %llu\n", title, what.c_str(),
                    static_cast<unsigned long long>(found.first));
        for (const std::string& example : found.second) std::printf("%s\n", example.c_str());
    }
}

}  // namespace

int main(int argc, char** argv) {
    auto arch = argc == 2 ? arch_from_machine(argv[1]) : std::nullopt;
    if (!arch || (*arch != Arch::x86_64 && *arch != Arch::aarch64)) {
        std::fprintf(stderr, "usage: objdump -d -w FILE | %s x86_64|aarch64\n", argv[0]);
        return 2;
    }
    isa::Decoder decoder(*arch);
    Findings differ, not_known, text;
    std::uint64_t lines = 0, known = 0;
    test::SameDecoding same;
    Line line;
    std::ios::sync_with_stdio(false);
    while (test::next_line(std::cin, *arch, line)) {
        ++lines;
        auto ours = decoder.decode(line.bytes, line.address);
        if (is_data(line)) {
            if (ours && line.mnemonic == ".inst") differ.add("no instruction for objdump", line);
            continue;
        }
        if (!ours) {
            not_known.add(line.mnemonic, line, to_string(ours.error()));
            continue;
        }
        ++known;
        if (*arch == Arch::x86_64) same.at(line.bytes, line.address);
        if (!decoder.text(line.bytes, line.address)) text.add(line.mnemonic, line);
        if (ours->size != line.bytes.size()) differ.add("size", line);
        if (*arch == Arch::x86_64) {
            test::compare_x86(line, *ours, differ);
        } else {
            test::compare_a64(line, *ours, differ);
        }
    }
    print("not known", not_known);
    print("without text", text);
    print("DIFFERS", differ);
    std::printf("%llu instructions, %llu known (%.4f %%)\n", static_cast<unsigned long long>(lines),
                static_cast<unsigned long long>(known),
                100.0 * static_cast<double>(known) / static_cast<double>(lines ? lines : 1));
    if (same.instructions != 0)
        std::printf("of them %zu known to Capstone too (%.4f %%), %zu otherwise:\n%s", same.decoded,
                    100.0 * static_cast<double>(same.decoded) /
                        static_cast<double>(same.instructions),
                    same.differences, same.examples.c_str());
    return differ.empty() && lines != 0 && same.differences == 0 ? 0 : 1;
}
