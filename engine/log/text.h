// The text of a log, which need not fit into memory: read in pieces, from any place, as often as
// asked. Logs of a serial console grow to gigabytes; reading one takes the memory of one piece.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"

namespace nfstriage::log {

class Text {
public:
    virtual ~Text() = default;
    Text() = default;
    Text(const Text&) = delete;
    Text& operator=(const Text&) = delete;

    // In bytes. Of a file: as it was when it was opened.
    virtual std::uint64_t size() const = 0;

    // At most `most` bytes from `offset` on, fewer at the end, none behind it; `most` is not zero.
    // They stay until the next call. Errors: the file cannot be read there.
    virtual Result<std::string_view> at(std::uint64_t offset, std::size_t most) = 0;
};

// Refers to `text`.
class TextView final : public Text {
public:
    explicit TextView(std::string_view text) : text_(text) {}
    std::uint64_t size() const override { return text_.size(); }
    Result<std::string_view> at(std::uint64_t offset, std::size_t most) override {
        if (offset >= text_.size()) return std::string_view();
        return text_.substr(static_cast<std::size_t>(offset), most);
    }

private:
    std::string_view text_;
};

class TextInMemory final : public Text {
public:
    explicit TextInMemory(std::string text) : text_(std::move(text)) {}
    std::uint64_t size() const override { return text_.size(); }
    Result<std::string_view> at(std::uint64_t offset, std::size_t most) override {
        return TextView(text_).at(offset, most);
    }

private:
    std::string text_;
};

// A regular file is read where it lies. What has no size, a pipe or a file of /proc, is taken into
// memory, at most 256 MiB of it. Errors: unreadable.
Result<std::unique_ptr<Text>> open_text(const std::filesystem::path& path);

// The same of a file that is open; it stays open. `name`: how errors call it.
Result<std::unique_ptr<Text>> text_of(int file, const std::string& name);

// The text as a whole, at most `most` bytes of it. Errors: as of at().
Result<std::string> whole(Text& text, std::size_t most);

}  // namespace nfstriage::log
