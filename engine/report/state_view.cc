#include "report/state_view.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/quantity.h"

namespace nfstriage::report {
namespace {

// Whether an object passes the filters, and whether it says anything about them.
class Filter : public nfs::Visitor {
public:
    explicit Filter(const StateView& view) : view_(view) {}

    void object(std::string_view, VAddr) override {}
    void member(const nfs::MemberInfo& info) override {
        if (view_.pid && (info.name == "pid" || info.name.ends_with("_pid"))) {
            knows_pid = true;
            if (auto* value = std::get_if<const nfs::Field<std::int64_t>*>(&info.value))
                pid = pid || (*value)->is(*view_.pid);
        }
        if (!view_.server.empty() && is_server(info.name)) {
            knows_server = true;
            if (auto* value = std::get_if<const nfs::Field<std::string>*>(&info.value))
                server = server || (**value && names(***value));
        }
    }

    bool applies() const {
        return (!view_.pid || knows_pid) && (view_.server.empty() || knows_server);
    }
    bool passes() const { return (!view_.pid || pid) && (view_.server.empty() || server); }
    void clear() { pid = server = false; }

private:
    static bool is_server(std::string_view name) {
        return name == "server" || name == "server_address" || name == "hostname" ||
               name == "source";
    }
    // "10.9.9.1", "10.9.9.1 port 2049", "[::1]:/export": the name, whole, somewhere in the text.
    bool names(const std::string& text) const {
        auto is_part = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0; };
        for (auto at = text.find(view_.server); at != std::string::npos;
             at = text.find(view_.server, at + 1)) {
            std::size_t end = at + view_.server.size();
            bool begins = at == 0 || (!is_part(text[at - 1]) && text[at - 1] != '.');
            bool ends = end == text.size() || (!is_part(text[end]) && text[end] != '.');
            if (begins && ends) return true;
        }
        return false;
    }

    const StateView& view_;
    bool knows_pid = false, knows_server = false, pid = false, server = false;
};

struct Text {
    std::string_view unit;
    std::string operator()(bool value) const { return value ? "yes" : "no"; }
    std::string operator()(std::int64_t value) const {
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
        if (value.names.empty()) return fmt::format("{:#x}", value.bits);
        return fmt::format("{}", fmt::join(value.names, "|"));
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

std::vector<std::string_view> state_sections() {
    std::vector<std::string_view> names;
    for (const nfs::ListKind& kind : nfs::list_kinds())
        if (std::find(names.begin(), names.end(), kind.section) == names.end())
            names.push_back(kind.section);
    return names;
}

std::vector<ShownList> select(nfs::State& state, const StateView& view) {
    std::vector<ShownList> lists;
    for (const nfs::ListKind& kind : nfs::list_kinds()) {
        if (!view.sections.empty() && view.sections.find(kind.section) == view.sections.end())
            continue;
        ShownList list;
        list.kind = &kind;
        list.filtered = view.pid || !view.server.empty();
        Filter filter(view);
        kind.members(filter);
        if (list.filtered && !filter.applies()) continue;
        list.listing = kind.read(state);
        std::size_t limit = view.limit.value_or(list.listing.size);
        for (std::size_t i = 0; i < list.listing.size; ++i) {
            filter.clear();
            if (list.filtered) list.listing.describe(i, filter);
            if (list.filtered && !filter.passes()) continue;
            ++list.matching;
            if (list.shown.size() < limit) list.shown.push_back(i);
        }
        lists.push_back(std::move(list));
    }
    return lists;
}

}  // namespace nfstriage::report
