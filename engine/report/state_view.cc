#include "report/state_view.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/quantity.h"
#include "kernel/pointer_kind.h"
#include "report/state_filter.h"

namespace nfstriage::report {
namespace {

// "-110 (ETIMEDOUT)"; others as they are: a count, no error, an error of NFS's own.
std::string errno_text(std::int64_t value) {
    std::string_view name;
    if (value < 0 && value > INT16_MIN) name = kernel::errno_name(static_cast<unsigned>(-value));
    return name.empty() ? std::to_string(value) : fmt::format("{} ({})", value, name);
}

struct Text {
    std::string_view unit;
    std::string operator()(bool value) const { return value ? "yes" : "no"; }
    std::string operator()(std::int64_t value) const {
        if (unit == "errno") return errno_text(value);
        if (unit != "bytes") return std::to_string(value);
        auto bytes = static_cast<std::uint64_t>(value);
        return value >= 0 ? bytes_text(bytes) : "-" + bytes_text(0 - bytes);
    }
    std::string operator()(std::uint64_t value) const {
        if (unit == "bytes") return bytes_text(value);
        return unit == "hex" ? fmt::format("{:#x}", value) : std::to_string(value);
    }
    std::string operator()(VAddr value) const { return value.is_null() ? "-" : hex(value); }
    std::string operator()(const std::string& value) const { return value; }
    std::string operator()(const nfs::Flags& value) const {
        if (value.bits == 0) return "0x0";
        return fmt::format("{}", fmt::join(value.names(), "|"));
    }
    std::string operator()(nfs::Duration value) const { return duration_text(value.ns); }
};

}  // namespace

std::string value_text(const nfs::MemberInfo& member) {
    return std::visit(
        [&member](const auto* field) {
            return field->known() ? Text{member.unit}(**field) : std::string();
        },
        member.value);
}

std::string heading(std::string_view name) {
    for (std::string_view unit : {"_ns", "_bytes"})
        if (name.ends_with(unit)) name.remove_suffix(unit.size());
    std::string text(name);
    std::replace(text.begin(), text.end(), '_', ' ');
    return text;
}

bool is_number(const nfs::MemberInfo& info) {
    return std::holds_alternative<const nfs::Field<std::int64_t>*>(info.value) ||
           std::holds_alternative<const nfs::Field<std::uint64_t>*>(info.value) ||
           std::holds_alternative<const nfs::Field<nfs::Duration>*>(info.value);
}

std::vector<std::string_view> state_sections() {
    std::vector<std::string_view> names;
    for (const nfs::ListKind& kind : nfs::list_kinds())
        if (std::find(names.begin(), names.end(), kind.section) == names.end())
            names.push_back(kind.section);
    return names;
}

std::vector<ShownList> select(nfs::State& state, const StateView& view) {
    std::vector<ShownList> lists;
    bool is_filtered = view.pid || !view.server.empty();
    StateFilter filter(state, view);
    for (const nfs::ListKind& kind : nfs::list_kinds()) {
        if (!view.sections.empty() && view.sections.find(kind.section) == view.sections.end())
            continue;
        if (is_filtered && !filter.applies(kind)) continue;
        ShownList list;
        list.kind = &kind;
        list.filtered = is_filtered;
        list.listing = kind.read(state);
        std::size_t limit = view.limit.value_or(list.listing.size);
        std::vector<bool> passing;
        if (is_filtered) passing = filter.passing(kind, list.listing);
        for (std::size_t i = 0; i < list.listing.size; ++i) {
            if (is_filtered && !passing[i]) continue;
            ++list.matching;
            if (list.shown.size() < limit) list.shown.push_back(i);
        }
        lists.push_back(std::move(list));
    }
    return lists;
}

}  // namespace nfstriage::report
