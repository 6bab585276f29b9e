#include "layout/btf_types.h"

#include "base/text.h"

namespace nfstriage::layout {
namespace {

constexpr unsigned kDeepest = 32;  // nesting of anonymous structs, and chains of typedefs

constexpr std::uint64_t kMostMembers = 10'000;  // of one structure and the anonymous ones in it

Unknown endless(std::string_view structure) {
    return {Reason::corrupt,
            std::string(structure) + " has structures inside each other without end"};
}

// "struct rpc_task" -> the kinds to look for, and the name.
struct Spelling {
    std::vector<BtfKind> kinds;
    std::string_view name;
};

Spelling take_apart(std::string_view text) {
    text = trim(text);
    auto after = [&](std::string_view keyword) -> std::optional<std::string_view> {
        if (!text.starts_with(keyword) || text.size() == keyword.size() ||
            text[keyword.size()] != ' ')
            return std::nullopt;
        return trim(text.substr(keyword.size()));
    };
    if (auto rest = after("const")) return take_apart(*rest);
    if (auto rest = after("volatile")) return take_apart(*rest);
    if (auto rest = after("struct")) return {{BtfKind::structure}, *rest};
    if (auto rest = after("union")) return {{BtfKind::union_}, *rest};
    if (auto rest = after("enum")) return {{BtfKind::enumeration, BtfKind::enumeration64}, *rest};
    return {{BtfKind::typedef_, BtfKind::integer, BtfKind::floating}, text};
}

TypeKind kind_of_integer(std::uint32_t encoding) {
    if (encoding & 4) return TypeKind::boolean;
    if (encoding & 2) return TypeKind::character;
    return TypeKind::integer;
}

}  // namespace

BtfTypes::BtfTypes(std::unique_ptr<Btf> vmlinux, std::string source) : source_(std::move(source)) {
    sources_.push_back(Source{"", nullptr, std::move(vmlinux), true, {}});
}

void BtfTypes::add_module(std::string name, Loader load) {
    sources_.push_back(Source{std::move(name), std::move(load), nullptr, false, {}});
}

const Btf* BtfTypes::loaded(Source& source) const {
    if (!source.tried) {
        source.tried = true;
        auto bytes = source.load();
        source.load = nullptr;
        if (bytes) {
            auto btf = Btf::parse(std::move(*bytes), sources_.front().btf.get());
            if (btf) source.btf = std::move(*btf);
        }
    }
    return source.btf.get();
}

bool BtfTypes::complete() const {
    for (Source& source : sources_)
        if (loaded(source) == nullptr) return false;
    return true;
}

Maybe<BtfTypes::Id> BtfTypes::find(std::string_view spelling) const {
    Spelling wanted = take_apart(spelling);
    for (Source& source : sources_) {
        const Btf* btf = loaded(source);
        if (btf == nullptr) continue;
        for (BtfKind kind : wanted.kinds)
            for (std::uint32_t id : btf->find(wanted.name, kind)) return Id{btf, id};
    }
    return unknown(Reason::no_type, std::string(spelling) + " is not in the BTF");
}

BtfTypes::Id BtfTypes::peel(Id id) const {
    for (unsigned step = 0; step < kDeepest; ++step) {
        auto type = id.btf->type(id.id);
        if (!type) return {id.btf, 0};
        switch (type->kind) {
            case BtfKind::typedef_:
            case BtfKind::volatile_:
            case BtfKind::const_:
            case BtfKind::restrict_:
            case BtfKind::type_tag:
                id.id = type->size_or_type;
                break;
            default:
                return id;
        }
    }
    return {id.btf, 0};
}

std::string BtfTypes::spell(Id id, unsigned depth) const {
    auto type = id.btf->type(id.id);
    if (!type || depth > kDeepest) return "void";
    std::string name(id.btf->name(type->name_offset));
    auto target = [&] { return spell({id.btf, type->size_or_type}, depth + 1); };
    auto tagged = [&](std::string_view keyword) {
        return std::string(keyword) + " " + (name.empty() ? "{...}" : name);
    };
    switch (type->kind) {
        case BtfKind::void_:
            return "void";
        case BtfKind::integer:
        case BtfKind::floating:
        case BtfKind::typedef_:
            return name;
        case BtfKind::structure:
            return tagged("struct");
        case BtfKind::union_:
            return tagged("union");
        case BtfKind::enumeration:
        case BtfKind::enumeration64:
            return tagged("enum");
        case BtfKind::forward:
            return tagged(type->kind_flag ? "union" : "struct");
        case BtfKind::volatile_:
        case BtfKind::const_:
        case BtfKind::restrict_:
        case BtfKind::type_tag:
            return target();
        case BtfKind::pointer: {
            std::string pointee = target();
            return pointee + (pointee.ends_with('*') ? "*" : " *");
        }
        case BtfKind::array:
            return spell({id.btf, id.btf->word(id.id, *type, 0)}, depth + 1) + "[" +
                   std::to_string(id.btf->word(id.id, *type, 2)) + "]";
        case BtfKind::prototype:
            return target() + " (...)";
        case BtfKind::function:
        case BtfKind::variable:
        case BtfKind::section:
        case BtfKind::decl_tag:
            return name;
    }
    return "void";
}

// 0 for what has no size, and for arrays nested deeper than any kernel's.
std::uint64_t BtfTypes::size_of_type(Id id, unsigned depth) const {
    id = peel(id);
    auto type = id.btf->type(id.id);
    if (!type || depth > kDeepest) return 0;
    switch (type->kind) {
        case BtfKind::integer:
        case BtfKind::floating:
        case BtfKind::structure:
        case BtfKind::union_:
        case BtfKind::enumeration:
        case BtfKind::enumeration64:
            return type->size_or_type;
        case BtfKind::pointer:
            return 8;
        case BtfKind::array: {
            std::uint64_t element =
                size_of_type({id.btf, id.btf->word(id.id, *type, 0)}, depth + 1);
            return checked_mul(element, id.btf->word(id.id, *type, 2)).value_or(0);
        }
        default:
            return 0;
    }
}

TypeInfo BtfTypes::describe(Id id) const {
    TypeInfo info;
    id = peel(id);
    auto type = id.btf->type(id.id);
    if (!type) return info;
    info.name = id.btf->name(type->name_offset);
    switch (type->kind) {
        case BtfKind::integer: {
            std::uint32_t encoding = id.btf->word(id.id, *type, 0) >> 24 & 15;
            info.kind = kind_of_integer(encoding);
            info.is_signed = encoding & 1;
            info.size = type->size_or_type;
            break;
        }
        case BtfKind::floating:
            info.kind = TypeKind::floating;
            info.size = type->size_or_type;
            break;
        case BtfKind::pointer:
            info.kind = TypeKind::pointer;
            info.size = 8;
            info.pointee = spell({id.btf, type->size_or_type});
            break;
        case BtfKind::array: {
            info.kind = TypeKind::array;
            Id element{id.btf, id.btf->word(id.id, *type, 0)};
            info.count = id.btf->word(id.id, *type, 2);
            info.element = spell(element);
            info.size = size_of_type(id, 0);
            break;
        }
        case BtfKind::structure:
        case BtfKind::union_:
            info.kind = type->kind == BtfKind::union_ ? TypeKind::union_ : TypeKind::structure;
            info.size = type->size_or_type;
            break;
        case BtfKind::enumeration:
        case BtfKind::enumeration64:
            info.kind = TypeKind::enumeration;
            info.size = type->size_or_type;
            info.is_signed = type->kind_flag;
            break;
        case BtfKind::forward:
            info.kind = TypeKind::forward;
            break;
        case BtfKind::prototype:
        case BtfKind::function:
            info.kind = TypeKind::function;
            break;
        default:
            break;
    }
    return info;
}

Member BtfTypes::member_at(Id structure, const BtfType& type, std::uint32_t index,
                           std::uint64_t bit_base) const {
    std::uint32_t target = structure.btf->word(structure.id, type, index * 3 + 1);
    std::uint32_t place = structure.btf->word(structure.id, type, index * 3 + 2);
    Member member;
    std::uint64_t bits = bit_base + (type.kind_flag ? place & 0xffffff : place);
    unsigned bit_size = type.kind_flag ? place >> 24 : 0;
    Id peeled = peel({structure.btf, target});
    auto target_type = peeled.btf->type(peeled.id);
    if (bit_size == 0 && target_type && target_type->kind == BtfKind::integer) {
        // Before kind_flag, a bit field was an INT of fewer bits than its bytes hold.
        std::uint32_t word = peeled.btf->word(peeled.id, *target_type, 0);
        if ((word & 0xff) != target_type->size_or_type * 8) {
            bit_size = word & 0xff;
            bits += word >> 16 & 0xff;
        }
    }
    member.type = describe({structure.btf, target});
    member.offset = bits / 8;
    member.bit_offset = bits % 8;
    member.bit_size = bit_size;
    return member;
}

Maybe<std::vector<Field>> BtfTypes::fields_of(Id structure, std::string_view spelling) const {
    Budget budget(kMostMembers);
    std::vector<Field> fields;
    collect(structure, 0, fields, budget);
    if (budget.exhausted()) return tl::unexpected<Unknown>(endless(spelling));
    return fields;
}

void BtfTypes::collect(Id structure, std::uint64_t bit_base, std::vector<Field>& fields,
                       Budget& budget, unsigned depth) const {
    auto type = structure.btf->type(structure.id);
    if (!type) return;
    if (depth > kDeepest) budget.spend(budget.left() + 1);
    if (type->kind != BtfKind::structure && type->kind != BtfKind::union_) return;
    for (std::uint32_t i = 0; i < type->count && budget.spend(); ++i) {
        std::string name(structure.btf->name(structure.btf->word(structure.id, *type, i * 3)));
        Member member = member_at(structure, *type, i, bit_base);
        if (name.empty()) {
            Id inner = peel({structure.btf, structure.btf->word(structure.id, *type, i * 3 + 1)});
            collect(inner, member.offset * 8, fields, budget, depth + 1);
        } else {
            fields.push_back({std::move(name), std::move(member)});
        }
    }
}

namespace {

// One step of a member path: "address_strings[1]" -> name and index.
struct Step {
    std::string_view name;
    std::optional<std::uint64_t> index;
    bool valid = true;
};

Step parse_step(std::string_view text) {
    Step step{text, std::nullopt, true};
    if (std::size_t open = text.find('['); open != std::string_view::npos) {
        step.name = text.substr(0, open);
        if (text.ends_with(']'))
            step.index = parse_unsigned(text.substr(open + 1, text.size() - open - 2));
        step.valid = step.index.has_value();
    }
    step.valid = step.valid && !step.name.empty();
    return step;
}

}  // namespace

std::optional<BtfTypes::Place> BtfTypes::find_member(Id structure, std::string_view name,
                                                     Budget& budget, unsigned depth) const {
    auto type = structure.btf->type(structure.id);
    if (!type) return std::nullopt;
    if (depth > kDeepest) budget.spend(budget.left() + 1);
    if (type->kind != BtfKind::structure && type->kind != BtfKind::union_) return std::nullopt;
    for (std::uint32_t i = 0; i < type->count && budget.spend(); ++i) {
        std::uint32_t member_name = structure.btf->word(structure.id, *type, i * 3);
        Id target{structure.btf, structure.btf->word(structure.id, *type, i * 3 + 1)};
        if (structure.btf->is_named(member_name, name))
            return Place{member_at(structure, *type, i, 0), peel(target)};
        if (!structure.btf->is_named(member_name, "")) continue;
        if (auto found = find_member(peel(target), name, budget, depth + 1)) {
            found->member.offset += member_at(structure, *type, i, 0).offset;
            return found;
        }
    }
    return std::nullopt;
}

Maybe<std::optional<BtfTypes::Place>> BtfTypes::walk(std::string_view structure,
                                                     std::string_view path) const {
    auto start = find(structure);
    if (!start) return tl::unexpected<Unknown>(start.error());
    Place at{Member{}, peel(*start)};
    for (std::string_view part : split(path, '.')) {
        Step step = parse_step(part);
        if (!step.valid) return std::optional<Place>{};
        Budget budget(kMostMembers);
        auto found = find_member(at.type, step.name, budget);
        if (budget.exhausted()) return tl::unexpected<Unknown>(endless(structure));
        if (!found) return std::optional<Place>{};
        found->member.offset += at.member.offset;
        at = *found;
        if (!step.index) continue;
        auto array = at.type.btf->type(at.type.id);
        if (!array || array->kind != BtfKind::array) return std::optional<Place>{};
        at.type = peel({at.type.btf, at.type.btf->word(at.type.id, *array, 0)});
        at.member.type = describe(at.type);
        auto shift = checked_mul(*step.index, at.member.type.size);
        if (!shift) return std::optional<Place>{};
        at.member.offset += *shift;
    }
    return std::optional<Place>{at};
}

Maybe<TypeInfo> BtfTypes::type(std::string_view spelling) const {
    std::string_view text = trim(spelling);
    if (text.ends_with('*')) {
        TypeInfo info;
        info.kind = TypeKind::pointer;
        info.size = 8;
        info.pointee = trim(text.substr(0, text.size() - 1));
        return info;
    }
    return find(text).map([this](Id id) { return describe(id); });
}

Maybe<Member> BtfTypes::member(std::string_view structure, std::string_view path) const {
    auto found = walk(structure, path);
    if (!found) return tl::unexpected<Unknown>(found.error());
    if (!*found)
        return unknown(Reason::no_type,
                       std::string(structure) + " has no member " + std::string(path));
    return (*found)->member;
}

Maybe<bool> BtfTypes::has_member(std::string_view structure, std::string_view path) const {
    return walk(structure, path).map([](const std::optional<Place>& m) { return m.has_value(); });
}

Maybe<std::vector<Field>> BtfTypes::members(std::string_view structure) const {
    auto id = find(structure);
    if (!id) return tl::unexpected<Unknown>(id.error());
    return fields_of(peel(*id), structure);
}

Maybe<std::vector<Field>> BtfTypes::members_of(std::string_view structure,
                                               std::string_view path) const {
    auto found = walk(structure, path);
    if (!found) return tl::unexpected<Unknown>(found.error());
    if (!*found)
        return unknown(Reason::no_type,
                       std::string(structure) + " has no member " + std::string(path));
    return fields_of((*found)->type, std::string(structure) + "." + std::string(path));
}

Maybe<std::int64_t> BtfTypes::enumerator(std::string_view name) const {
    for (Source& source : sources_) {
        const Btf* btf = loaded(source);
        if (btf == nullptr) continue;
        if (!source.enumerators) source.enumerators.emplace(*btf);
        if (auto value = source.enumerators->find(name)) return *value;
    }
    return unknown(Reason::no_type, "no enumerator " + std::string(name) + " in the BTF");
}

std::optional<BtfTypes::Id> BtfTypes::prototype_of(std::string_view function) const {
    for (Source& source : sources_) {
        const Btf* btf = loaded(source);
        if (btf == nullptr) continue;
        for (std::uint32_t id : btf->find(function, BtfKind::function)) {
            std::uint32_t prototype_id = btf->type(id)->size_or_type;
            auto prototype = btf->type(prototype_id);
            if (prototype && prototype->kind == BtfKind::prototype) return Id{btf, prototype_id};
        }
    }
    return std::nullopt;
}

Maybe<std::vector<std::pair<std::string, std::string>>> BtfTypes::parameters(
    std::string_view function) const {
    auto id = prototype_of(function);
    if (!id)
        return unknown(Reason::no_type, "no function " + std::string(function) + " in the BTF");
    auto prototype = id->btf->type(id->id);
    std::vector<std::pair<std::string, std::string>> result;
    for (std::uint32_t i = 0; i < prototype->count; ++i)
        result.emplace_back(id->btf->name(id->btf->word(id->id, *prototype, i * 2)),
                            spell({id->btf, id->btf->word(id->id, *prototype, i * 2 + 1)}));
    return result;
}

Maybe<std::string> BtfTypes::result_of(std::string_view function) const {
    auto id = prototype_of(function);
    if (!id)
        return unknown(Reason::no_type, "no function " + std::string(function) + " in the BTF");
    return spell({id->btf, id->btf->type(id->id)->size_or_type});
}

}  // namespace nfstriage::layout
