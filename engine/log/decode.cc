#include "log/decode.h"

#include <algorithm>
#include <cstdint>
#include <optional>

#include "log/scan.h"

namespace nfstriage::log {
namespace {

void put_utf8(std::string& out, std::uint32_t c) {
    if (c < 0x80) {
        out += static_cast<char>(c);
    } else if (c < 0x800) {
        out += static_cast<char>(0xc0 | c >> 6);
        out += static_cast<char>(0x80 | (c & 0x3f));
    } else {
        out += static_cast<char>(0xe0 | c >> 12);
        out += static_cast<char>(0x80 | (c >> 6 & 0x3f));
        out += static_cast<char>(0x80 | (c & 0x3f));
    }
}

enum class Utf16 : std::uint8_t { little, big };

// UTF-16 is recognised by its mark, or by a zero byte in every second place of the head.
std::optional<Utf16> utf16_of(std::string_view text) {
    if (text.starts_with("\xff\xfe")) return Utf16::little;
    if (text.starts_with("\xfe\xff")) return Utf16::big;
    if (text.size() < 64) return std::nullopt;
    std::size_t odd = 0, even = 0;
    for (std::size_t i = 0; i < 64; ++i)
        if (text[i] == '\0') ++(i % 2 ? odd : even);
    if (odd >= 28 && even < 4) return Utf16::little;
    if (even >= 28 && odd < 4) return Utf16::big;
    return std::nullopt;
}

std::string from_utf16(std::string_view input, Utf16 order) {
    bool big = order == Utf16::big;
    std::string out;
    out.reserve(input.size() / 2);
    for (std::size_t i = 0; i + 1 < input.size(); i += 2) {
        auto a = static_cast<std::uint8_t>(input[i]), b = static_cast<std::uint8_t>(input[i + 1]);
        auto c = static_cast<std::uint32_t>(big ? a << 8 | b : b << 8 | a);
        if (c != 0xfeff) put_utf8(out, c);
    }
    return out;
}

int hex_digit(char c) {
    if (is_digit(c)) return c - '0';
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

// Undecoded quoted-printable shows soft line breaks ("=" before the newline) and "=3D" for "=".
bool is_quoted_printable(std::string_view text) {
    text = text.substr(0, 256 * 1024);
    std::size_t soft = 0, escapes = 0;
    for (auto at = text.find('='); at != std::string_view::npos; at = text.find('=', at + 1)) {
        auto next = text.substr(at + 1, 2);
        if (next.starts_with("\n") || next == "\r\n")
            ++soft;
        else if (next == "3D" || next == "20" || next == "09")
            ++escapes;
    }
    return soft >= 3 || (soft >= 1 && escapes >= 1);
}

std::string from_quoted_printable(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '=' && i + 1 < text.size()) {
            if (text[i + 1] == '\n') {
                ++i;
                continue;
            }
            if (text.substr(i + 1, 2) == "\r\n") {
                i += 2;
                continue;
            }
            if (i + 2 < text.size()) {
                int high = hex_digit(text[i + 1]), low = hex_digit(text[i + 2]);
                if (high >= 0 && low >= 0) {
                    out += static_cast<char>(high << 4 | low);
                    i += 2;
                    continue;
                }
            }
        }
        out += text[i];
    }
    return out;
}

void html_entity(std::string_view& rest, std::string& out) {
    struct Entity {
        std::string_view name;
        char value;
    };
    static constexpr Entity kEntities[] = {{"&lt;", '<'},   {"&gt;", '>'},   {"&amp;", '&'},
                                           {"&quot;", '"'}, {"&#39;", '\''}, {"&#34;", '"'},
                                           {"&nbsp;", ' '}, {"&#160;", ' '}, {"&#x27;", '\''}};
    for (const auto& entity : kEntities)
        if (eat(rest, entity.name)) {
            out += entity.value;
            return;
        }
    out += rest.front();
    rest.remove_prefix(1);
}

// The string behind `"MESSAGE":` of a journal line in JSON; empty if there is none.
std::string json_message(std::string_view line) {
    std::string out;
    auto rest = after(line, "\"MESSAGE\"");
    if (!rest) rest = after(line, "\"message\"");
    if (!rest) return out;
    eat_blanks(*rest);
    if (!eat(*rest, ":")) return out;
    eat_blanks(*rest);
    if (!eat(*rest, "\"")) return out;
    for (std::size_t i = 0; i < rest->size() && (*rest)[i] != '"'; ++i) {
        char c = (*rest)[i];
        if (c != '\\' || i + 1 >= rest->size()) {
            out += c;
            continue;
        }
        c = (*rest)[++i];
        if (c == 't')
            out += '\t';
        else if (c == 'n' || c == 'r')
            out += ' ';
        else if (c == 'u' && i + 4 < rest->size()) {
            auto digits = rest->substr(i + 1, 4);
            if (auto value = eat_hex(digits); value && digits.empty())
                put_utf8(out, static_cast<std::uint32_t>(*value));
            i += 4;
        } else
            out += c;
    }
    return out;
}

}  // namespace

