// The debug information of one ELF file through libdwarf, which gets the sections from ElfObject:
// it neither copies, unpacks nor relocates them itself. Format: DWARF 4 and 5 (dwarfstd.org). A
// file that dwz shortened refers to an alternate file for what several files share; it is looked
// for beside the file, in .dwz and by build id in .build-id of the folders above. We promise:
// handles given back, offsets checked, no CU asked for that is not needed.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/maybe.h"
#include "base/result.h"
#include "debuginfo/elf_object.h"
#include "debuginfo/libdwarf.h"

namespace nfstriage::debuginfo {

class DwarfObject;

// One debugging information entry; owns libdwarf's handle.
class Die {
public:
    Die() = default;
    Die(const Libdwarf& library, Dwarf_Debug debug, Dwarf_Die die)
        : library_(&library), debug_(debug), die_(die) {}
    Die(Die&& other) noexcept { *this = std::move(other); }
    Die& operator=(Die&& other) noexcept;
    ~Die() { reset(); }

    explicit operator bool() const { return die_ != nullptr; }
    Dwarf_Die handle() const { return die_; }
    Dwarf_Debug debug() const { return debug_; }

    Dwarf_Half tag() const;        // DW_TAG_*, 0 when damaged
    std::uint64_t offset() const;  // in .debug_info
    // Points into the object's sections; "" when it has none. A name in a missing alternate file
    // is "" too.
    std::string_view name() const;
    std::string_view text(Dwarf_Half attribute) const;
    bool has(Dwarf_Half attribute) const;
    bool flag(Dwarf_Half attribute) const;  // false when absent
    // A constant; nothing when absent, damaged, or an expression.
    std::optional<std::uint64_t> number(Dwarf_Half attribute) const;
    std::optional<std::int64_t> signed_number(Dwarf_Half attribute) const;

    // The bytes of an expression or block; nothing for other forms.
    std::optional<ByteSpan> block(Dwarf_Half attribute) const;

    // What a reference attribute points to.
    struct Reference {
        bool alternate = false;     // in the alternate file
        bool by_signature = false;  // DW_FORM_ref_sig8: `offset` is the signature
        std::uint64_t offset = 0;
    };
    std::optional<Reference> reference(Dwarf_Half attribute) const;

    // False handles when there is none, or the entry is damaged. Siblings of a damaged entry may
    // lead back: a walk without a bound has no end.
    Die child() const;
    Die sibling() const;

private:
    void reset();
    std::optional<Dwarf_Attribute> find(Dwarf_Half attribute) const;
    void release(Dwarf_Error error) const;

    const Libdwarf* library_ = nullptr;
    Dwarf_Debug debug_ = nullptr;
    Dwarf_Die die_ = nullptr;
};

// The bytes of an attribute that is an expression or a block; they belong to the file. Nothing: it
// is neither, or leaves its unit.
std::optional<ByteSpan> block_of(const Libdwarf& library, Dwarf_Debug debug,
                                 Dwarf_Attribute attribute);

// A unit of .debug_info, read from its header without the library.
struct DwarfUnit {
    std::uint64_t begin = 0, end = 0;  // half-open range of offsets, header included
    std::uint64_t die = 0;             // offset of its first DIE
    std::uint16_t version = 0;
    std::uint8_t offset_size = 4;       // bytes; 8 in 64-bit DWARF
    std::uint8_t type = DW_UT_compile;  // DW_UT_*; DW_UT_compile before DWARF 5
};

class DwarfObject {
public:
    // `elf` must outlive it. Errors: no debug information, damaged, no libdwarf. An alternate file
    // that is needed and missing is not an error: see missing_alternate().
    static Result<std::unique_ptr<DwarfObject>> open(const ElfObject& elf);
    ~DwarfObject();
    DwarfObject(const DwarfObject&) = delete;
    DwarfObject& operator=(const DwarfObject&) = delete;

    const ElfObject& elf() const;
    const Libdwarf& library() const;
    Dwarf_Debug handle() const;

    // The alternate file's, or null.
    const DwarfObject* alternate() const;
    // One sentence when there should be an alternate file and there is none; empty otherwise.
    const std::string& missing_alternate() const;

    // In file order; stops where the headers are damaged, and says so in damage().
    const std::vector<DwarfUnit>& units() const;
    // What of the file is not used because its headers are damaged: units, and the lists of ranges
    // and locations from the damage on. Empty in a sound file.
    const std::string& damage() const;
    // The unit that holds an offset of .debug_info.
    std::optional<std::size_t> unit_at(std::uint64_t offset) const;

    // The DIE at an offset of .debug_info; a false one when there is none. In a file with many
    // units the library looks for the unit one by one: walk from the unit's first DIE where many
    // are wanted.
    Die die_at(std::uint64_t offset) const;

    // Lets the memory go that reading so far has mapped. What was handed out stays valid.
    void release() const;

private:
    struct State;
    explicit DwarfObject(std::unique_ptr<State> state);
    static Result<std::unique_ptr<DwarfObject>> open_one(const ElfObject& elf);
    std::unique_ptr<State> state_;
};

}  // namespace nfstriage::debuginfo
