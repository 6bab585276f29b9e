// Little endian stores into bytes that grow as needed: how the headers of dump files are made.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace nfstriage::dump {

void put(std::vector<std::uint8_t>& file, std::uint64_t offset,
         std::span<const std::uint8_t> bytes);
void put_text(std::vector<std::uint8_t>& file, std::uint64_t offset, std::string_view text);
// The lowest `bytes` bytes of `value`, at most 8.
void put_number(std::vector<std::uint8_t>& file, std::uint64_t offset, std::uint64_t value,
                unsigned bytes);

}  // namespace nfstriage::dump