bool is_encoded(std::string_view head) {
    return utf16_of(head).has_value() || is_quoted_printable(head);
}

std::string decode_text(std::string_view input) {
    auto utf16 = utf16_of(input);
    std::string text = utf16 ? from_utf16(input, *utf16) : std::string(input);
    return is_quoted_printable(text) ? from_quoted_printable(text) : text;
}

std::string_view clean_line(std::string_view line, std::string& storage) {
    while (!line.empty() && (line.back() == '\r' || line.back() == '\0')) line.remove_suffix(1);
    if (line.ends_with("^M")) line.remove_suffix(2);
    if (!line.empty() && line.front() == '{' &&
        line.find("\"MESSAGE\"") != std::string_view::npos) {
        std::string prefix;
        storage = "kernel: " + json_message(line);
        if (auto id = after(line, "\"SYSLOG_IDENTIFIER\"");
            id && !contains(id->substr(0, 16), "kernel"))
            storage = json_message(line);
        return storage;
    }
    bool dirty = false, html = false;
    for (char c : line) {
        dirty = dirty || (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == '\x7f' ||
                c == '\xc2';
        html = html || c == '&';
    }
    html = html && (contains(line, "&lt;") || contains(line, "&gt;") || contains(line, "&amp;") ||
                    contains(line, "&#") || contains(line, "&quot;") || contains(line, "&nbsp;"));
    bool spelled = contains(line, "\\x1b[") || contains(line, "#033[") || contains(line, "^[[");
    if (!dirty && !html && !spelled) return line;
    std::string out;
    out.reserve(line.size());
    auto skip_escape = [](std::string_view& rest) {  // behind "ESC [": parameters and a letter
        while (!rest.empty() && (is_digit(rest[0]) || rest[0] == ';' || rest[0] == '?'))
            rest.remove_prefix(1);
        if (!rest.empty()) rest.remove_prefix(1);
    };
    for (auto rest = line; !rest.empty();) {
        if (eat(rest, "\x1b[") || eat(rest, "\\x1b[") || eat(rest, "#033[") || eat(rest, "^[[")) {
            skip_escape(rest);
        } else if (eat(rest, "\x1b]")) {  // a title, up to BEL
            while (!rest.empty() && rest[0] != '\a') rest.remove_prefix(1);
        } else if (eat(rest, "\xc2\xa0")) {  // no-break space
            out += ' ';
        } else if (html && rest[0] == '&') {
            html_entity(rest, out);
        } else {
            char c = rest[0];
            rest.remove_prefix(1);
            if (c == '\b' && !out.empty())
                out.pop_back();
            else if (static_cast<unsigned char>(c) >= 0x20 || c == '\t')
                out += c;
        }
    }
    if (out.ends_with("^M")) out.resize(out.size() - 2);
    storage = std::move(out);
    return storage;
}

}  // namespace nfstriage::log
