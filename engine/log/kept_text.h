// Where the lines that are kept of a log lie: in large blocks, one after the other.
#pragma once

#include <cstring>
#include <memory>
#include <string_view>
#include <vector>

namespace nfstriage::log {

class KeptText {
public:
    // A copy that lives as long as this.
    std::string_view keep(std::string_view text) {
        if (text.empty()) return {};
        if (text.size() > left_) {
            left_ = text.size() > kBlock ? text.size() : kBlock;
            blocks_.push_back(std::make_unique_for_overwrite<char[]>(left_));
            free_ = blocks_.back().get();
        }
        char* copy = free_;
        std::memcpy(copy, text.data(), text.size());
        free_ += text.size();
        left_ -= text.size();
        return {copy, text.size()};
    }

private:
    static constexpr std::size_t kBlock = std::size_t{64} << 10;
    std::vector<std::unique_ptr<char[]>> blocks_;
    char* free_ = nullptr;
    std::size_t left_ = 0;
};

}  // namespace nfstriage::log
