// Runs one instruction between two states of the general registers, flags and an arena of memory.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

namespace nfstriage::test {

constexpr std::size_t kArena = 4096;

struct State {
    std::array<std::uint64_t, 16> registers{};  // rsp included
    std::uint64_t flags = 0x202;
    std::array<std::uint8_t, kArena> memory{};
};

class Machine {
public:
    Machine();
    ~Machine();
    Machine(const Machine&) = delete;
    Machine& operator=(const Machine&) = delete;

    std::uint64_t arena() const;         // where State::memory is
    std::uint64_t gs() const;            // the base of gs
    std::uint64_t code_address() const;  // where the instruction will stand

    void load(const std::vector<std::uint8_t>& instruction);
    // False: the instruction faulted.
    bool run(const State& before, State& after);

private:
    std::uint8_t* code_;
    std::uint8_t* arena_;
};

}  // namespace nfstriage::test
