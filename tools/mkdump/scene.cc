// Values, objects and lists of a scene; symbol tables and the log are in scene_tables.cc.
#include "mkdump/scene.h"

#include <algorithm>
#include <array>

#include "base/text.h"

namespace nfstriage::mkdump {
namespace {

constexpr std::uint64_t kFirstVirtual = std::uint64_t{1} << 52;
constexpr std::size_t kLongestArray = 4096;

// A number, or nothing; "-5" wraps like the machine.
std::optional<std::uint64_t> number(std::string_view text) {
    bool negative = text.starts_with('-');
    auto magnitude = parse_unsigned(negative ? text.substr(1) : text);
    if (!magnitude) return std::nullopt;
    return negative ? std::uint64_t{0} - *magnitude : *magnitude;
}

}  // namespace

void Scene::write(std::uint64_t address, std::span<const std::uint8_t> bytes) {
    if (address >= kFirstVirtual)
        kernel_.write(address, bytes);
    else
        kernel_.machine().write(address, bytes);
    if (!invented_) shown_.push_back({VAddr{address}, bytes.size()});
}

void Scene::write_u64(std::uint64_t address, std::uint64_t value) {
    File raw;
    put_number(raw, 0, value, 8);
    write(address, raw);
}

std::optional<std::uint64_t> Scene::value(std::string_view expression) const {
    std::uint64_t total = 0;
    std::size_t at = 0;
    bool minus = false;
    while (at < expression.size()) {
        std::size_t end = expression.find_first_of("+-", at + 1);
        if (end == std::string_view::npos) end = expression.size();
        std::string_view term = expression.substr(at, end - at);
        auto found = number(term);
        if (!found) {
            std::size_t sign = term.find('@');
            auto symbol = by_name_.find(term.substr(0, sign));
            if (symbol == by_name_.end()) return std::nullopt;
            found = symbol->second;
            if (sign != std::string_view::npos) {
                auto cpu = parse_unsigned(term.substr(sign + 1));
                if (!cpu || *cpu > UINT32_MAX) return std::nullopt;
                auto offset = percpu_.find(static_cast<unsigned>(*cpu));
                if (offset == percpu_.end()) return std::nullopt;
                *found += offset->second;
            }
        }
        total = minus ? total - *found : total + *found;
        if (end == expression.size()) return total;
        minus = expression[end] == '-';
        at = end + 1;
    }
    return std::nullopt;
}

std::optional<std::vector<std::uint64_t>> Scene::values(const Words& words, std::size_t from,
                                                        std::size_t least) const {
    std::vector<std::uint64_t> result;
    for (std::size_t i = from; i < words.size(); ++i) {
        auto found = value(words[i]);
        if (!found) return std::nullopt;
        result.push_back(*found);
    }
    if (result.size() < least) return std::nullopt;
    return result;
}

Maybe<layout::Member> Scene::find_member(const std::string& type, std::string_view path) const {
    if (types_ == nullptr)
        return unknown(Reason::no_type, "no types were given (mkdump --types FILE)");
    return types_->member(type, path);
}

std::string Scene::member(std::uint64_t object, const std::string& type, const Words& words,
                          std::string_view rest) {
    auto member = find_member(type, words[0]);
    if (!member) return "a member of " + type + ": " + to_string(member.error());
    std::string_view text = trim(rest);
    std::uint64_t size = member->type.size;
    if (text.size() >= 2 && text.front() == '"' && text.back() == '"') {
        text = text.substr(1, text.size() - 2);
        if (text.size() >= size || size > kLongestArray) return "a text that fits the member";
        File raw(text.begin(), text.end());
        raw.resize(size);
        write(object + member->offset, raw);
        return {};
    }
    auto found = words.size() == 2 ? value(words[1]) : std::nullopt;
    if (!found) return "MEMBER VALUE or MEMBER \"text\"";
    if (size == 0 || size > 8 || member->bit_size != 0)
        return "an integer or pointer member, not a bit field";
    File raw;
    put_number(raw, 0, *found, static_cast<unsigned>(size));
    write(object + member->offset, raw);
    return {};
}

// A circle of list_heads: prev and next of each; without a head the objects alone form it.
std::string Scene::ring(const Words& words) {
    constexpr const char* kUsage = "ring TYPE MEMBER HEAD|- OBJECT ...";
    if (words.size() < 6 || (words[1] != "struct" && words[1] != "union")) return kUsage;
    std::string type = std::string(words[1]) + " " + std::string(words[2]);
    auto list = find_member(type, words[3]);
    if (!list) return "a member of " + type + ": " + to_string(list.error());
    auto objects = values(words, 5, 1);
    auto head = words[4] == "-" ? std::optional<std::uint64_t>(0) : value(words[4]);
    if (!objects || !head) return kUsage;
    std::vector<std::uint64_t> nodes;
    if (words[4] != "-") nodes.push_back(*head);
    for (std::uint64_t object : *objects) nodes.push_back(object + list->offset);
    for (std::size_t i = 0; i < nodes.size(); ++i) {
        write_u64(nodes[i], nodes[(i + 1) % nodes.size()]);
        write_u64(nodes[i] + 8, nodes[(i + nodes.size() - 1) % nodes.size()]);
    }
    return {};
}

// The instruction that left RETURN_ADDRESS: a direct call to TARGET, else one through a register.
std::string Scene::call(const Words& words) {
    auto given = values(words, 1, 1);
    if (!given || given->size() > 2) return "call RETURN_ADDRESS [TARGET]";
    std::uint64_t back = (*given)[0];
    bool direct = given->size() == 2;
    bool arm = kernel_.machine().arch == Arch::aarch64;
    File code;
    if (arm) {
        std::uint64_t words_away = direct ? ((*given)[1] - (back - 4)) >> 2 & 0x3ffffff : 0;
        put_number(code, 0, direct ? 0x94000000 | words_away : 0xd63f0040, 4);  // BL, or BLR x2
    } else if (direct) {
        put_number(code, 0, 0xe8, 1);
        put_number(code, 1, (*given)[1] - back, 4);
    } else {
        put_number(code, 0, 0xd0ff, 2);  // call *%rax
    }
    write(back - code.size(), code);
    return {};
}

std::string Scene::percpu(const Words& words) {
    auto given = values(words, 1, 2);
    auto table = value("__per_cpu_offset");
    if (!given || given->size() != 2 || (*given)[0] >= 8192) return "percpu CPU OFFSET";
    if (!table) return "the symbol __per_cpu_offset before";
    percpu_[static_cast<unsigned>((*given)[0])] = (*given)[1];
    write_u64(*table + 8 * (*given)[0], (*given)[1]);
    return {};
}

}  // namespace nfstriage::mkdump
