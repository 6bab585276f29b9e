// A page or folio of an NFS file's page cache (struct page and struct folio of
// include/linux/mm_types.h): which request hangs on it and whether it is dirty or being written.
// The first words of both are the same; a folio is asked for where the kernel has it, because
// struct page loses these members bit by bit.
// We promise: flag words are without the node, zone and section numbers above the flags.
#pragma once

#include "nfs/describe.h"
#include "nfs/writeback_flags.h"

namespace nfstriage::nfs {

struct Folio {
    VAddr address;
    Field<std::uint64_t> flags;     // bits of enum pageflags
    Field<VAddr> mapping, request;  // its address_space; private, whatever that is
    Field<std::uint64_t> index;     // in its file, in pages
};

// Reads folios with what is asked of the types once.
class FolioReader {
public:
    explicit FolioReader(const kernel::Reader& reader);

    Folio read(VAddr address) const;
    // Bytes from one struct page to the next; Unknown(no_type).
    Maybe<std::uint64_t> size() const { return size_; }
    // Whether the flag is set; Unknown: the word's reason, no_type for a flag the kernel lacks.
    Maybe<bool> has(const Field<Flags>& flags, std::string_view flag) const {
        return names_.is_set(flags, flag);
    }
    Maybe<std::uint64_t> mask(std::string_view flag) const { return names_.mask(flag); }
    Field<Flags> named(const Field<std::uint64_t>& flags) const { return names_.named(flags); }

private:
    const kernel::Reader& reader_;
    kernel::Object shape_;  // at no address: the type with its members
    Maybe<std::uint64_t> size_;
    FlagNames names_;
    std::uint64_t mask_ = 0;  // of the flags in their word; 0: not known
    std::string_view flags_member_;
};

}  // namespace nfstriage::nfs
