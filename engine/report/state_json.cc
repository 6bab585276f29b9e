// {schema_version, input, kernel, nfs: {LIST: {count, complete, gaps, items}}}. What is not known
// of an object is in its `missing` with the reason; members that this kernel does not have are
// absent.
#include "base/text.h"
#include "report/json_parts.h"
#include "report/json_stream.h"
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
        flags["names"] = texts(value.names());
        return flags;
    }
};

class Item : public nfs::Visitor {
public:
    explicit Item(bool origins) : with_origins_(origins) {}

    void object(std::string_view type, VAddr address) override {
        if (!type.empty() && !address.is_null()) json_["address"] = hex(address);
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

void write_list(JsonStream& writer, const ShownList& list, const StateView& view) {
    writer.key(list.kind->name);
    writer.open('{');
    writer.member("count", list.listing.size);
    if (list.filtered) writer.member("matching", list.matching);
    writer.member("complete", list.listing.complete);
    if (!list.listing.gaps->empty()) writer.member("gaps", texts(*list.listing.gaps));
    writer.key("items");
    writer.open('[');
    for (std::size_t index : list.shown) {
        Item item(view.origins);
        list.listing.describe(index, item);
        writer.element(std::move(item).take());
    }
    writer.close(']');
    writer.close('}');
}

}  // namespace

void state_to_json(const facts::Scene& scene, const StateView& view, const JsonOptions& options,
                   const std::function<void(std::string_view piece)>& put) {
    auto lists = select(*scene.state, view);
    JsonStream writer(options.indent, put);
    writer.open('{');
    writer.member("schema_version", kSchemaVersion);
    writer.member("input", input_json(scene.input));
    writer.member("kernel", kernel_json(scene.kernel, true));
    writer.key("nfs");
    writer.open('{');
    for (const ShownList& list : lists) write_list(writer, list, view);
    writer.close('}');
    writer.close('}');
    writer.finish();
}

}  // namespace nfstriage::report
