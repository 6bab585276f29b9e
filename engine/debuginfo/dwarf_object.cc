#include "debuginfo/dwarf_object.h"

#include <algorithm>
#include <cstring>
#include <type_traits>
#include <utility>

#include "debuginfo/dwarf_alternate.h"
#include "debuginfo/dwarf_list_headers.h"

namespace nfstriage::debuginfo {
namespace {

constexpr std::size_t kUnitsBetweenReleases = 256;

// The sections that libdwarf may see, in an index space of its own: 0 is the empty section.
struct SectionView {
    struct Shown {
        std::size_t section;
        std::uint64_t size;  // of its first bytes, which libdwarf gets
    };
    const ElfObject* elf = nullptr;
    std::vector<Shown> sections;
    std::string failure;  // of the section last loaded
};

bool shown(const ElfSection& section) {
    return section.name.rfind(".debug_", 0) == 0 || section.name == ".eh_frame";
}

template <class Index, class Section>
int section_info(void* object, Index index, Section* out, int* error) {
    const auto& view = *static_cast<const SectionView*>(object);
    *out = {};
    if (index > view.sections.size()) {
        *error = DW_DLE_MDE;
        return DW_DLV_ERROR;
    }
    static const ElfSection kNone{};
    const ElfSection& section =
        index == 0 ? kNone : view.elf->sections()[view.sections[index - 1].section];
    std::uint64_t size = index == 0 ? 0 : view.sections[index - 1].size;
#ifdef NFSTRIAGE_LIBDWARF_ACCESS_A
    out->as_name = section.name.c_str();
    out->as_type = section.type;
    out->as_addr = section.address;
    out->as_size = size;
#else
    out->name = section.name.c_str();
    out->type = section.type;
    out->addr = section.address;
    out->size = size;
#endif
    return DW_DLV_OK;
}

template <class Index>
int load_section(void* object, Index index, Dwarf_Small** data, int* error) {
    auto& view = *static_cast<SectionView*>(object);
    *data = nullptr;
    if (index == 0 || index > view.sections.size()) return DW_DLV_NO_ENTRY;
    auto bytes = view.elf->bytes(view.sections[index - 1].section);
    if (!bytes) {
        view.failure = to_string(bytes.error());
        *error = DW_DLE_MDE;
        return DW_DLV_ERROR;
    }
    if (bytes->empty()) return DW_DLV_NO_ENTRY;
    *data = const_cast<Dwarf_Small*>(bytes->data());  // only read: we give no relocation function
    return DW_DLV_OK;
}

Dwarf_Small eight(void*) { return 8; }

Dwarf_Unsigned section_count(void* object) {
    return static_cast<const SectionView*>(object)->sections.size() + 1;
}

#ifdef NFSTRIAGE_LIBDWARF_ACCESS_A
using Interface = Dwarf_Obj_Access_Interface_a;
using Methods = Dwarf_Obj_Access_Methods_a;
Methods make_methods() {
    Methods methods{};
    methods.om_get_section_info = section_info<Dwarf_Unsigned, Dwarf_Obj_Access_Section_a>;
    methods.om_get_byte_order = [](void*) -> Dwarf_Small { return DW_END_little; };
    methods.om_get_length_size = eight;
    methods.om_get_pointer_size = eight;
    methods.om_get_filesize = [](void*) -> Dwarf_Unsigned { return INT64_MAX; };
    methods.om_get_section_count = section_count;
    methods.om_load_section = load_section<Dwarf_Unsigned>;
    return methods;
}
Interface make_interface(SectionView& view, const Methods& methods) { return {&view, &methods}; }
#else
using Interface = Dwarf_Obj_Access_Interface;
using Methods = Dwarf_Obj_Access_Methods;
Methods make_methods() {
    Methods methods{};
    methods.get_section_info = section_info<Dwarf_Half, Dwarf_Obj_Access_Section>;
    methods.get_byte_order = [](void*) { return DW_OBJECT_LSB; };
    methods.get_length_size = eight;
    methods.get_pointer_size = eight;
    methods.get_section_count = section_count;
    methods.load_section = load_section<Dwarf_Half>;
    return methods;
}
Interface make_interface(SectionView& view, const Methods& methods) { return {&view, &methods}; }
#endif

// Older releases report errors while closing.
template <class Finish>
void finish(Finish function, Dwarf_Debug debug) {
    if constexpr (std::is_invocable_v<Finish, Dwarf_Debug>) {
        function(debug);
    } else {
        Dwarf_Error error = nullptr;
        function(debug, &error);
    }
}

}  // namespace

Die& Die::operator=(Die&& other) noexcept {
    if (this == &other) return *this;
    reset();
    library_ = other.library_;
    debug_ = other.debug_;
    die_ = std::exchange(other.die_, nullptr);
    return *this;
}

void Die::reset() {
    if (die_ != nullptr) library_->dealloc_die(die_);
    die_ = nullptr;
}

void Die::release(Dwarf_Error error) const {
    if (error != nullptr) library_->dealloc_error(debug_, error);
}

Dwarf_Half Die::tag() const {
    Dwarf_Half tag = 0;
    Dwarf_Error error = nullptr;
    if (library_->tag(die_, &tag, &error) == DW_DLV_OK) return tag;
    release(error);
    return 0;
}

std::uint64_t Die::offset() const {
    Dwarf_Off offset = 0;
    Dwarf_Error error = nullptr;
    if (library_->dieoffset(die_, &offset, &error) != DW_DLV_OK) release(error);
    return offset;
}

std::optional<Dwarf_Attribute> Die::find(Dwarf_Half attribute) const {
    Dwarf_Attribute found = nullptr;
    Dwarf_Error error = nullptr;
    if (library_->attr(die_, attribute, &found, &error) == DW_DLV_OK) return found;
    release(error);
    return std::nullopt;
}

std::string_view Die::name() const {
    char* name = nullptr;
    Dwarf_Error error = nullptr;
    if (library_->diename(die_, &name, &error) == DW_DLV_OK && name != nullptr) return name;
    release(error);
    return {};
}

std::string_view Die::text(Dwarf_Half attribute) const {
    auto found = find(attribute);
    if (!found) return {};
    char* text = nullptr;
    Dwarf_Error error = nullptr;
    bool read = library_->formstring(*found, &text, &error) == DW_DLV_OK;
    if (!read) release(error);
    library_->dealloc_attribute(*found);
    return read && text != nullptr ? std::string_view(text) : std::string_view();
}

bool Die::has(Dwarf_Half attribute) const {
    Dwarf_Bool has = 0;
    Dwarf_Error error = nullptr;
    if (library_->hasattr(die_, attribute, &has, &error) == DW_DLV_OK) return has != 0;
    release(error);
    return false;
}

bool Die::flag(Dwarf_Half attribute) const {
    auto found = find(attribute);
    if (!found) return false;
    Dwarf_Bool value = 0;
    Dwarf_Error error = nullptr;
    if (library_->formflag(*found, &value, &error) != DW_DLV_OK) release(error);
    library_->dealloc_attribute(*found);
    return value != 0;
}

std::optional<std::uint64_t> Die::number(Dwarf_Half attribute) const {
    auto found = find(attribute);
    if (!found) return std::nullopt;
    std::optional<std::uint64_t> result;
    Dwarf_Unsigned value = 0;
    Dwarf_Signed signed_value = 0;
    Dwarf_Error error = nullptr;
    if (library_->formudata(*found, &value, &error) == DW_DLV_OK) {
        result = value;
    } else {
        release(error);
        error = nullptr;
        if (library_->formsdata(*found, &signed_value, &error) == DW_DLV_OK)
            result = static_cast<std::uint64_t>(signed_value);
        else
            release(error);
    }
    library_->dealloc_attribute(*found);
    return result;
}

std::optional<std::int64_t> Die::signed_number(Dwarf_Half attribute) const {
    auto found = find(attribute);
    if (!found) return std::nullopt;
    std::optional<std::int64_t> result;
    Dwarf_Signed value = 0;
    Dwarf_Error error = nullptr;
    if (library_->formsdata(*found, &value, &error) == DW_DLV_OK)
        result = value;
    else
        release(error);
    library_->dealloc_attribute(*found);
    return result;
}

std::optional<ByteSpan> block_of(const Libdwarf& library, Dwarf_Debug debug,
                                 Dwarf_Attribute attribute) {
    Dwarf_Unsigned size = 0;
    Dwarf_Ptr bytes = nullptr;
    Dwarf_Error error = nullptr;
    if (library.formexprloc(attribute, &size, &bytes, &error) == DW_DLV_OK)
        return ByteSpan(static_cast<const std::uint8_t*>(bytes), size);
    if (error != nullptr) library.dealloc_error(debug, error);
    Dwarf_Block* block = nullptr;
    error = nullptr;
    if (library.formblock(attribute, &block, &error) == DW_DLV_OK) {
        ByteSpan result(static_cast<const std::uint8_t*>(block->bl_data), block->bl_len);
        library.dealloc(debug, block, DW_DLA_BLOCK);
        return result;
    }
    if (error != nullptr) library.dealloc_error(debug, error);
    return std::nullopt;
}

std::optional<ByteSpan> Die::block(Dwarf_Half attribute) const {
    auto found = find(attribute);
    if (!found) return std::nullopt;
    auto result = block_of(*library_, debug_, *found);
    library_->dealloc_attribute(*found);
    return result;
}

std::optional<Die::Reference> Die::reference(Dwarf_Half attribute) const {
    auto found = find(attribute);
    if (!found) return std::nullopt;
    std::optional<Reference> result;
    Dwarf_Half form = 0;
    Dwarf_Error error = nullptr;
    if (library_->whatform(*found, &form, &error) == DW_DLV_OK) {
        Reference reference;
        reference.alternate =
            form == DW_FORM_GNU_ref_alt || form == DW_FORM_ref_sup4 || form == DW_FORM_ref_sup8;
        if (form == DW_FORM_ref_sig8) {
            Dwarf_Sig8 signature{};
            if (library_->formsig8(*found, &signature, &error) == DW_DLV_OK) {
                reference.by_signature = true;
                std::memcpy(&reference.offset, signature.signature, sizeof signature.signature);
                result = reference;
            }
        } else {
            Dwarf_Off offset = 0;
            if (library_->global_formref(*found, &offset, &error) == DW_DLV_OK) {
                reference.offset = offset;
                result = reference;
            }
        }
    }
    if (!result) release(error);
    library_->dealloc_attribute(*found);
    return result;
}

Die Die::child() const {
    Dwarf_Die found = nullptr;
    Dwarf_Error error = nullptr;
    if (library_->child(die_, &found, &error) == DW_DLV_OK) return {*library_, debug_, found};
    release(error);
    return {};
}

Die Die::sibling() const {
    Dwarf_Die found = nullptr;
    Dwarf_Error error = nullptr;
    if (library_->siblingof_b(debug_, die_, 1, &found, &error) == DW_DLV_OK)
        return {*library_, debug_, found};
    release(error);
    return {};
}

struct DwarfObject::State {
    const ElfObject* elf = nullptr;
    const Libdwarf* library = nullptr;
    SectionView view;
    Methods methods = make_methods();
    Interface access = make_interface(view, methods);
    Dwarf_Debug debug = nullptr;
    std::unique_ptr<ElfObject> alternate_elf;
    std::unique_ptr<DwarfObject> alternate;
    std::string missing_alternate;
    std::vector<DwarfUnit> units;
    std::string damage;

