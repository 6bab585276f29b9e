#include "debuginfo/dwarf_code_locations.h"

namespace nfstriage::debuginfo {

namespace {

using Kind = layout::Location::Kind;

constexpr Dwarf_Unsigned kMaxEntries = 4096;   // of one location list
constexpr Dwarf_Unsigned kMaxOperations = 16;  // of one expression that we look at

layout::Location make(Kind kind, std::uint16_t reg, std::int64_t offset) {
    layout::Location location;
    location.kind = kind;
    location.reg = reg;
    location.offset = offset;
    return location;
}

}  // namespace

void CodeLocations::release(Dwarf_Error error) const {
    if (error != nullptr) object_.library().dealloc_error(object_.handle(), error);
}

std::vector<CodeLocations::Expression> CodeLocations::read(Dwarf_Attribute attribute) const {
    std::vector<Expression> out;
    if (!lists_.may_read_locations(attribute)) return out;
    const Libdwarf& library = object_.library();
    Dwarf_Loc_Head_c head = nullptr;
    Dwarf_Unsigned count = 0;
    Dwarf_Error error = nullptr;
    if (library.get_loclist_c(attribute, &head, &count, &error) != DW_DLV_OK) {
        release(error);
        return out;
    }
    for (Dwarf_Unsigned i = 0; i < count && i < kMaxEntries; i++) {
        Dwarf_Small kind = 0, source = 0;
        Dwarf_Unsigned raw_low = 0, raw_high = 0, operations = 0, at = 0, list_at = 0;
        Dwarf_Bool unavailable = 0;
        Dwarf_Addr low = 0, high = 0;
        Dwarf_Locdesc_c entry = nullptr;
        error = nullptr;
        if (library.get_locdesc_entry_d(head, i, &kind, &raw_low, &raw_high, &unavailable, &low,
                                        &high, &operations, &entry, &source, &at, &list_at,
                                        &error) != DW_DLV_OK) {
            release(error);
            break;
        }
        bool single = source == 0;  // DW_LKIND_expression: no list
        bool range = single || kind == DW_LLE_offset_pair || kind == DW_LLE_start_end ||
                     kind == DW_LLE_start_length || kind == DW_LLE_startx_endx ||
                     kind == DW_LLE_startx_length || kind == DW_LLE_default_location;
        if (!range || unavailable) continue;
        Expression& expression = out.emplace_back();
        expression.everywhere = single || kind == DW_LLE_default_location;
        expression.begin = low;
        expression.end = high;
        for (Dwarf_Unsigned k = 0; k < operations && k < kMaxOperations; k++) {
            Dwarf_Small code = 0;
            Dwarf_Unsigned first = 0, second = 0, third = 0, branch = 0;
            if (library.get_location_op_value_c(entry, k, &code, &first, &second, &third, &branch,
                                                &error) != DW_DLV_OK) {
                release(error);
                break;
            }
            expression.operations.push_back({code, first, second});
        }
    }
    library.dealloc(object_.handle(), head, DW_DLA_LOC_HEAD_C);
    return out;
}

std::optional<std::uint16_t> CodeLocations::register_of(const Operation& operation) {
    if (operation.code >= DW_OP_reg0 && operation.code <= DW_OP_reg31)
        return static_cast<std::uint16_t>(operation.code - DW_OP_reg0);
    if (operation.code == DW_OP_regx && operation.first <= UINT16_MAX)
        return static_cast<std::uint16_t>(operation.first);
    return std::nullopt;
}

// The register inside DW_OP_entry_value; its operand is an expression of its own.
std::optional<std::uint16_t> CodeLocations::entry_register(const Operation& operation) {
    if (operation.code != DW_OP_entry_value && operation.code != DW_OP_GNU_entry_value)
        return std::nullopt;
    const auto* inner = reinterpret_cast<const std::uint8_t*>(operation.second);
    if (inner == nullptr || operation.first == 0) return std::nullopt;
    if (operation.first == 1) return register_of({inner[0], 0, 0});
    if (operation.first == 2 && inner[0] == DW_OP_regx && inner[1] < 0x80) return inner[1];
    return std::nullopt;
}

std::optional<std::int64_t> CodeLocations::constant_of(const Operation& operation) {
    if (operation.code >= DW_OP_lit0 && operation.code <= DW_OP_lit31)
        return operation.code - DW_OP_lit0;
    switch (operation.code) {
        case DW_OP_const1u:
        case DW_OP_const2u:
        case DW_OP_const4u:
        case DW_OP_const8u:
        case DW_OP_constu:
        case DW_OP_const1s:
        case DW_OP_const2s:
        case DW_OP_const4s:
        case DW_OP_const8s:
        case DW_OP_consts:
            return static_cast<std::int64_t>(operation.first);
        default:
            return std::nullopt;
    }
}

// Register plus offset, as the kind value_register, or frame address plus offset as at_frame.
std::optional<layout::Location> CodeLocations::sum_of(const Operation& operation,
                                                      const FrameBase& base) {
    if (operation.code >= DW_OP_breg0 && operation.code <= DW_OP_breg31)
        return make(Kind::value_register, static_cast<std::uint16_t>(operation.code - DW_OP_breg0),
                    static_cast<std::int64_t>(operation.first));
    if (operation.code == DW_OP_bregx && operation.first <= UINT16_MAX)
        return make(Kind::value_register, static_cast<std::uint16_t>(operation.first),
                    static_cast<std::int64_t>(operation.second));
    if (operation.code == DW_OP_fbreg) {
        auto offset = static_cast<std::int64_t>(operation.first);
        if (base.kind == FrameBase::Kind::canonical_frame_address)
            return make(Kind::at_frame, 0, offset);
        if (base.kind == FrameBase::Kind::in_register)
            return make(Kind::value_register, base.reg, offset);
    }
    return std::nullopt;
}

layout::Location CodeLocations::place_of(const Expression& expression, const FrameBase& base) {
    const auto& operations = expression.operations;
    layout::Location other = make(Kind::other, 0, 0);
    if (operations.empty()) return other;
    const Operation& first = operations.front();
    bool is_value = operations.size() == 2 && operations.back().code == DW_OP_stack_value;
    if (operations.size() == 1) {
        if (auto reg = register_of(first)) return make(Kind::in_register, *reg, 0);
        auto sum = sum_of(first, base);
        if (!sum) return other;
        if (sum->kind == Kind::value_register) sum->kind = Kind::at_register;
        return *sum;
    }
    if (!is_value) return other;
    if (auto reg = entry_register(first)) return make(Kind::entry_value, *reg, 0);
    if (auto constant = constant_of(first)) return make(Kind::constant, 0, *constant);
    auto sum = sum_of(first, base);
    return sum && sum->kind == Kind::value_register ? *sum : other;
}

FrameBase CodeLocations::frame_base(Dwarf_Attribute attribute) const {
    if (attribute == nullptr) return {};
    auto expressions = read(attribute);
    if (expressions.size() != 1 || expressions.front().operations.size() != 1) return {};
    const Operation& only = expressions.front().operations.front();
    if (only.code == DW_OP_call_frame_cfa) return {FrameBase::Kind::canonical_frame_address, 0};
    if (auto reg = register_of(only)) return {FrameBase::Kind::in_register, *reg};
    return {};
}

std::vector<layout::Location> CodeLocations::places(Dwarf_Attribute attribute,
                                                    const FrameBase& base) const {
    std::vector<layout::Location> out;
    for (const Expression& expression : read(attribute)) {
        if (expression.operations.empty()) continue;  // optimised away there
        if (!expression.everywhere && expression.begin >= expression.end) continue;
        layout::Location location = place_of(expression, base);
        if (!expression.everywhere) {
            location.begin = expression.begin;
            location.end = expression.end;
        }
        out.push_back(location);
    }
    return out;
}

std::optional<std::uint16_t> CodeLocations::passed_in(Dwarf_Attribute attribute) const {
    if (attribute == nullptr) return std::nullopt;
    auto expressions = read(attribute);
    if (expressions.size() != 1 || expressions.front().operations.size() != 1) return std::nullopt;
    return register_of(expressions.front().operations.front());
}

std::optional<layout::Location> CodeLocations::value(Dwarf_Attribute attribute,
                                                     const FrameBase& base) const {
    if (attribute == nullptr) return std::nullopt;
    auto expressions = read(attribute);
    if (expressions.size() != 1 || expressions.front().operations.empty()) return std::nullopt;
    const auto& operations = expressions.front().operations;
    const Operation& first = operations.front();
    if (operations.size() == 1) {
        if (auto reg = entry_register(first)) return make(Kind::entry_value, *reg, 0);
        if (auto constant = constant_of(first)) return make(Kind::constant, 0, *constant);
        auto sum = sum_of(first, base);
        if (!sum || sum->kind != Kind::value_register) return std::nullopt;
        if (sum->offset == 0) sum->kind = Kind::in_register;
        return sum;
    }
    if (operations.size() != 2 || operations.back().code != DW_OP_deref) return std::nullopt;
    auto sum = sum_of(first, base);
    if (sum && sum->kind == Kind::value_register) sum->kind = Kind::at_register;
    return sum;
}

}  // namespace nfstriage::debuginfo
