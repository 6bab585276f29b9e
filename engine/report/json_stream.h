// Writes a JSON document piece by piece: a large dump has hundreds of thousands of objects, and as
// one tree they would take ten times the room of their text.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

#include "report/json_parts.h"

namespace nfstriage::report {

// Brackets, keys and values are told in the order of the document.
class JsonStream {
public:
    using Put = std::function<void(std::string_view)>;
    JsonStream(int indent, const Put& put) : indent_(indent), put_(put) {}

    void open(char bracket) {
        text_ += bracket;
        ++depth_;
        first_ = true;
    }
    void close(char bracket) {
        --depth_;
        if (!first_) new_line();
        text_ += bracket;
        first_ = false;
    }
    void key(std::string_view name) {
        next();
        text_ += '"' + std::string(name) + (indent_ < 0 ? "\":" : "\": ");
    }
    void member(std::string_view name, const ordered_json& value) {
        key(name);
        put(value);
    }
    void element(const ordered_json& value) {
        next();
        put(value);
    }
    void finish() {
        text_ += '\n';
        put_(text_);
    }

private:
    void next() {
        if (!first_) text_ += ',';
        first_ = false;
        new_line();
    }
    void new_line() {
        if (indent_ < 0) return;
        text_ += '\n';
        text_.append(static_cast<std::size_t>(indent_) * depth_, ' ');
    }
    // Strings have no line breaks of their own: these are those between the lines of `value`.
    void put(const ordered_json& value) {
        std::string lines = value.dump(indent_ < 0 ? -1 : indent_);
        for (char c : lines) {
            if (c == '\n')
                new_line();
            else
                text_ += c;
        }
        if (text_.size() < kPiece) return;
        put_(text_);
        text_.clear();
    }

    static constexpr std::size_t kPiece = 64 * 1024;

    int indent_;
    const Put& put_;
    std::size_t depth_ = 0;
    bool first_ = true;
    std::string text_;
};

}  // namespace nfstriage::report
