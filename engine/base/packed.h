// Data that the program carries in itself, as one run of bytes that costs next to nothing to read:
// numbers as LEB128 (zigzag where signed), texts by length, lists by count, structures field after
// field. A structure names its fields once, for both directions, in its own namespace:
//   template <class Archive>
//   void fields(Archive& archive, Step& step) { archive(step.what, step.command); }
// The bytes carry no names and no version: they are read by the program they were made for.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace nfstriage {

template <class T>
concept PackedNumber = std::is_integral_v<T> || std::is_enum_v<T>;

template <class T>
concept PackedStructure = std::is_class_v<T> && !std::is_convertible_v<const T&, std::string_view>;

class PackWriter {
public:
    template <class... T>
    void operator()(const T&... values) {
        (put(values), ...);
    }
    std::string take() { return std::move(out_); }

private:
    template <PackedNumber T>
    void put(T value) {
        auto number = static_cast<std::uint64_t>(value);
        if constexpr (std::is_signed_v<T>)
            number = (number << 1) ^ (value < 0 ? ~std::uint64_t{0} : 0);
        for (; number >= 0x80; number >>= 7) out_ += static_cast<char>(number | 0x80);
        out_ += static_cast<char>(number);
    }
    void put(std::string_view text) {
        put(text.size());
        out_ += text;
    }
    template <class T>
    void put(const std::vector<T>& list) {
        put(list.size());
        for (const T& item : list) put(item);
    }
    template <class T>
    void put(const std::optional<T>& value) {
        put(value.has_value());
        if (value) put(*value);
    }
    template <class T>
    void put(const std::shared_ptr<const T>& value) {
        put(value != nullptr);
        if (value) put(*value);
    }
    template <PackedStructure T>
    void put(const T& value) {
        fields(*this, const_cast<T&>(value));  // a writer changes nothing
    }

    std::string out_;
};

// Bytes that are not what a writer made leave the rest of the values as they were and failed()
// true; nothing is read behind their end.
class PackReader {
public:
    explicit PackReader(std::string_view bytes) : bytes_(bytes) {}

    template <class... T>
    void operator()(T&... values) {
        (get(values), ...);
    }
    bool failed() const { return failed_; }
    bool at_end() const { return bytes_.empty(); }

private:
    std::uint64_t number() {
        std::uint64_t value = 0;
        for (unsigned shift = 0; shift < 64 && !bytes_.empty(); shift += 7) {
            auto byte = static_cast<unsigned char>(bytes_.front());
            bytes_.remove_prefix(1);
            value |= static_cast<std::uint64_t>(byte & 0x7f) << shift;
            if (byte < 0x80) return value;
        }
        failed_ = true;
        return 0;
    }
    // A count of things that take at least a byte each.
    std::size_t count() {
        std::uint64_t value = number();
        if (value <= bytes_.size()) return value;
        failed_ = true;
        return 0;
    }

    template <PackedNumber T>
    void get(T& value) {
        std::uint64_t read = number();
        if constexpr (std::is_signed_v<T>) read = (read >> 1) ^ (~(read & 1) + 1);
        if (!failed_) value = static_cast<T>(read);
    }
    void get(std::string_view& text) {  // a view of the bytes
        std::size_t size = count();
        text = bytes_.substr(0, size);
        bytes_.remove_prefix(size);
    }
    void get(std::string& text) {
        std::string_view view;
        get(view);
        text = view;
    }
    template <class T>
    void get(std::vector<T>& list) {
        list.resize(count());
        for (T& item : list) get(item);
    }
    template <class T>
    void get(std::optional<T>& value) {
        bool there = false;
        get(there);
        if (there) get(value.emplace());
    }
    template <class T>
    void get(std::shared_ptr<const T>& value) {
        bool there = false;
        get(there);
        if (!there) return;
        auto made = std::make_shared<T>();
        get(*made);
        value = std::move(made);
    }
    template <PackedStructure T>
    void get(T& value) {
        fields(*this, value);
    }

    std::string_view bytes_;
    bool failed_ = false;
};

}  // namespace nfstriage
