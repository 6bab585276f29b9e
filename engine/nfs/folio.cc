#include "nfs/folio.h"

namespace nfstriage::nfs {
namespace {

// Folios are pages with these members since v5.16 (7b230db3b8d3); asked for by member, because a
// kernel may describe struct folio only in part.
kernel::Object shape(const kernel::Reader& reader) {
    kernel::Object folio = reader.object("struct folio", VAddr{});
    return folio.has("mapping") ? folio : reader.object("struct page", VAddr{});
}

}  // namespace

FolioReader::FolioReader(const kernel::Reader& reader)
    : reader_(reader),
      shape_(shape(reader)),
      size_(reader.types().size_of("struct page")),
      names_(folio_flags(reader)) {
    // Above the flags the word tells node, zone and section.
    auto count = reader.types().enumerator("__NR_PAGEFLAGS");
    mask_ = count && *count > 0 && *count < 64 ? (std::uint64_t{1} << *count) - 1 : 0;
    // A word that is a structure of its own has one member, memdesc_flags_t.f, in 7.3.
    flags_member_ = shape_.first_of({"flags.f", "flags"});
}

Folio FolioReader::read(VAddr address) const {
    kernel::Object folio = reader_.object(shape_.type(), address);
    Folio result;
    result.address = address;
    result.flags = folio.get<std::uint64_t>(flags_member_);
    if (result.flags && mask_ != 0) result.flags = {*result.flags & mask_, result.flags.origin()};
    result.mapping = folio.get<VAddr>("mapping");
    result.request = folio.get<VAddr>("private");
    result.index = folio.get<std::uint64_t>("index");
    return result;
}

}  // namespace nfstriage::nfs
