// kallsyms as a kernel's image holds it, for tests of its reader.
#pragma once

#include "fakes/memory.h"
#include "mkdump/kallsyms_writer.h"

namespace nfstriage::fakes {

using mkdump::KallsymsImage;

}  // namespace nfstriage::fakes
