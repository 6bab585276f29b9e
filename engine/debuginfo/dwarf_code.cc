#include "debuginfo/dwarf_code.h"

#include <algorithm>

namespace nfstriage::debuginfo {

namespace {

constexpr unsigned kMaxDepth = 256;                // of DIEs inside each other
constexpr std::size_t kMaxCallsInlined = 1 << 17;  // in one function
constexpr std::size_t kMaxParameters = 256;        // of one function
constexpr std::size_t kMaxChildren = 1 << 14;      // of one DIE, looked through for parameters
constexpr std::size_t kMaxCalls = 1 << 16;         // in one function

// Objects are what is looked for in a frame: "struct nfs_page *", "const struct rpc_task *".
bool is_kept(std::string_view type) {
    for (std::string_view qualifier : {"const ", "volatile "})
        if (type.starts_with(qualifier)) type.remove_prefix(qualifier.size());
    return type.starts_with("struct ") && type.find('*') == type.size() - 1;
}

// The DIEs below one, kMaxChildren at most, to where a damaged one's sibling leads back.
class Children {
public:
    explicit Children(const Die& parent) : parent_(parent) {}
    const Die* next() {  // null at the end; else valid until the next call
        const std::uint64_t before = seen_ == 0 ? parent_.offset() : child_.offset();
        child_ = seen_ == 0 ? parent_.child() : child_.sibling();
        return child_ && child_.offset() > before && seen_++ < kMaxChildren ? &child_ : nullptr;
    }

private:
    const Die& parent_;
    Die child_;
    std::size_t seen_ = 0;
};

layout::Location constant(std::uint64_t value) {
    layout::Location location;
    location.kind = layout::Location::Kind::constant;
    location.offset = static_cast<std::int64_t>(value);
    return location;
}

}  // namespace

std::vector<UnitFunction> UnitReader::read(const Die& unit, LineTable& lines,
                                           std::uint64_t unit_base, const UnitOptions& options) {
    lines_ = &lines;
    unit_base_ = unit_base;
    options_ = options;
    functions_.clear();
    origins_.clear();
    abstracts_.clear();
    damaged_ = false;
    walked_ = unit.offset();
    unit_begin_ = unit_end_ = 0;
    if (auto number = object_.unit_at(unit.offset()); number && options_.inlined) {
        unit_begin_ = object_.units()[*number].begin;
        unit_end_ = object_.units()[*number].end;
    }
    lists_.enter(unit);
    walk_top(unit, 0);
    // Abstract functions may stand behind those that refer to them: names come last.
    for (auto [function, origin] : origins_) functions_[function].name = names_.name(origin);
    for (UnitFunction& function : functions_)
        for (auto& inlined : function.inlined) inlined.node.function = names_.name(inlined.origin);
    return std::move(functions_);
}

bool UnitReader::goes_on(const Die& die) {
    const std::uint64_t offset = die.offset();
    const bool behind = offset > walked_;
    if (behind) walked_ = offset;
    damaged_ = damaged_ || !behind;
    return behind;
}

void UnitReader::walk_top(const Die& parent, unsigned depth) {
    if (depth > 8) return;  // namespaces
    for (Die die = parent.child(); die && goes_on(die); die = die.sibling()) {
        Dwarf_Half tag = die.tag();
        if (tag == DW_TAG_subprogram)
            read_function(die);
        else if (tag == DW_TAG_namespace || tag == DW_TAG_module)
            walk_top(die, depth + 1);
    }
}

void UnitReader::read_function(const Die& die) {
    UnitFunction function;
    std::uint64_t offset = die.offset(), origin = 0;
    {
        DieAttributes attributes(library_, die);
        origin = attributes.reference(DW_AT_abstract_origin)
                     .value_or(attributes.reference(DW_AT_specification).value_or(0));
        std::string_view name = attributes.text(DW_AT_name);
        names_.tell(offset, name, origin);
        if (attributes.find(DW_AT_declaration) != nullptr) return;
        attributes.ranges(lists_, unit_base_, function.ranges);
        if (function.ranges.empty()) return;
        // The first range holds the entry unless the unit says otherwise.
        function.entry = attributes.address(DW_AT_entry_pc)
                             .value_or(attributes.find(DW_AT_ranges) == nullptr
                                           ? attributes.address(DW_AT_low_pc).value_or(0)
                                           : function.ranges.front().begin);
        frame_base_ = {};
        if (options_.parameters || options_.calls || options_.inlined)
            frame_base_ = locations_.frame_base(attributes.find(DW_AT_frame_base));
    }
    function.known.entry = function.entry;
    origins_.emplace_back(functions_.size(), offset);
    functions_.push_back(std::move(function));
    function_ = &functions_.back();
    walk_body(die, 0, 0);
    auto& calls = function_->known.calls;
    std::stable_sort(calls.begin(), calls.end(), [](const auto& a, const auto& b) {
        return a.return_address < b.return_address;
    });
}

void UnitReader::walk_body(const Die& parent, std::uint32_t node, unsigned depth) {
    if (depth > kMaxDepth) {
        damaged_ = true;
        return;
    }
    for (Die die = parent.child(); die && goes_on(die); die = die.sibling()) {
        switch (die.tag()) {
            case DW_TAG_inlined_subroutine:
                if (function_->inlined.size() >= kMaxCallsInlined)
                    damaged_ = true;
                else
                    walk_body(die, read_inlined(die, node), depth + 1);
                break;
            case DW_TAG_lexical_block:
                walk_body(die, node, depth + 1);
                break;
            case DW_TAG_formal_parameter:
                if (depth == 0 && options_.parameters) read_parameter(die);
                break;
            case DW_TAG_call_site:
            case DW_TAG_GNU_call_site:
                if (options_.calls) read_call(die);
                break;
            default:
                break;
        }
    }
}

std::uint32_t UnitReader::read_inlined(const Die& die, std::uint32_t parent) {
    DieAttributes attributes(library_, die);
    UnitFunction::Inlined inlined;
    inlined.node.parent = parent;
    inlined.origin = attributes.reference(DW_AT_abstract_origin).value_or(0);
    inlined.node.call_file = lines_->file(attributes.number(DW_AT_call_file).value_or(UINT64_MAX));
    std::uint64_t line = attributes.number(DW_AT_call_line).value_or(0);
    inlined.node.call_line = line <= UINT32_MAX ? static_cast<std::uint32_t>(line) : 0;
    std::size_t before = function_->inlined_ranges.size();
    attributes.ranges(lists_, unit_base_, function_->inlined_ranges);
    inlined.first_range = static_cast<std::uint32_t>(before);
    inlined.ranges = static_cast<std::uint32_t>(function_->inlined_ranges.size() - before);
    if (options_.inlined && inlined.ranges != 0) read_inlined_parameters(die, inlined);
    function_->inlined.push_back(inlined);
    return static_cast<std::uint32_t>(function_->inlined.size());
}

// Names and types stand at the abstract function, in the order of the source; an instance leaves
// out what was optimised away.
void UnitReader::read_inlined_parameters(const Die& die, UnitFunction::Inlined& inlined) {
    const Abstract& function = abstract(inlined.origin);
    if (!function.wanted || !spend(function.parameters.size())) return;
    std::vector<layout::CodeParameter> known = function.parameters;
    Children children(die);
    while (const Die* next = children.next()) {
        const Die& child = *next;
        if (child.tag() != DW_TAG_formal_parameter) continue;
        DieAttributes attributes(library_, child);
        auto origin = attributes.reference(DW_AT_abstract_origin);
        auto which = std::find(function.dies.begin(), function.dies.end(), origin.value_or(0));
        if (!origin || which == function.dies.end()) continue;
        auto& parameter = known[static_cast<std::size_t>(which - function.dies.begin())];
        if (!is_kept(strings_.text(parameter.type)) || !parameter.locations.empty()) continue;
        if (Dwarf_Attribute location = attributes.find(DW_AT_location))
            parameter.locations = locations_.places(location, frame_base_);
        else if (auto value = attributes.number(DW_AT_const_value))
            parameter.locations = {constant(*value)};
        if (!spend(parameter.locations.size())) return;
    }
    function_->inlined_known.push_back(std::move(known));
    inlined.node.known = static_cast<std::uint32_t>(function_->inlined_known.size());
}

bool UnitReader::spend(std::uint64_t inlined) {
    damaged_ = damaged_ || inlined > inlined_left_;
    inlined_left_ = inlined > inlined_left_ ? 0 : inlined_left_ - inlined;
    return inlined_left_ != 0;
}

const UnitReader::Abstract& UnitReader::abstract(std::uint64_t offset) {
    auto [place, is_new] = abstracts_.try_emplace(offset);
    Abstract& function = place->second;
    if (!is_new || offset == 0) return function;
    Die die = (offset & DieAttributes::kAlternate) == 0 ? object_.die_at(offset)
              : object_.alternate() == nullptr
                  ? Die()
                  : object_.alternate()->die_at(offset & ~DieAttributes::kAlternate);
    if (!die) return function;
    {
        // The number of a file counts in the line table of the function's own unit.
        bool own = offset >= unit_begin_ && offset < unit_end_;
        auto file = own ? DieAttributes(library_, die).number(DW_AT_decl_file) : std::nullopt;
        if (!options_.inlined(file ? strings_.text(lines_->file(*file)) : options_.path))
            return function;
    }
    Children children(die);
    while (const Die* next = children.next()) {
        const Die& child = *next;
        if (child.tag() != DW_TAG_formal_parameter) continue;
        if (function.dies.size() >= kMaxParameters) break;
        DieAttributes attributes(library_, child);
        function.dies.push_back(child.offset() | (offset & DieAttributes::kAlternate));
        function.parameters.push_back(name_and_type(attributes));
        function.wanted =
            function.wanted || is_kept(strings_.text(function.parameters.back().type));
    }
    return function;
}

layout::CodeParameter UnitReader::name_and_type(const DieAttributes& attributes) {
    layout::CodeParameter parameter;
    std::string_view name = attributes.text(DW_AT_name);
    parameter.name = name.empty()
                         ? names_.name(attributes.reference(DW_AT_abstract_origin).value_or(0))
                         : strings_.number(name);
    if (auto type = attributes.reference(DW_AT_type))
        parameter.type = names_.type(*type);
    else if (auto origin = attributes.reference(DW_AT_abstract_origin))
        parameter.type = names_.type_of(*origin);
    return parameter;
}

void UnitReader::read_parameter(const Die& die) {
    auto& parameters = function_->known.parameters;
    if (parameters.size() >= kMaxParameters) return;
    DieAttributes attributes(library_, die);
    layout::CodeParameter parameter = name_and_type(attributes);
    if (Dwarf_Attribute location = attributes.find(DW_AT_location))
        parameter.locations = locations_.places(location, frame_base_);
    parameters.push_back(std::move(parameter));
}

void UnitReader::read_call(const Die& die) {
    layout::CodeCall call;
    {
        DieAttributes attributes(library_, die);
        auto address = attributes.address(DW_AT_call_return_pc);
        if (!address) address = attributes.address(DW_AT_low_pc);  // GNU, before DWARF 5
        if (!address || attributes.find(DW_AT_call_tail_call) != nullptr ||
            attributes.find(DW_AT_GNU_tail_call) != nullptr ||
            function_->known.calls.size() >= kMaxCalls)
            return;
        call.return_address = *address;
    }
    Children children(die);
    while (const Die* next = children.next()) {
        const Die& child = *next;
        Dwarf_Half tag = child.tag();
        if (tag != DW_TAG_call_site_parameter && tag != DW_TAG_GNU_call_site_parameter) continue;
        if (call.arguments.size() >= kMaxParameters) break;
        DieAttributes attributes(library_, child);
        auto reg = locations_.passed_in(attributes.find(DW_AT_location));
        Dwarf_Attribute value = attributes.find(DW_AT_call_value);
        if (value == nullptr) value = attributes.find(DW_AT_GNU_call_site_value);
        auto passed = locations_.value(value, frame_base_);
        if (reg && passed) call.arguments.push_back({*reg, *passed});
    }
    if (!call.arguments.empty()) function_->known.calls.push_back(std::move(call));
}

}  // namespace nfstriage::debuginfo
