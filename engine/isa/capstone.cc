#include "isa/capstone.h"

#include <array>

#include "isa/capstone_calls.h"

namespace nfstriage::isa {

// `instruction` is memory that Capstone fills; without it nothing decodes.
struct Capstone::State {
    const CapstoneCalls* calls = capstone_calls();
    csh handle = 0;
    cs_insn* instruction = nullptr;

    State() {
        if (calls == nullptr) return;
        if (calls->open(CS_ARCH_ARM64, CS_MODE_LITTLE_ENDIAN, &handle) != CS_ERR_OK) return;
        instruction = calls->make_instruction(handle);
    }
    ~State() {
        if (instruction) calls->free_instructions(instruction, 1);
        if (handle) calls->close(&handle);
    }
    State(const State&) = delete;
    State& operator=(const State&) = delete;

    bool decode(std::uint32_t word, std::uint64_t address) const {
        if (!instruction) return false;
        std::array<std::uint8_t, 4> bytes;
        for (unsigned i = 0; i < 4; ++i) bytes[i] = static_cast<std::uint8_t>(word >> (8 * i));
        const std::uint8_t* code = bytes.data();
        std::size_t size = bytes.size();
        return calls->next_instruction(handle, &code, &size, &address, instruction);
    }
};

Capstone::Capstone() : state_(std::make_unique<State>()) {}
Capstone::~Capstone() = default;
Capstone::Capstone(Capstone&&) noexcept = default;
Capstone& Capstone::operator=(Capstone&&) noexcept = default;

std::optional<std::string> Capstone::text(std::uint32_t word, std::uint64_t address) const {
    if (!state_->decode(word, address)) return std::nullopt;
    std::string out = state_->instruction->mnemonic;
    if (state_->instruction->op_str[0] != 0) out += std::string(" ") + state_->instruction->op_str;
    return out;
}

bool Capstone::knows(std::uint32_t word) const { return state_->decode(word, 0); }

}  // namespace nfstriage::isa
