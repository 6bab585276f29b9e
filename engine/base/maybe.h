// Maybe<T>: a value, or the reason why the input does not say. A filtered or truncated dump is the
// normal case, so "unknown" is a value that travels; it is never replaced by 0, "" or false.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

namespace nfstriage {

enum class Reason : std::uint8_t {
    not_dumped,        // the page is outside of what the file holds
    filtered,          // makedumpfile left the page out
    unmapped,          // the page tables do not map the address
    null,              // the pointer on the way was NULL
    no_type,           // no layout for this type or member
    no_symbol,         // no symbol table names this
    no_decoder,        // no instruction decoder for this
    corrupt,           // the bytes contradict themselves
    budget,            // the walk was stopped by its limit
    unsupported_arch,  // not implemented for this architecture
    not_in_log,        // a console log does not print this
};

std::string_view to_string(Reason reason);

struct Unknown {
    Reason reason;
    std::string what;  // which address, member or line; may be empty
};

template <class T>
using Maybe = tl::expected<T, Unknown>;

inline tl::unexpected<Unknown> unknown(Reason reason, std::string what = {}) {
    return tl::unexpected<Unknown>(Unknown{reason, std::move(what)});
}

// "filtered: page of ffff8a35c3d420c0"
std::string to_string(const Unknown& unknown);

}  // namespace nfstriage
