// kallsyms without VMCOREINFO's help (before v6.0): its token table holds the digits as strings of
// their own, "0\0" "1\0" ... "9\0", which is rare enough to search for; everything around it is
// then checked hard, because there are false candidates.
#pragma once

#include "layout/kallsyms.h"

namespace nfstriage::layout {

// Searches `size` bytes from `begin` (the kernel's image from _stext on). Reads what it can; absent
// pages are skipped. Unknown(no_symbol) when nothing passes the checks,
// Unknown(budget) when too much has to be checked.
Maybe<KallsymsPlaces> search_kallsyms(const dump::Memory& memory, VAddr begin, std::uint64_t size);

}  // namespace nfstriage::layout
