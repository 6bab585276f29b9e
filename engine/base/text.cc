#include "base/text.h"

#include <charconv>

#include "base/address.h"
#include "base/bytes.h"
#include "base/frame.h"
#include "base/registers.h"
#include "base/result.h"

namespace nfstriage {
namespace {

constexpr char kHexDigits[] = "0123456789abcdef";

// Length of the valid UTF-8 sequence at `text`, or 0. Overlong forms, surrogates and code points
// beyond U+10FFFF are invalid (RFC 3629).
std::size_t utf8_length(std::string_view text) {
    auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    auto continues = [&](std::size_t i, unsigned low, unsigned high) {
        return i < text.size() && byte(i) >= low && byte(i) <= high;
    };
    unsigned first = byte(0);
    if (first < 0x80) return 1;
    if (first >= 0xc2 && first <= 0xdf) return continues(1, 0x80, 0xbf) ? 2 : 0;
    if (first >= 0xe0 && first <= 0xef) {
        unsigned low = first == 0xe0 ? 0xa0 : 0x80, high = first == 0xed ? 0x9f : 0xbf;
        return continues(1, low, high) && continues(2, 0x80, 0xbf) ? 3 : 0;
    }
    if (first >= 0xf0 && first <= 0xf4) {
        unsigned low = first == 0xf0 ? 0x90 : 0x80, high = first == 0xf4 ? 0x8f : 0xbf;
        return continues(1, low, high) && continues(2, 0x80, 0xbf) && continues(3, 0x80, 0xbf) ? 4
                                                                                               : 0;
    }
    return 0;
}

// C1 controls (U+0080..U+009F) and the bidirectional overrides act on terminals and pages.
bool acts_on_a_terminal(std::string_view sequence) {
    auto byte = [&](std::size_t i) { return static_cast<unsigned char>(sequence[i]); };
    if (sequence.size() == 1) return byte(0) < 0x20 || byte(0) == 0x7f;
    if (sequence.size() == 2) return byte(0) == 0xc2 && byte(1) < 0xa0;
    if (sequence.size() == 3 && byte(0) == 0xe2)
        return (byte(1) == 0x80 && byte(2) >= 0xa8 && byte(2) <= 0xae) ||
               (byte(1) == 0x81 && byte(2) >= 0xa6 && byte(2) <= 0xa9);
    return false;
}

}  // namespace

std::string escape(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    while (!text.empty()) {
        std::size_t length = utf8_length(text);
        std::string_view sequence = text.substr(0, length == 0 ? 1 : length);
        if (length != 0 && !acts_on_a_terminal(sequence)) {
            out += sequence;
        } else {
            for (char c : sequence) {
                auto byte = static_cast<unsigned char>(c);
                out += "\\x";
                out += kHexDigits[byte >> 4];
                out += kHexDigits[byte & 15];
            }
        }
        text.remove_prefix(sequence.size());
    }
    return out;
}

std::vector<std::string_view> split(std::string_view text, char separator) {
    std::vector<std::string_view> parts;
    for (;;) {
        std::size_t end = text.find(separator);
        parts.push_back(text.substr(0, end));
        if (end == std::string_view::npos) return parts;
        text.remove_prefix(end + 1);
    }
}

std::string_view trim(std::string_view text) {
    constexpr std::string_view kBlank = " \t\r\n";
    std::size_t begin = text.find_first_not_of(kBlank);
    if (begin == std::string_view::npos) return {};
    return text.substr(begin, text.find_last_not_of(kBlank) - begin + 1);
}

std::string replace_all(std::string text, std::string_view what, std::string_view with) {
    if (what.empty()) return text;
    std::string out;
    std::size_t from = 0;
    for (std::size_t at; (at = text.find(what, from)) != std::string::npos; from = at + what.size())
        out.append(text, from, at - from).append(with);
    return out.append(text, from);
}

std::optional<std::uint64_t> parse_unsigned(std::string_view text, int base) {
    if (text.starts_with("0x") || text.starts_with("0X")) {
        text.remove_prefix(2);
        base = 16;
    }
    std::uint64_t value = 0;
    auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value, base);
    if (failure != std::errc{} || end != text.data() + text.size() || text.empty())
        return std::nullopt;
    return value;
}

std::string hex(std::uint64_t value) {
    std::string text = "0x";
    int shift = 60;
    while (shift > 0 && (value >> shift & 15) == 0) shift -= 4;
    for (; shift >= 0; shift -= 4) text += kHexDigits[value >> shift & 15];
    return text;
}

std::string to_string(const Error& error) {
    std::string text = error.file;
    if (error.offset)
        text += (text.empty() ? "at byte " : ": at byte ") + std::to_string(*error.offset);
    if (!text.empty()) text += ": ";
    text += error.expected;
    if (!error.remedy.empty()) text += "; " + error.remedy;
    return escape(text);
}

Maybe<std::string_view> Bytes::cstring(std::uint64_t offset) const {
    if (offset >= bytes_.size()) return unknown(Reason::corrupt, "string starts outside the bytes");
    const auto* begin = reinterpret_cast<const char*>(bytes_.data()) + offset;
    const void* end = std::memchr(begin, 0, bytes_.size() - offset);
    if (end == nullptr) return unknown(Reason::corrupt, "string without an end");
    return std::string_view(begin, static_cast<const char*>(end) - begin);
}

std::optional<std::uint64_t> Registers::pc(Arch arch) const {
    return get(arch == Arch::x86_64 ? "rip" : arch == Arch::i386 ? "eip" : "pc");
}
std::optional<std::uint64_t> Registers::sp(Arch arch) const {
    return get(arch == Arch::x86_64 ? "rsp" : arch == Arch::i386 ? "esp" : "sp");
}
std::optional<std::uint64_t> Registers::fp(Arch arch) const {
    return get(arch == Arch::x86_64 ? "rbp" : arch == Arch::i386 ? "ebp" : "x29");
}

std::string_view without_suffix(std::string_view name) {
    if (name.starts_with("__pfx_")) name.remove_prefix(6);
    constexpr std::string_view kSuffixes[] = {".isra.", ".constprop.", ".part.",
                                              ".cold",  ".llvm.",      ".lto_priv."};
    std::size_t end = name.size();
    for (std::string_view suffix : kSuffixes)
        if (std::size_t at = name.find(suffix); at != std::string_view::npos && at > 0 && at < end)
            end = at;
    return name.substr(0, end);
}

}  // namespace nfstriage
