#include "knowledge/json_place.h"

#include <algorithm>
#include <string>

#include "base/text.h"

namespace nfstriage::knowledge {
namespace {

// A reader of a text that a parser has accepted: it only has to find where values end. Of another
// text it tells nothing of use, and ends.
class Scan {
public:
    explicit Scan(std::string_view text) : text_(text) { blanks(); }

    std::size_t at() const { return at_; }

    // Goes to that member of the object or array that begins here; false if it has none.
    bool enter(std::string_view name) {
        const char close = peek() == '{' ? '}' : ']';
        if (peek() != '{' && peek() != '[') return false;
        step();
        for (std::size_t index = 0; at_ < text_.size() && peek() != close; ++index) {
            std::string key = std::to_string(index);
            if (close == '}') {
                std::size_t begin = at_ + 1;
                skip_string();
                key = text_.substr(begin, at_ - 1 - begin);
                blanks();
                step();  // the colon
            }
            if (key == name) return true;
            skip_value();
            if (peek() != ',') break;
            step();
        }
        return false;
    }

private:
    char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
    void blanks() { at_ = std::min(text_.find_first_not_of(" \t\r\n", at_), text_.size()); }
    void step() {
        ++at_;
        blanks();
    }
    void skip_string() {
        for (++at_; at_ < text_.size() && text_[at_] != '"'; ++at_)
            if (text_[at_] == '\\') ++at_;
        ++at_;
    }
    void skip_value() {
        std::size_t depth = 0;
        for (; at_ < text_.size(); ++at_) {
            char c = text_[at_];
            if (depth == 0 && (c == ',' || c == '}' || c == ']')) return;
            if (c == '{' || c == '[') ++depth;
            if (c == '}' || c == ']') --depth;
            if (c != '"') continue;
            skip_string();
            --at_;
        }
    }

    std::string_view text_;
    std::size_t at_ = 0;
};

}  // namespace

std::optional<std::size_t> json_place(std::string_view json, std::string_view path) {
    Scan scan(json);
    std::size_t place = scan.at();
    for (std::string_view name : split(path, '/')) {
        if (name.empty()) continue;
        if (!scan.enter(name)) break;
        place = scan.at();
    }
    return place < json.size() ? std::optional(place) : std::nullopt;
}

}  // namespace nfstriage::knowledge
