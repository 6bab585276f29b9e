// Kernel releases as upstream numbers them. A vendor's release string ("4.19.90-23.29.v2101.ky10")
// starts with an upstream number but says nothing about what was backported on top, so the two
// questions are kept apart: what is it based on, and is it plain upstream.
#pragma once

#include <compare>
#include <optional>
#include <string_view>

namespace nfstriage::knowledge {

struct Release {
    unsigned major = 0, minor = 0, patch = 0;
    std::optional<unsigned> candidate;  // -rcN: before the release itself

    std::strong_ordering operator<=>(const Release& other) const;
    bool operator==(const Release& other) const = default;
    bool same_series(const Release& other) const {
        return major == other.major && minor == other.minor;
    }
};

// "5.3", "5.2.17", "6.11-rc3", "6.11.0-rc3": the whole text.
std::optional<Release> parse_release(std::string_view text);

// The upstream number that a release string of any maker starts with: "6.1.0-56-cloud-amd64"
// → 6.1.0. The third number of a vendor kernel is the vendor's own.
std::optional<Release> base_release(std::string_view uname_release);

// The release of a kernel built from upstream or stable sources with nothing added: the string is
// an upstream release and nothing more. No value for every other string.
std::optional<Release> plain_release(std::string_view uname_release);

}  // namespace nfstriage::knowledge
