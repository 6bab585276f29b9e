// Writes BTF (include/uapi/linux/btf.h), so that tests can describe the types they need.
#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

namespace nfstriage::fakes {

class BtfWriter {
public:
    struct Member {
        std::string name;  // "" for an anonymous struct or union
        std::uint32_t type;
        std::uint32_t bit_offset;
        std::uint32_t bit_size = 0;  // != 0: a bit field
    };

    // For split BTF: the base's number of types and size of strings.
    explicit BtfWriter(std::uint32_t first_id = 1, std::uint32_t string_base = 0)
        : next_(first_id), string_base_(string_base), strings_(string_base == 0 ? 1 : 0, '\0') {}

    std::uint32_t integer(std::string_view name, std::uint32_t size, bool is_signed = false) {
        begin(name, 1, 0, false, size);
        word((is_signed ? 1u << 24 : 0u) | size * 8);
        return next_++;
    }
    std::uint32_t pointer(std::uint32_t to) { return plain("", 2, to); }
    // A structure that is named before it is described, or never is.
    std::uint32_t forward(std::string_view name) { return plain(name, 7, 0); }
    std::uint32_t typedef_(std::string_view name, std::uint32_t of) { return plain(name, 8, of); }
    std::uint32_t const_(std::uint32_t of) { return plain("", 10, of); }
    std::uint32_t array(std::uint32_t element, std::uint32_t index, std::uint32_t count) {
        begin("", 3, 0, false, 0);
        word(element), word(index), word(count);
        return next_++;
    }
    std::uint32_t structure(std::string_view name, std::uint32_t size,
                            const std::vector<Member>& members, bool is_union = false) {
        bool bits = false;
        for (const Member& member : members) bits = bits || member.bit_size != 0;
        begin(name, is_union ? 5 : 4, static_cast<std::uint32_t>(members.size()), bits, size);
        for (const Member& member : members) {
            word(string(member.name));
            word(member.type);
            word(bits ? member.bit_size << 24 | member.bit_offset : member.bit_offset);
        }
        return next_++;
    }
    std::uint32_t enumeration(std::string_view name,
                              const std::vector<std::pair<std::string, std::int32_t>>& values) {
        begin(name, 6, static_cast<std::uint32_t>(values.size()), false, 4);
        for (const auto& [text, value] : values)
            word(string(text)), word(static_cast<std::uint32_t>(value));
        return next_++;
    }
    std::uint32_t function(std::string_view name, std::uint32_t returns,
                           const std::vector<std::pair<std::string, std::uint32_t>>& parameters) {
        begin("", 13, static_cast<std::uint32_t>(parameters.size()), false, returns);
        for (const auto& [text, type] : parameters) word(string(text)), word(type);
        std::uint32_t prototype = next_++;
        return plain(name, 12, prototype);
    }

    std::uint32_t next_id() const { return next_; }
    std::uint32_t strings_size() const {
        return string_base_ + static_cast<std::uint32_t>(strings_.size());
    }

    std::vector<std::uint8_t> bytes() const {
        std::vector<std::uint8_t> out;
        auto put = [&out](std::uint32_t value, unsigned size) {
            for (unsigned i = 0; i < size; ++i)
                out.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
        };
        auto types = static_cast<std::uint32_t>(types_.size());
        put(0xeb9f, 2), put(1, 1), put(0, 1), put(24, 4);
        put(0, 4), put(types, 4), put(types, 4);
        put(static_cast<std::uint32_t>(strings_.size()), 4);
        out.insert(out.end(), types_.begin(), types_.end());
        out.insert(out.end(), strings_.begin(), strings_.end());
        return out;
    }

private:
    std::uint32_t string(std::string_view text) {
        if (text.empty()) return 0;
        auto at = strings_size();
        strings_.append(text);
        strings_ += '\0';
        return at;
    }
    void word(std::uint32_t value) {
        for (unsigned i = 0; i < 4; ++i)
            types_.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
    }
    void begin(std::string_view name, std::uint32_t kind, std::uint32_t count, bool flag,
               std::uint32_t size_or_type) {
        word(string(name));
        word(count | kind << 24 | (flag ? 1u << 31 : 0u));
        word(size_or_type);
    }
    std::uint32_t plain(std::string_view name, std::uint32_t kind, std::uint32_t type) {
        begin(name, kind, 0, false, type);
        return next_++;
    }

    std::uint32_t next_;
    std::uint32_t string_base_;
    std::vector<std::uint8_t> types_;
    std::string strings_;
};

}  // namespace nfstriage::fakes
