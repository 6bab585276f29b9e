// What two decoders of x86_64 say of the same bytes: Capstone's may leave an answer out, but never
// give another one than Zydis.
#pragma once

#include <algorithm>
#include <memory>
#include <string>

#include "describe.h"
#include "isa/capstone_x86.h"
#include "isa/x86_64.h"

namespace nfstriage::test {

class SameDecoding {
public:
    // Decodes one instruction both ways; its size, 1 where there is none.
    std::size_t at(ByteSpan bytes, std::uint64_t address) {
        auto theirs = zydis_->decode(bytes, address);
        auto ours = capstone_->decode(bytes, address);
        if (theirs) ++instructions;
        if (ours) {
            ++decoded;
            std::string expected = theirs ? line(*theirs) : "no instruction";
            if (line(*ours) != expected) differs(bytes, expected, line(*ours));
            auto text = capstone_->text(bytes, address);
            auto expected_text = zydis_->text(bytes, address);
            if (text && (!expected_text || *text != *expected_text))
                differs(bytes, expected_text ? *expected_text : "no text", *text);
        }
        return theirs ? theirs->size : 1;
    }

    // All instructions of a stretch of text, one behind the other.
    void all(ByteSpan text, std::uint64_t address) {
        for (std::size_t at_byte = 0; at_byte < text.size();)
            at_byte += at(text.subspan(at_byte), address + at_byte);
    }

    std::size_t instructions = 0;  // that Zydis knows
    std::size_t decoded = 0;       // of them, by Capstone
    std::size_t differences = 0;
    std::string examples;  // of differences

private:
    static std::string line(const isa::Instruction& instruction) {
        return std::to_string(instruction.size) + ": " + describe(Arch::x86_64, instruction);
    }

    void differs(ByteSpan bytes, const std::string& expected, const std::string& found) {
        if (++differences > 20) return;
        for (std::size_t i = 0; i < std::min<std::size_t>(bytes.size(), 15); ++i)
            examples += hex(bytes[i]).substr(2) + " ";
        examples += "\n  Zydis    " + expected + "\n  Capstone " + found + "\n";
    }

    std::unique_ptr<isa::X86Decoder> zydis_ = isa::x86_decoder();
    std::unique_ptr<isa::X86Decoder> capstone_ = isa::x86_decoder_by_capstone();
};

}  // namespace nfstriage::test
