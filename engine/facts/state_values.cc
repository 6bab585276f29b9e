#include "facts/state_values.h"

#include <algorithm>
#include <deque>
#include <memory>
#include <utility>

#include "facts/make_value.h"
#include "nfs/state.h"

namespace nfstriage::facts {
namespace {

using Source = Provenance::Source;
using nfs::MemberInfo;

constexpr std::string_view kNames = "_names";

struct KindOf {
    Kind operator()(const nfs::Field<bool>*) const { return Kind::boolean; }
    Kind operator()(const nfs::Field<std::int64_t>*) const { return Kind::integer; }
    Kind operator()(const nfs::Field<std::uint64_t>*) const { return Kind::integer; }
    Kind operator()(const nfs::Field<VAddr>*) const { return Kind::address; }
    Kind operator()(const nfs::Field<std::string>*) const { return Kind::string; }
    Kind operator()(const nfs::Field<nfs::Flags>*) const { return Kind::integer; }
    Kind operator()(const nfs::Field<nfs::Duration>*) const { return Kind::integer; }
};

std::string_view unit_of(const MemberInfo& info) {
    if (std::holds_alternative<const nfs::Field<nfs::Duration>*>(info.value)) return "ns";
    return info.unit == "bytes" ? "bytes" : "";
}

// The tables, made once from the descriptions of objects of which nothing is known.
class Tables {
public:
    Tables() {
        for (const nfs::ListKind& kind : nfs::list_kinds()) {
            facts_.push_back({keep("nfs." + std::string(kind.name)), Kind::list, kind.schema, "",
                              From::dump, kind.doc});
            if (std::any_of(schemas_.begin(), schemas_.end(),
                            [&](const SchemaInfo& schema) { return schema.name == kind.schema; }))
                continue;
            Collector collector(*this);
            kind.members(collector);
            auto& members = members_.emplace_back(std::move(collector.members));
            std::sort(members.begin(), members.end(), by_name<FactInfo>);
            schemas_.push_back({kind.schema, kind.doc, members});
        }
        std::sort(facts_.begin(), facts_.end(), by_name<FactInfo>);
        std::sort(schemas_.begin(), schemas_.end(), by_name<SchemaInfo>);
    }

    std::span<const FactInfo> facts() const { return facts_; }
    std::span<const SchemaInfo> schemas() const { return schemas_; }

private:
    template <class Info>
    static bool by_name(const Info& a, const Info& b) {
        return a.name < b.name;
    }

    class Collector : public nfs::Visitor {
    public:
        explicit Collector(Tables& tables) : tables_(tables) {}
        void object(std::string_view type, VAddr) override {
            if (type.empty()) return;
            members.push_back({"address", Kind::address, "", "", From::dump, "of the object"});
            if (!type.starts_with("struct ")) return;  // of any type
            members.push_back({"object", Kind::pointer, type, "", From::dump,
                               "the object itself, for its members: object->member"});
        }
        void member(const MemberInfo& info) override {
            members.push_back({info.name, std::visit(KindOf{}, info.value), "", unit_of(info),
                               From::dump, info.doc});
            if (std::holds_alternative<const nfs::Field<nfs::Flags>*>(info.value))
                members.push_back({tables_.keep(std::string(info.name) + std::string(kNames)),
                                   Kind::list, "", "", From::dump, "names of the bits that are set",
                                   Kind::string});
        }
        std::vector<FactInfo> members;

    private:
        Tables& tables_;
    };

    std::string_view keep(std::string text) { return kept_.emplace_back(std::move(text)); }

    std::deque<std::string> kept_;
    std::deque<std::vector<FactInfo>> members_;
    std::vector<FactInfo> facts_;
    std::vector<SchemaInfo> schemas_;
};

const Tables& tables() {
    static const Tables made;
    return made;
}

// Finds one member of an object and makes a value of it.
class Getter : public nfs::Visitor {
public:
    Getter(const Scene& scene, std::string_view wanted) : scene_(scene), wanted_(wanted) {}

    void object(std::string_view type, VAddr address) override {
        Provenance from{Source::memory, std::string(type), {}, address.value, {}};
        if (wanted_ == "address") found = Value(address.value, Trust::registers, from);
        if (wanted_ == "object")
            found = Value(Pointer{address.value, std::string(type)}, Trust::registers, from);
    }
    void member(const MemberInfo& info) override {
        bool names = wanted_.size() == info.name.size() + kNames.size() &&
                     wanted_.starts_with(info.name) && wanted_.ends_with(kNames);
        if (info.name != wanted_ && !names) return;
        std::visit([&](const auto* field) { take(info, *field, names); }, info.value);
    }

    std::optional<Value> found;

private:
    template <class T>
    void take(const MemberInfo& info, const nfs::Field<T>& field, bool names) {
        Provenance from{Source::derived, std::string(info.name), {}, {}, {}};
        if (field.origin().member != nullptr) {
            from = {Source::memory, *field.origin().member, {}, field.origin().address.value, {}};
            if (scene_.types) from.layout = std::string(scene_.types->source());
        }
        if (!field.known()) {
            found = Value(Unknown{field.why(), from.what}, from);
            return;
        }
        if constexpr (std::is_same_v<T, nfs::Flags>) {
            if (names) {
                auto all = std::make_shared<const std::vector<std::string>>(field->names());
                found = make::list_of(
                    Type{Kind::string, {}}, all->size(),
                    [all, from](std::size_t i) {
                        return make::text((*all)[i], Trust::registers, from);
                    },
                    field->names_are_complete(), {Reason::no_type, "names of bits of " + from.what},
                    Trust::registers, from);
                return;
            }
        }
        if (!names) found = Value(data(*field), Trust::registers, from);
    }

    static Value::Data data(bool value) { return value; }
    static Value::Data data(std::int64_t value) { return Integer::of(value); }
    static Value::Data data(std::uint64_t value) { return Integer::of_unsigned(value); }
    static Value::Data data(VAddr value) { return value.value; }
    static Value::Data data(const std::string& value) { return value; }
    static Value::Data data(const nfs::Flags& value) { return Integer::of_unsigned(value.bits); }
    static Value::Data data(nfs::Duration value) { return Integer::of(value.ns); }

    const Scene& scene_;
    std::string_view wanted_;
};

}  // namespace

std::span<const FactInfo> state_facts() { return tables().facts(); }
std::span<const SchemaInfo> state_schemas() { return tables().schemas(); }

Value state_value(const Scene& scene, std::string_view list) {
    const nfs::ListKind* kind = nfs::find_list(list);
    if (kind == nullptr) return make::no_member("nfs", list);
    if (!scene.state) return make::missing(scene, "nfs." + std::string(list));
    nfs::AnyListing listing = kind->read(*scene.state);
    Unknown why{Reason::not_dumped, listing.gaps->empty() ? "" : listing.gaps->front()};
    Provenance from{Source::memory, "nfs." + std::string(list), {}, {}, {}};
    std::string_view schema = kind->schema;
    auto describe = listing.describe;
    const Scene* read = &scene;
    auto at = [read, schema, describe, from](std::size_t index) {
        auto get = [read, schema, describe, index](std::string_view member) {
            Getter getter(*read, member);
            describe(index, getter);
            return getter.found ? *getter.found : make::no_member(schema, member);
        };
        return make::record_of(schema, get, std::string(schema) + " " + std::to_string(index),
                               Trust::registers, from);
    };
    return make::list_of(Type{Kind::record, std::string(schema)}, listing.size, at,
                         listing.complete, std::move(why), Trust::registers, from);
}

}  // namespace nfstriage::facts
