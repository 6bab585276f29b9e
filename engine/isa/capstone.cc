#include "isa/capstone.h"

#include <capstone/capstone.h>

#include <array>

namespace nfstriage::isa {

// `instruction` is memory that Capstone fills; without it nothing decodes.
struct Capstone::State {
    csh handle = 0;
    cs_insn* instruction = nullptr;

    State() {
        if (cs_open(CS_ARCH_ARM64, CS_MODE_LITTLE_ENDIAN, &handle) != CS_ERR_OK) return;
        instruction = cs_malloc(handle);
    }
    ~State() {
        if (instruction) cs_free(instruction, 1);
        if (handle) cs_close(&handle);
    }
    State(const State&) = delete;
    State& operator=(const State&) = delete;

    bool decode(std::uint32_t word, std::uint64_t address) const {
        if (!instruction) return false;
        std::array<std::uint8_t, 4> bytes;
        for (unsigned i = 0; i < 4; ++i) bytes[i] = static_cast<std::uint8_t>(word >> (8 * i));
        const std::uint8_t* code = bytes.data();
        std::size_t size = bytes.size();
        return cs_disasm_iter(handle, &code, &size, &address, instruction);
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
