#include "dump/put.h"

#include <algorithm>
#include <array>

namespace nfstriage::dump {

void put(std::vector<std::uint8_t>& file, std::uint64_t offset,
         std::span<const std::uint8_t> bytes) {
    if (file.size() < offset + bytes.size()) file.resize(offset + bytes.size());
    std::copy(bytes.begin(), bytes.end(), file.begin() + static_cast<std::ptrdiff_t>(offset));
}

void put_text(std::vector<std::uint8_t>& file, std::uint64_t offset, std::string_view text) {
    put(file, offset, {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
}

void put_number(std::vector<std::uint8_t>& file, std::uint64_t offset, std::uint64_t value,
                unsigned bytes) {
    std::array<std::uint8_t, 8> raw{};
    for (unsigned i = 0; i < 8; ++i) raw[i] = static_cast<std::uint8_t>(value >> 8 * i);
    put(file, offset, std::span(raw).first(bytes));
}

}  // namespace nfstriage::dump
