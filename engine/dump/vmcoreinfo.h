// VMCOREINFO: the note in which a kernel describes itself to dump tools (kernel/vmcore_info.c,
// before v6.9 kernel/crash_core.c): lines KEY=value, SYMBOL(x)=hex, OFFSET(s.m)=, SIZE(s)=,
// LENGTH(a)=, NUMBER(n)=.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/address.h"

namespace nfstriage::dump {

class Vmcoreinfo {
public:
    Vmcoreinfo() = default;
    // Parses the note's text; lines it does not understand are kept as strings.
    static Vmcoreinfo parse(std::string_view text);

    bool empty() const { return lines_.empty(); }
    const std::map<std::string, std::string, std::less<>>& lines() const { return lines_; }

    std::optional<std::string_view> text(std::string_view key) const;    // OSRELEASE, BUILD-ID
    std::optional<VAddr> symbol(std::string_view name) const;            // SYMBOL(name)
    std::optional<std::uint64_t> offset(std::string_view member) const;  // OFFSET(s.m), bytes
    std::optional<std::uint64_t> size(std::string_view type) const;      // SIZE(type), bytes
    std::optional<std::uint64_t> length(std::string_view array) const;   // LENGTH(array), elements
    std::optional<std::int64_t> number(std::string_view name) const;     // NUMBER(name), dec or 0x

private:
    std::map<std::string, std::string, std::less<>> lines_;
};

}  // namespace nfstriage::dump
