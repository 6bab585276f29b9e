#include "isa/aarch64.h"

#include <fmt/format.h>

#include "isa/aarch64_word.h"

namespace nfstriage::isa {
namespace {

Maybe<std::uint32_t> word_of(ByteSpan bytes) {
    auto word = Bytes(bytes).get<std::uint32_t>(0);
    if (!word) return unknown(Reason::corrupt, "fewer than the 4 bytes of an instruction");
    return word;
}

// C4.1: the main encoding table, by bits 28 ... 25.
bool decode_own(A64Word& w) {
    switch (w.field(25, 4)) {
        case 0:
            // udf, permanently undefined: the kernel's padding and some of its traps
            w.out.flow = Flow::trap;
            return w.field(16, 16) == 0;
        case 8:
        case 9:
            return decode_a64_immediate(w);
        case 10:
        case 11:
            return decode_a64_branch(w);
        case 4:
        case 6:
        case 12:
        case 14:
            return decode_a64_memory(w);
        case 5:
        case 13:
            return decode_a64_register(w);
        default:
            return false;
    }
}

bool is_vector(std::uint32_t word) { return (word >> 25 & 7) == 7; }

}  // namespace

Maybe<Instruction> A64Decoder::decode(ByteSpan bytes, std::uint64_t address) const {
    auto word = word_of(bytes);
    if (!word) return tl::unexpected<Unknown>(word.error());
    Maybe<Instruction> out(Instruction{});
    out->address = address;
    out->size = 4;
    A64Word w(*word, *out);
    if (is_vector(*word) && capstone_.knows(*word)) {
        decode_a64_vector_registers(w);
        return out;
    }
    if (decode_own(w)) return out;
    return unknown(Reason::no_decoder, fmt::format("the instruction {:#010x}", *word));
}

Maybe<std::string> A64Decoder::text(ByteSpan bytes, std::uint64_t address) const {
    auto word = word_of(bytes);
    if (!word) return tl::unexpected<Unknown>(word.error());
    // Bits that are no instruction have no text, even if some form fits them.
    if (auto decoded = decode(bytes, address); !decoded)
        return tl::unexpected<Unknown>(decoded.error());
    auto text = a64_text(*word);
    if (!text) text = capstone_.text(*word, address);
    if (!text) return unknown(Reason::no_decoder, fmt::format("the instruction {:#010x}", *word));
    return text->substr(0, 100);
}

}  // namespace nfstriage::isa
