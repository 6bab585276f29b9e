#include "log/skim.h"

#include <re2/re2.h>

#include "log/headline.h"
#include "log/notice.h"

namespace nfstriage::log {
namespace {

// What clean_line() works on: control characters, no-break spaces, escapes spelled out, HTML, the
// journal's JSON.
constexpr char kUnclean[] =
    R"([\x00-\x08\x0b\x0c\x0e-\x1f\x7f\xc2]|\r[^\n]|\\x1b\[|#033\[|\^\[\[|\^M)"
    R"(|&(?:lt|gt|amp|quot|nbsp);|&#|"MESSAGE")";

const re2::RE2& words() {
    static const re2::RE2 pattern(skimmed_words(), [] {
        re2::RE2::Options options;
        options.set_case_sensitive(false);
        options.set_encoding(re2::RE2::Options::EncodingLatin1);
        options.set_log_errors(false);
        return options;
    }());
    return pattern;
}

}  // namespace

const std::string& skimmed_words() {
    static const std::string all = std::string(headline_words()) + '|' +
                                   std::string(words_inside_reports()) + '|' +
                                   std::string(notice_words()) + '|' + kUnclean;
    return all;
}

std::size_t next_word(std::string_view text, std::size_t from) {
    re2::StringPiece piece(text.data(), text.size()), found;
    if (!words().Match(piece, from, text.size(), re2::RE2::UNANCHORED, &found, 1))
        return std::string_view::npos;
    return static_cast<std::size_t>(found.data() - text.data());
}

}  // namespace nfstriage::log
