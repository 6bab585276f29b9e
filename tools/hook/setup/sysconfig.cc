#include "sysconfig.h"

namespace nfstriage::setup {
namespace {

constexpr std::string_view kReplaced = "# nfstriage hook install replaced: ";
constexpr std::string_view kAdded = "# nfstriage hook install added:\n";
constexpr std::string_view kAddedNoNewline =
    "# nfstriage hook install added, where the line before had no newline:\n";

// A line as a half-open range of the text; `end` is behind its newline, if it has one.
struct Line {
    std::size_t begin, end;
    std::string_view of(std::string_view text) const {
        std::string_view line = text.substr(begin, end - begin);
        if (line.ends_with('\n')) line.remove_suffix(1);
        return line;
    }
};

Line line_at(std::string_view text, std::size_t begin) {
    std::size_t newline = text.find('\n', begin);
    return {begin, newline == std::string_view::npos ? text.size() : newline + 1};
}

Line line_before(std::string_view text, std::size_t begin) {
    if (begin == 0) return {0, 0};
    std::size_t newline = begin < 2 ? std::string_view::npos : text.rfind('\n', begin - 2);
    return {newline == std::string_view::npos ? 0 : newline + 1, begin};
}

// What stands right of "NAME=", if the line assigns NAME.
std::optional<std::string_view> right_side(std::string_view line, std::string_view name) {
    line.remove_prefix(std::min(line.find_first_not_of(" \t"), line.size()));
    if (line.starts_with("export ")) {
        line.remove_prefix(7);
        line.remove_prefix(std::min(line.find_first_not_of(" \t"), line.size()));
    }
    if (!line.starts_with(name) || line.substr(name.size(), 1) != "=") return std::nullopt;
    return line.substr(name.size() + 1);
}

// One word of a shell without its quotes; nothing where a shell would do more than that, or where
// the word does not end on this line.
std::optional<std::string> literal(std::string_view word) {
    std::string value;
    char quote = 0;
    std::size_t at = 0;
    for (; at < word.size(); ++at) {
        char c = word[at];
        if (quote == '\'') {
            if (c == '\'')
                quote = 0;
            else
                value += c;
        } else if (c == '$' || c == '`') {
            return std::nullopt;
        } else if (c == '\\') {
            if (++at == word.size()) return std::nullopt;
            bool kept =
                quote == '"' && std::string_view("\"\\$`").find(word[at]) == std::string_view::npos;
            if (kept) value += c;
            value += word[at];
        } else if (c == '"') {
            quote = quote == 0 ? c : '\0';
        } else if (quote == 0 && c == '\'') {
            quote = c;
        } else if (quote == 0 && (c == ' ' || c == '\t' || c == '\r')) {
            break;
        } else if (quote == 0 && std::string_view(";&|<>()").find(c) != std::string_view::npos) {
            return std::nullopt;
        } else {
            value += c;
        }
    }
    if (quote != 0) return std::nullopt;
    std::string_view rest = word.substr(at);
    rest.remove_prefix(std::min(rest.find_first_not_of(" \t\r"), rest.size()));
    if (!rest.empty() && rest.front() != '#') return std::nullopt;
    return value;
}

struct Found {
    Line line;
    std::string_view right;
};

std::optional<Found> last_assignment(std::string_view text, std::string_view name) {
    std::optional<Found> found;
    for (std::size_t begin = 0; begin < text.size();) {
        Line line = line_at(text, begin);
        if (auto right = right_side(line.of(text), name)) found = Found{line, *right};
        begin = line.end;
    }
    return found;
}

// The mark above an assignment of ours.
enum class Mark { none, replaced, added, added_no_newline };

Mark mark_above(std::string_view text, const Found& found) {
    Line above = line_before(text, found.line.begin);
    std::string_view line = text.substr(above.begin, above.end - above.begin);
    if (line.starts_with(kReplaced)) return Mark::replaced;
    if (line == kAdded) return Mark::added;
    if (line == kAddedNoNewline) return Mark::added_no_newline;
    return Mark::none;
}

std::string assignment(std::string_view name, std::string_view value) {
    return std::string(name) + "=" + quoted(value);
}

std::string replaced(std::string_view text, std::size_t begin, std::size_t end,
                     std::string_view by) {
    std::string out(text.substr(0, begin));
    out += by;
    out += text.substr(end);
    return out;
}

}  // namespace

std::string quoted(std::string_view value) {
    if (value.find_first_of("$`\"\\!") == std::string_view::npos)
        return "\"" + std::string(value) + "\"";
    std::string out = "'";
    for (char c : value) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
    return out + "'";
}

std::optional<Assignment> find_assignment(std::string_view text, std::string_view name) {
    auto found = last_assignment(text, name);
    if (!found) return std::nullopt;
    return Assignment{literal(found->right), mark_above(text, *found) != Mark::none};
}

std::string set_assignment(std::string_view text, std::string_view name, std::string_view value) {
    auto found = last_assignment(text, name);
    if (!found) {
        const bool whole_line = text.empty() || text.back() == '\n';
        std::string out(text);
        if (!whole_line) out += '\n';
        out += whole_line ? kAdded : kAddedNoNewline;
        return out + assignment(name, value) + "\n";
    }
    std::string_view old = found->line.of(text);
    std::string by;
    if (mark_above(text, *found) == Mark::none)
        by = std::string(kReplaced) + std::string(old) + "\n";
    by += assignment(name, value);
    return replaced(text, found->line.begin, found->line.begin + old.size(), by);
}

std::string restore_assignment(std::string_view text, std::string_view name) {
    auto found = last_assignment(text, name);
    if (!found) return std::string(text);
    Line above = line_before(text, found->line.begin);
    switch (mark_above(text, *found)) {
        case Mark::none:
            return std::string(text);
        case Mark::replaced: {
            std::string_view old = above.of(text).substr(kReplaced.size());
            std::size_t end = found->line.begin + found->line.of(text).size();
            return replaced(text, above.begin, end, old);
        }
        case Mark::added:
            return replaced(text, above.begin, found->line.end, "");
        case Mark::added_no_newline:
            return replaced(text, above.begin - std::min<std::size_t>(above.begin, 1),
                            found->line.end, "");
    }
    return std::string(text);
}

}  // namespace nfstriage::setup
