// Words of flags of NFS writeback whose bits have names in the dump's own types: enumerators of
// wb_flags (include/linux/nfs_page.h), enum pageflags, enum mapping_flags.
// We promise: a bit's name is what this kernel calls it, whatever its number was elsewhere.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "nfs/describe.h"

namespace nfstriage::nfs {

// The names of one word's bits.
class FlagNames {
public:
    // Asks for each enumerator; the first name that claims a bit keeps it.
    FlagNames(const kernel::Reader& reader, std::span<const std::string_view> enumerators);

    Flags named(std::uint64_t bits) const;
    Field<Flags> named(const Field<std::uint64_t>& word) const;
    // The mask of a flag. Unknown(no_type) if the kernel has none of that name.
    Maybe<std::uint64_t> mask(std::string_view name) const;
    // Whether the flag is set in a word of these. Unknown: as mask(), and the word's reason.
    Maybe<bool> is_set(const Field<Flags>& word, std::string_view name) const;
    bool known() const { return !known_.empty(); }  // whether any name was found

private:
    struct Known {
        std::string_view name;  // in names_
        std::uint64_t mask;
    };
    std::shared_ptr<const kernel::BitTable> names_;
    std::vector<Known> known_;
};

FlagNames nfs_page_flags(const kernel::Reader& reader);  // wb_flags
FlagNames folio_flags(const kernel::Reader& reader);
FlagNames mapping_flags(const kernel::Reader& reader);

}  // namespace nfstriage::nfs
