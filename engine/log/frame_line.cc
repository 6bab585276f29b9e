#include "log/frame_line.h"

#include <algorithm>

#include "log/scan.h"

namespace nfstriage::log {
namespace {

constexpr bool is_name(char c) {
    return is_alpha(c) || is_digit(c) || c == '_' || c == '.' || c == '$' || c == '@';
}

std::string_view eat_name(std::string_view& text) {
    std::size_t n = 0;
    if (text.empty() || is_digit(text[0])) return {};
    while (n < text.size() && n < 512 && is_name(text[n])) ++n;
    auto name = text.substr(0, n);
    if (name.find_first_not_of('.') == std::string_view::npos) return {};
    text.remove_prefix(n);
    return name;
}

// " [nfsd 3f52...]", "[nfsd]", also cut off: " [nfs"
std::string eat_module(std::string_view& text) {
    auto rest = text;
    eat_blanks(rest);
    if (!eat(rest, "[")) return {};
    std::size_t n = 0;
    while (n < rest.size() && n < 64 &&
           (is_alpha(rest[n]) || is_digit(rest[n]) || rest[n] == '_' || rest[n] == '-'))
        ++n;
    std::string module(rest.substr(0, n));
    rest.remove_prefix(n);
    if (module.empty() || (!rest.empty() && rest[0] != ']' && rest[0] != ' ')) return {};
    if (module == "inline" || is_digit(module[0])) return {};
    auto close = rest.find(']');
    rest.remove_prefix(close == std::string_view::npos ? rest.size() : close + 1);
    for (char& c : module)
        if (c == '-') c = '_';
    text = rest;
    return module;
}

// "file.c:123" as decode_stacktrace.sh appends it.
void eat_source(std::string_view& text, Frame& frame) {
    auto rest = text;
    eat_blanks(rest);
    eat(rest, "(");
    auto word = eat_token(rest);
    auto colon = word.rfind(':');
    if (colon == std::string_view::npos || colon == 0 || colon + 1 >= word.size()) return;
    auto file = word.substr(0, colon), number = word.substr(colon + 1);
    auto line = eat_number(number);
    if (!line || *line > 10'000'000 || file.find('.') == std::string_view::npos) return;
    frame.file = file;
    frame.line = static_cast<unsigned>(*line);
    text = rest;
}

// The rest of "func (file.c:12 (discriminator 3)) module", as newer decode_stacktrace.sh prints.
bool eat_decoded(std::string_view text, Frame& frame) {
    auto close = text.find(')');
    if (close == std::string_view::npos) return false;
    auto word = text.substr(0, std::min(text.find(' '), close));
    auto colon = word.rfind(':');
    if (colon == std::string_view::npos || word.find('.') == std::string_view::npos) return false;
    auto number = word.substr(colon + 1);
    auto line = eat_number(number);
    if (!number.empty() || (!line && word.substr(colon + 1) != "?")) return false;
    frame.file = word.substr(0, colon);
    if (line && *line < 10'000'000) frame.line = static_cast<unsigned>(*line);
    while (close + 1 < text.size() && text[close + 1] == ')') ++close;
    auto tail = text.substr(close + 1);
    eat_blanks(tail);
    eat(tail, "[");
    std::size_t n = 0;
    while (n < tail.size() && (is_alpha(tail[n]) || is_digit(tail[n]) || tail[n] == '_')) ++n;
    if (n > 1) frame.module = tail.substr(0, n);
    return true;
}

// "[<ffffffff81234567>]", "[c000200010823250]"; "[<0>]" of /proc/PID/stack.
bool eat_address(std::string_view& text, std::optional<std::uint64_t>& address) {
    auto rest = text;
    if (!eat(rest, "[")) return false;
    bool angle = eat(rest, "<");
    auto value = eat_hex(rest);
    if (!value || (angle && !eat(rest, ">")) || !eat(rest, "]")) return false;
    if (*value != 0) address = value;
    eat_blanks(rest);
    text = rest;
    return true;
}

bool eat_question(std::string_view& text) {
    auto rest = text;
    if (!eat(rest, "?") ||
        (!rest.empty() && !is_blank(rest[0]) && rest[0] != '_' && !is_alpha(rest[0])))
        return false;
    eat_blanks(rest);
    text = rest;
    return true;
}

// "(g+0x12/0x34 [module])" or bare.
std::optional<Frame> eat_wrapped_symbol(std::string_view& text) {
    auto rest = text;
    bool paren = eat(rest, "(");
    auto frame = eat_symbol(rest);
    if (!frame) return std::nullopt;
    if (paren) eat(rest, ")");
    text = rest;
    return frame;
}

}  // namespace

std::optional<Frame> eat_symbol(std::string_view& text) {
    auto rest = text;
    auto name = eat_name(rest);
    if (name.empty() || !eat(rest, "+")) return std::nullopt;
    Frame frame;
    frame.trust = Trust::log;
    auto strict = rest;
    auto offset = strict.starts_with("0x") ? eat_hex(strict) : std::nullopt;
    bool slash = offset && eat(strict, "/");
    auto size = slash && strict.starts_with("0x") ? eat_hex(strict) : std::nullopt;
    bool clean_end = strict.empty() || !is_name(strict[0]);
    if (size && clean_end) {
        frame.offset = offset;
        frame.size = size;
        rest = strict;
    } else if (offset && !slash && clean_end) {  // "RIP: 0010:func+0x12", size lost
        frame.offset = offset;
        rest = strict;
    } else {  // a photo's OCR: "+Ox52c/0xla0"
        auto slash_at = rest.find('/');
        if (slash_at == std::string_view::npos || slash_at < 2 || slash_at > 20)
            return std::nullopt;
        for (char c : rest.substr(0, slash_at))
            if (is_blank(c)) return std::nullopt;
        rest.remove_prefix(slash_at + 1);
        std::size_t n = 0;
        while (n < rest.size() && !is_blank(rest[n]) && rest[n] != '[') ++n;
        if (n < 2 || n > 20) return std::nullopt;
        rest.remove_prefix(n);
    }
    if (name.size() > 1 && name[0] == '.') name.remove_prefix(1);  // ppc64 ELFv1 dot symbols
    frame.function = name;
    frame.module = eat_module(rest);
    text = rest;
    return frame;
}

std::optional<FrameLine> parse_frame(std::string_view line) {
    auto text = trim_right(line);
    eat_blanks(text);
    FrameLine out;
    std::optional<std::uint64_t> address;
    bool guess = eat_question(text);
    if (text.starts_with("([")) text.remove_prefix(1);  // s390's first frame
    int brackets = 0;
    while (brackets < 3 && eat_address(text, address)) ++brackets;
    guess = eat_question(text) || guess;

    auto rest = text;
    if (auto frame = eat_wrapped_symbol(rest)) {
        auto tail = rest;
        eat_blanks(tail);
        if (tail.starts_with("from ")) {  // arm: "f+0x1/0x2 from g+..."
            out.callee = frame->function;
            text = tail;
        } else {
            out.frame = std::move(*frame);
            text = rest;
        }
    } else {
        bool paren = eat(rest, "(");
        auto name = eat_name(rest);
        if (name.empty()) {  // an address without a symbol
            auto bare = text;
            if (bare.starts_with("0x")) {
                auto value = eat_hex(bare);
                if (!value || !trim_right(bare).empty()) return std::nullopt;
                out.frame.address = value;
            } else if (brackets == 0 || !address || !text.empty()) {
                return std::nullopt;
            } else {
                out.frame.address = address;
            }
            out.frame.trust = guess ? Trust::guess : Trust::log;
            return out;
        }
        if (paren) {
            eat_module(rest);
            eat(rest, ")");
        } else {
            eat_module(rest);
        }
        auto tail = rest;
        eat_blanks(tail);
        if (tail.starts_with("from ")) {
            out.callee = name;
            text = tail;
        } else if (auto decoded = rest;
                   !paren && eat(decoded, " (") && eat_decoded(decoded, out.frame)) {
            out.frame.function = name;
            out.frame.trust = guess ? Trust::guess : Trust::log;
            return out;
        } else {  // "f file.c:12 [inline]"
            out.frame.function = name;
            eat_source(rest, out.frame);
            eat_blanks(rest);
            if (out.frame.file.empty() || !rest.starts_with("[inline]")) return std::nullopt;
            out.frame.inlined = true;
            out.frame.trust = guess ? Trust::guess : Trust::log;
            return out;
        }
    }
    if (!out.callee.empty()) {
        eat_blanks(text);
        if (!eat(text, "from ")) return std::nullopt;
        eat_address(text, address);
        auto caller = eat_wrapped_symbol(text);
        if (!caller) return std::nullopt;
        out.frame = std::move(*caller);
    }
    if (!out.frame.address) out.frame.address = address;
    eat_source(text, out.frame);
    // powerpc says so itself; arm64 marks what it took from the link register: it may be stale
    if (contains(text, "(unreliable)") || contains(text, "(L)")) guess = true;
    out.frame.trust = guess ? Trust::guess : Trust::log;
    return out;
}

}  // namespace nfstriage::log
