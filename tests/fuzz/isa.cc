// Instructions of both architectures, from any bytes: what is said of one instruction fits
// together. The first byte chooses the architecture.
#include "input.h"
#include "isa/decoder.h"

using namespace nfstriage;
using namespace nfstriage::fuzz;

namespace {

void check(const isa::Instruction& instruction) {
    std::size_t written = 0;
    for (const auto& operand : instruction.memory) written += operand.written ? 1 : 0;
    require(written == instruction.stores.size(), "each place that is written has a store");
    for (const auto& store : instruction.stores)
        require(
            store.memory < instruction.memory.size() && instruction.memory[store.memory].written,
            "a store is to a place that is written");
    for (const auto& effect : instruction.effects) {
        require((instruction.writes & isa::bit(effect.to)) != 0, "an effect is on what is written");
        if (effect.kind == isa::Effect::Kind::load) {
            require(effect.memory < instruction.memory.size(), "a load is from an operand");
            require(instruction.memory[effect.memory].read, "which is read");
        } else if (effect.kind != isa::Effect::Kind::constant) {
            require((instruction.reads & isa::bit(effect.from)) != 0, "a source is read");
        }
    }
    if (instruction.via_memory)
        require(*instruction.via_memory < instruction.memory.size(), "a target is an operand");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const isa::Decoder x86(Arch::x86_64), aarch64(Arch::aarch64);
    Input input(data, size);
    const isa::Decoder& decoder = input.flag() ? aarch64 : x86;
    std::uint64_t address = 0xffffffff81000000;
    for (ByteSpan bytes = input.rest(); !bytes.empty();) {
        auto instruction = decoder.decode(bytes, address);
        auto text = decoder.text(bytes, address);
        if (text)
            require(text->size() <= 100 && text->find('\n') == std::string::npos,
                    "text is one short line");
        std::size_t step = decoder.arch() == Arch::x86_64 ? 1 : 4;
        if (instruction) {
            require(instruction->size > 0 && instruction->size <= bytes.size(),
                    "an instruction is within the bytes");
            require(instruction->address == address, "an instruction is where it was read");
            check(*instruction);
            step = instruction->size;
        }
        bytes = bytes.subspan(std::min(step, bytes.size()));
        address += step;
    }
    return 0;
}
