#include "facts/value.h"

#include <algorithm>
#include <limits>

#include "base/address.h"
#include "base/text.h"

namespace nfstriage::facts {

std::string_view to_string(Kind kind) {
    switch (kind) {
        case Kind::boolean:
            return "boolean";
        case Kind::integer:
            return "integer";
        case Kind::address:
            return "address";
        case Kind::string:
            return "string";
        case Kind::pointer:
            return "pointer";
        case Kind::record:
            return "record";
        case Kind::list:
            return "list";
        case Kind::dynamic:
            return "kernel value";
    }
    return "kernel value";
}

std::string to_string(const Type& type) {
    switch (type.kind) {
        case Kind::record:
            return type.name;
        case Kind::pointer:
            return type.name + " *";
        case Kind::list:
            return "list of " + (type.element == Kind::record
                                     ? type.name
                                     : std::string(to_string(type.element)));
        default:
            return std::string(to_string(type.kind));
    }
}

bool Integer::in_range() const {
    if (is_unsigned)
        return value >= 0 &&
               value <= static_cast<Int128>(std::numeric_limits<std::uint64_t>::max());
    return value >= std::numeric_limits<std::int64_t>::min() &&
           value <= std::numeric_limits<std::int64_t>::max();
}

std::string to_string(Integer integer) {
    if (integer.value < 0) return std::to_string(static_cast<std::int64_t>(integer.value));
    return std::to_string(static_cast<std::uint64_t>(integer.value));
}

std::string to_string(const Provenance& provenance) {
    const std::string& what = provenance.what;
    auto named = [&](std::string_view prefix) {
        return what.empty() ? std::string(prefix) : std::string(prefix) + " " + what;
    };
    std::string at = provenance.address ? " @" + hex(*provenance.address) : "";
    switch (provenance.source) {
        case Provenance::Source::input:
            return named("input");
        case Provenance::Source::log:
            if (!provenance.log_line) return named("log");
            return "log line " + std::to_string(*provenance.log_line) +
                   (what.empty() ? "" : ", " + what);
        case Provenance::Source::stack:
            return named("stack") + at +
                   (provenance.log_line ? ", log line " + std::to_string(*provenance.log_line)
                                        : "");
        case Provenance::Source::memory:
            return what + at + (provenance.layout.empty() ? "" : " (" + provenance.layout + ")");
        case Provenance::Source::registers:
            return named("register") + (provenance.log_line
                                            ? ", log line " + std::to_string(*provenance.log_line)
                                            : "");
        case Provenance::Source::instruction:
            return named("instruction") + at;
        case Provenance::Source::symbols:
            return named("symbol table:") + at;
        case Provenance::Source::types:
            return named("types") +
                   (provenance.layout.empty() ? "" : " (" + provenance.layout + ")");
        case Provenance::Source::derived:
            return named("derived");
    }
    return what;
}

const Record* Value::record() const {
    auto* found = get<std::shared_ptr<const Record>>();
    return found ? found->get() : nullptr;
}

const List* Value::list() const {
    auto* found = get<std::shared_ptr<const List>>();
    return found ? found->get() : nullptr;
}

std::optional<Int128> Value::number() const {
    if (auto* value = integer()) return value->value;
    if (auto* value = address()) return static_cast<Int128>(*value);
    if (auto* value = pointer()) return static_cast<Int128>(value->address);
    return std::nullopt;
}

std::string Value::text() const {
    constexpr std::size_t kLongest = 200;
    if (!known()) return "unknown (" + nfstriage::to_string(why()) + ")";
    if (auto* value = boolean()) return *value ? "true" : "false";
    if (auto* value = integer()) {
        // Bit patterns read better in hex: unsigned members beyond small counts.
        if (value->is_unsigned && value->value > 9) return hex(value->bits());
        return to_string(*value);
    }
    if (auto* value = address()) return hex(*value);
    if (auto* value = string()) {
        std::string shown = escape(std::string_view(*value).substr(0, kLongest));
        return "\"" + shown + (value->size() > kLongest ? "...\"" : "\"");
    }
    if (auto* value = pointer()) return "(" + value->type + " *) " + hex(value->address);
    if (auto* value = record()) return value->text;
    const List* value = list();
    std::string count = std::to_string(value->size) + " element" + (value->size == 1 ? "" : "s");
    if (value->element.kind == Kind::record && !value->element.name.empty())
        count =
            std::to_string(value->size) + " " + value->element.name + (value->size == 1 ? "" : "s");
    return value->complete ? count : count + " (incomplete)";
}

}  // namespace nfstriage::facts