    void read_units(ByteSpan info);
    void show_sections();
    void add_damage(const std::string& section, std::uint64_t at);
};

void DwarfObject::State::add_damage(const std::string& section, std::uint64_t at) {
    if (!damage.empty()) damage += "; ";
    damage += section + " is damaged at byte " + std::to_string(at);
}

// Hides what libdwarf cannot bear.
void DwarfObject::State::show_sections() {
    for (std::size_t i = 1; i < elf->sections().size(); ++i) {
        const ElfSection& section = elf->sections()[i];
        if (!shown(section)) continue;
        std::uint64_t size = section.size;
        if (has_list_headers(section.name)) {
            auto bytes = elf->bytes(i);
            size = bytes ? sound_list_bytes(*bytes) : 0;
            if (!bytes || size != bytes->size()) add_damage(section.name, size);
        }
        if (size != 0) view.sections.push_back({i, size});
    }
}

// The unit headers: DWARF 5 section 7.5.1, DWARF 4 section 7.5.1.1.
void DwarfObject::State::read_units(ByteSpan info) {
    Bytes bytes(info);
    auto stop = [&](std::uint64_t at) { add_damage(".debug_info", at); };
    for (std::uint64_t at = 0; at < bytes.size();) {
        DwarfUnit unit;
        unit.begin = at;
        auto length32 = bytes.get<std::uint32_t>(at);
        if (!length32 || (*length32 >= 0xfffffff0 && *length32 != 0xffffffff)) return stop(at);
        bool wide = *length32 == 0xffffffff;  // 64-bit DWARF
        std::uint64_t length = *length32, start = at + 4;
        unit.offset_size = wide ? 8 : 4;
        if (wide) {
            auto length64 = bytes.get<std::uint64_t>(at + 4);
            if (!length64) return stop(at);
            length = *length64;
            start = at + 12;
        }
        auto version = bytes.get<std::uint16_t>(start);
        if (!bytes.range(start, length) || !version || *version < 2 || *version > 5)
            return stop(at);
        unit.version = *version;
        unit.end = start + length;
        unit.die = start + 2 + unit.offset_size + 1;
        if (unit.version >= 5) {
            auto type = bytes.get<std::uint8_t>(start + 2);
            if (!type) return stop(at);
            unit.type = *type;
            unit.die += 1;
            if (unit.type == DW_UT_skeleton || unit.type == DW_UT_split_compile) unit.die += 8;
            if (unit.type == DW_UT_type || unit.type == DW_UT_split_type)
                unit.die += 8 + unit.offset_size;
        }
        if (unit.die > unit.end) return stop(at);
        units.push_back(unit);
        at = unit.end;
        if (units.size() % kUnitsBetweenReleases == 0) elf->release(info);
    }
}

DwarfObject::DwarfObject(std::unique_ptr<State> state) : state_(std::move(state)) {}

DwarfObject::~DwarfObject() {
    if (state_->debug != nullptr) finish(state_->library->object_finish, state_->debug);
}

Result<std::unique_ptr<DwarfObject>> DwarfObject::open_one(const ElfObject& elf) {
    const auto& library = Libdwarf::load();
    if (!library) return tl::unexpected<Error>(library.error());
    auto info_section = elf.find(".debug_info");
    if (!info_section || elf.sections()[*info_section].size == 0)
        return error(elf.path().string(), {}, "expected debug information, found none",
                     "give the file of the debuginfo package");
    auto info = elf.bytes(*info_section);
    if (!info) return tl::unexpected<Error>(info.error());

    std::unique_ptr<DwarfObject> object(new DwarfObject(std::make_unique<State>()));
    State& state = *object->state_;
    state.elf = &elf;
    state.library = &*library;
    state.view.elf = &elf;
    state.show_sections();
    state.read_units(*info);
    Dwarf_Error failure = nullptr;
    int opened = library->object_init_b(&state.access, nullptr, nullptr, 0, &state.debug, &failure);
    if (opened != DW_DLV_OK) {
        std::string why = opened == DW_DLV_ERROR ? library->errmsg(failure) : "no DWARF";
        if (failure != nullptr) library->dealloc_error(nullptr, failure);
        state.debug = nullptr;
        return error(elf.path().string(), {},
                     "debug information cannot be read: " +
                         (state.view.failure.empty() ? why : state.view.failure),
                     "the file is damaged or cut short: fetch it again");
    }
    return object;
}

Result<std::unique_ptr<DwarfObject>> DwarfObject::open(const ElfObject& elf) {
    auto object = open_one(elf);
    auto link = elf.alternate_link();
    if (!object || !link) return object;
    State& state = *(*object)->state_;
    auto found = find_alternate(elf.path(), *link);
    if (!found) {
        state.missing_alternate = found.error().expected;
        return object;
    }
    auto alternate = open_one(**found);
    if (!alternate) {
        state.missing_alternate = to_string(alternate.error());
        return object;
    }
    Dwarf_Error failure = nullptr;
    if (state.library->set_tied_dbg(state.debug, (*alternate)->handle(), &failure) != DW_DLV_OK) {
        state.missing_alternate = state.library->errmsg(failure);
        state.library->dealloc_error(state.debug, failure);
        return object;
    }
    state.alternate_elf = std::move(*found);
    state.alternate = std::move(*alternate);
    return object;
}

const ElfObject& DwarfObject::elf() const { return *state_->elf; }
const Libdwarf& DwarfObject::library() const { return *state_->library; }
Dwarf_Debug DwarfObject::handle() const { return state_->debug; }
const DwarfObject* DwarfObject::alternate() const { return state_->alternate.get(); }
const std::string& DwarfObject::missing_alternate() const { return state_->missing_alternate; }
const std::vector<DwarfUnit>& DwarfObject::units() const { return state_->units; }
const std::string& DwarfObject::damage() const { return state_->damage; }

std::optional<std::size_t> DwarfObject::unit_at(std::uint64_t offset) const {
    const auto& units = state_->units;
    auto after = std::upper_bound(
        units.begin(), units.end(), offset,
        [](std::uint64_t value, const DwarfUnit& unit) { return value < unit.begin; });
    if (after == units.begin() || offset >= std::prev(after)->end) return std::nullopt;
    return static_cast<std::size_t>(after - units.begin()) - 1;
}

void DwarfObject::release() const {
    for (const SectionView::Shown& shown : state_->view.sections)
        if (auto bytes = state_->elf->bytes(shown.section)) state_->elf->release(*bytes);
}

Die DwarfObject::die_at(std::uint64_t offset) const {
    if (!unit_at(offset)) return {};
    Dwarf_Die found = nullptr;
    Dwarf_Error error = nullptr;
    const Libdwarf& library = *state_->library;
    if (library.offdie_b(state_->debug, offset, 1, &found, &error) == DW_DLV_OK)
        return {library, state_->debug, found};
    if (error != nullptr) library.dealloc_error(state_->debug, error);
    return {};
}

}  // namespace nfstriage::debuginfo
