// Types and objects as JSON (engine/report/struct.schema.json).
#include "base/text.h"
#include "report/json_stream.h"
#include "report/typed.h"
#include "report/typed_words.h"

namespace nfstriage::report {
namespace {

using kernel::TypedValue;
using layout::LayoutMember;
using layout::TypeKind;

std::string_view word(TypeKind kind) {
    switch (kind) {
        case TypeKind::integer:
            return "integer";
        case TypeKind::boolean:
            return "boolean";
        case TypeKind::character:
            return "character";
        case TypeKind::floating:
            return "floating";
        case TypeKind::pointer:
            return "pointer";
        case TypeKind::array:
            return "array";
        case TypeKind::structure:
            return "struct";
        case TypeKind::union_:
            return "union";
        case TypeKind::enumeration:
            return "enum";
        case TypeKind::function:
            return "function";
        case TypeKind::void_:
        case TypeKind::forward:
            break;
    }
    return "void";
}

ordered_json bits_json(unsigned offset, unsigned size) {
    ordered_json json = object();
    json["offset"] = offset;
    json["size"] = size;
    return json;
}

ordered_json members_json(const std::vector<LayoutMember>& members) {
    ordered_json all = ordered_json::array();
    for (const LayoutMember& member : members) {
        ordered_json json = object();
        put(json, "name", std::string_view(member.name));
        put(json, "declaration", std::string_view(member.declaration));
        json["offset"] = member.offset;
        json["size"] = member.size;
        if (member.bit_size != 0) json["bits"] = bits_json(member.bit_offset, member.bit_size);
        if (member.opened) json["members"] = members_json(member.parts);
        all.push_back(std::move(json));
    }
    return all;
}

ordered_json type_json(const facts::TypeAnswer& type) {
    ordered_json json = object();
    json["name"] = escape(type.spelling);
    json["kind"] = word(type.kind);
    json["size"] = type.size;
    json["source"] = escape(type.source);
    if (!type.members.empty()) json["members"] = members_json(type.members);
    if (!type.enumerators.empty()) {
        json["enumerators"] = ordered_json::array();
        for (const layout::Enumerator& one : type.enumerators) {
            ordered_json entry = object();
            entry["name"] = escape(one.name);
            entry["value"] = one.value;
            json["enumerators"].push_back(std::move(entry));
        }
    }
    return json;
}

class ValueJson {
public:
    explicit ValueJson(Arch arch) : arch_(arch) {}

    ordered_json operator()(const TypedValue& value) const {
        ordered_json json = object();
        put(json, "name", std::string_view(value.name));
        put(json, "type", std::string_view(value.type));
        json["kind"] = word(value.kind);
        json["offset"] = value.offset;
        json["size"] = value.size;
        if (value.bit_size != 0) json["bits"] = bits_json(value.bit_offset, value.bit_size);
        if (value.has_parts)
            add_parts(json, value);
        else if (value.text)
            json["value"] = escape(*value.text);
        else if (value.number)
            add_number(json, value);
        else
            json["unknown"] = unknown_json(value.number.error());
        return json;
    }

private:
    static ordered_json unknown_json(const Unknown& why) {
        ordered_json json = object();
        json["reason"] = std::string(to_string(why.reason));
        put(json, "what", std::string_view(why.what));
        return json;
    }

    void add_parts(ordered_json& json, const TypedValue& value) const {
        const bool array = value.kind == TypeKind::array;
        if (array) json["count"] = value.count;
        ordered_json parts = ordered_json::array();
        for (const TypedValue& part : value.parts) parts.push_back((*this)(part));
        json[array ? "elements" : "members"] = std::move(parts);
        if (!value.number && value.number.error().reason == Reason::budget)
            json["unknown"] = unknown_json(value.number.error());
    }

    void add_number(ordered_json& json, const TypedValue& value) const {
        const std::uint64_t number = *value.number;
        switch (value.kind) {
            case TypeKind::pointer:
                json["value"] = hex(number);
                break;
            case TypeKind::boolean:
                json["value"] = number != 0;
                break;
            default:
                if (value.is_signed)
                    json["value"] = static_cast<std::int64_t>(number);
                else
                    json["value"] = number;
        }
        put(json, "enumerator", std::string_view(value.enumerator));
        put(json, "symbol", std::string_view(value.symbol));
        put(json, "string", value.string);
        put(json, "remark", std::string_view(pointer_remark(value, arch_)));
    }

    Arch arch_;
};

ordered_json slab_json(const kernel::SlabObject& slab) {
    ordered_json json = object();
    json["cache"] = escape(slab.cache.name);
    json["object"] = hex(slab.begin);
    json["offset"] = slab.offset;
    json["object_size"] = slab.cache.object_size;
    if (slab.free) json["free"] = *slab.free;
    return json;
}

}  // namespace

void typed_to_json(const facts::TypedLook& look, const JsonOptions& options, const TakePiece& put) {
    const facts::Opened& opened = look.opened();
    const ValueJson value_json(opened.kernel.arch.value_or(Arch::x86_64));
    JsonStream writer(options.indent, put);
    writer.open('{');
    writer.member("schema_version", kSchemaVersion);
    writer.member("input", input_json(opened.input));
    writer.member("kernel", kernel_json(opened.kernel, true));
    writer.member("type", type_json(look.type()));
    if (look.has_objects()) {
        writer.key("objects");
        writer.open('[');
        look.read([&](const facts::ObjectAnswer& answer) {
            ordered_json json = object();
            json["address"] = hex(answer.address);
            report::put(json, "symbol", std::string_view(answer.symbol));
            if (answer.slab) json["slab"] = slab_json(*answer.slab);
            if (!answer.notes.empty()) json["notes"] = texts(answer.notes);
            json["values"] = ordered_json::array();
            for (const TypedValue& value : answer.values)
                json["values"].push_back(value_json(value));
            writer.element(json);
        });
        writer.close(']');
    }
    writer.close('}');
    writer.finish();
}

}  // namespace nfstriage::report
