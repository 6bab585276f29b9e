// Numbers that are the same on every machine for the same seed, sample, kind and place.
#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <vector>

namespace nfstriage::damage {

class Random {
public:
    Random(std::uint64_t seed, const std::string& what, std::uint64_t place) {
        std::vector<std::uint32_t> words{
            static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32),
            static_cast<std::uint32_t>(place), static_cast<std::uint32_t>(place >> 32)};
        for (char c : what) words.push_back(static_cast<unsigned char>(c));
        std::seed_seq sequence(words.begin(), words.end());
        engine_.seed(sequence);
    }
    std::uint64_t next() { return engine_(); }
    std::uint64_t below(std::uint64_t end) { return end == 0 ? 0 : engine_() % end; }
    template <class T>
    const T& of(const std::vector<T>& items) {
        return items[static_cast<std::size_t>(below(items.size()))];
    }

private:
    std::mt19937_64 engine_;
};

}  // namespace nfstriage::damage
