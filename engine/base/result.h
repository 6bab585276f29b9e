// Errors: what stopped us from doing our job (an unreadable file, a bad rule), as opposed to what a
// dump does not say, which is an Unknown (maybe.h). Every error names the file, the place, what was
// expected there and what the user can do about it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <tl/expected.hpp>

namespace nfstriage {

struct Error {
    std::string file;                     // the input or rule at fault; empty when there is none
    std::optional<std::uint64_t> offset;  // byte offset in the file, when the place is known
    std::string expected;                 // what should have been there, and what was found
    std::string remedy;                   // what the user can do
};

template <class T>
using Result = tl::expected<T, Error>;

inline tl::unexpected<Error> error(std::string file, std::optional<std::uint64_t> offset,
                                   std::string expected, std::string remedy) {
    return tl::unexpected<Error>(
        Error{std::move(file), offset, std::move(expected), std::move(remedy)});
}

// One line for people: "vmcore: at byte 4096: expected ... ; remedy".
std::string to_string(const Error& error);

}  // namespace nfstriage
