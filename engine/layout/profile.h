// A kernel profile: what debuginfo knows of one kernel build, distilled into one small file that is
// mapped at use: types as BTF, symbols, ORC, source lines and parameters (code_table.h). Made by
// `nfstriage profile build` (debuginfo/build_profile.h), so that no analysis ever opens DWARF.
//
// The file: a header, a table of sections, the sections. Every section has a kind, the object that
// it describes ("" is vmlinux, "nfs" the module) and a CRC-32. Sections that are used as a whole
// are checked when they are first asked for; those of which blocks are read have a check sum in
// each block. Numbers are little endian.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "layout/kernel_identity.h"

namespace nfstriage::layout {

enum class ProfileSection : std::uint32_t {
    identity = 1,  // text, one "key=value" a line
    types = 2,     // profile_types.h: BTF of all objects together
    symbols = 3,   // profile_symbols.h
    orc = 4,       // debuginfo/orc_section.h
    code = 5,      // code_table.h
    cfi = 6,       // cfi_table.h
    samples = 7,   // profile_match.h
    absent = 8,    // profile_types.h: text, one type that this kernel does not have a line
    sections = 9   // module_sections.h: of a module; absent in profiles of earlier versions
};

struct ProfileObject {  // vmlinux ("") or a module
    std::string name;
    std::string build_id, srcversion, vermagic;  // "" if unknown
};

class Profile {
public:
    // Errors: unreadable, no profile, another format version, damaged.
    static Result<std::unique_ptr<Profile>> open(const std::filesystem::path& path);

    // One that is in memory, which must outlive it; `name` stands for its path. Errors as of
    // open(), but for unreadable.
    static Result<std::unique_ptr<Profile>> from_bytes(ByteSpan bytes, std::string name);
    ~Profile();

    const std::filesystem::path& path() const;
    const KernelIdentity& identity() const;
    const std::vector<ProfileObject>& objects() const;

    // The bytes of a section, valid as long as the profile. Unknown(no_type) when the profile has
    // none, Unknown(corrupt) when its check sum is wrong.
    Maybe<ByteSpan> section(ProfileSection kind, std::string_view object = {}) const;

    // Reads the whole file: one sentence for each section that does not match its check sum.
    std::vector<std::string> damaged_sections() const;

    struct Entry {
        ProfileSection kind;
        std::string object;
        std::uint64_t size = 0;  // bytes
    };
    std::vector<Entry> entries() const;

private:
    struct State;
    static Result<std::unique_ptr<Profile>> made_of(std::unique_ptr<State> state);
    explicit Profile(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

// Whether the file begins like a profile; not that it is sound.
bool is_profile(const std::filesystem::path& path);

// The bytes of a profile file.
struct ProfilePart {
    ProfileSection kind;
    std::string object;
    std::vector<std::uint8_t> bytes;
};
std::vector<std::uint8_t> write_profile(const KernelIdentity& identity,
                                        const std::vector<ProfileObject>& objects,
                                        const std::vector<ProfilePart>& parts);

}  // namespace nfstriage::layout
