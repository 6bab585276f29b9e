// Capstone's aarch64 decoder, 4.0 as well as 5.0, for what our own tables leave: whether bits are a
// vector or floating point instruction, and the text of most instructions. Its lists of registers
// are not used: 4.0 misses some (`ret` reads x30).
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace nfstriage::isa {

class Capstone {
public:
    Capstone();
    ~Capstone();
    Capstone(Capstone&&) noexcept;
    Capstone& operator=(Capstone&&) noexcept;

    // Mnemonic and operands, "ldr x0, [x1, #0x28]"; nothing if Capstone does not know the word.
    std::optional<std::string> text(std::uint32_t word, std::uint64_t address) const;
    bool knows(std::uint32_t word) const;

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace nfstriage::isa
