// {schema_version, input, kernel, nfs: {LIST: {count, complete, gaps, items}}}. What is not known
// of an object is in its `missing` with the reason; members that this kernel does not have are
// absent.
#include "base/text.h"
#include "report/json_parts.h"
#include "report/state.h"

namespace nfstriage::report {
namespace {

struct Json {
    ordered_json operator()(bool value) const { return value; }
    ordered_json operator()(std::int64_t value) const { return value; }
    ordered_json operator()(std::uint64_t value) const { return value; }
    ordered_json operator()(VAddr value) const { return hex(value); }
    ordered_json operator()(const std::string& value) const { return escape(value); }
    ordered_json operator()(nfs::Duration value) const { return value.ns; }
    ordered_json operator()(const nfs::Flags& value) const {
        ordered_json flags = object();
        flags["value"] = hex(value.bits);
        flags["names"] = texts(value.names);
        return flags;
    }
};

class Item : public nfs::Visitor {
public:
    explicit Item(bool origins) : with_origins_(origins) {}

    void object(std::string_view type, VAddr address) override {
        if (!type.empty()) json_["address"] = hex(address);
    }
    void member(const nfs::MemberInfo& info) override {
        std::string name(info.name);
        std::visit(
            [&](const auto* field) {
                if (field->known()) {
                    json_[name] = Json{}(**field);
                    note_origin(name, field->origin());
                } else if (field->why() != Reason::no_type) {
                    missing_[name] = std::string(to_string(field->why()));
                }
            },
            info.value);
    }

    ordered_json take() && {
        if (!missing_.empty()) json_["missing"] = std::move(missing_);
        if (!origins_.empty()) json_["origins"] = std::move(origins_);
        return std::move(json_);
    }

private:
    void note_origin(const std::string& name, const kernel::Origin& origin) {
        if (with_origins_ && origin.member != nullptr)
            origins_[name] = *origin.member + " @" + hex(origin.address);
    }

    bool with_origins_;
    ordered_json json_ = report::object(), missing_ = report::object(), origins_ = report::object();
};

ordered_json list_json(const ShownList& list, const StateView& view) {
    ordered_json json = object();
    json["count"] = list.listing.size;
    if (list.filtered) json["matching"] = list.matching;
    json["complete"] = list.listing.complete;
    if (!list.listing.gaps->empty()) json["gaps"] = texts(*list.listing.gaps);
    json["items"] = ordered_json::array();
    for (std::size_t index : list.shown) {
        Item item(view.origins);
        list.listing.describe(index, item);
        json["items"].push_back(std::move(item).take());
    }
    return json;
}

}  // namespace

std::string state_to_json(const facts::Scene& scene, const StateView& view,
                          const JsonOptions& options) {
    ordered_json json = object();
    json["schema_version"] = kSchemaVersion;
    json["input"] = input_json(scene.input);
    json["kernel"] = kernel_json(scene.kernel, true);
    ordered_json lists = object();
    for (const ShownList& list : select(*scene.state, view))
        lists[std::string(list.kind->name)] = list_json(list, view);
    json["nfs"] = std::move(lists);
    return json.dump(options.indent < 0 ? -1 : options.indent) + "\n";
}

}  // namespace nfstriage::report
