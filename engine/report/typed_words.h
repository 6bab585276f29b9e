// Single values of C types in words, as text prints them.
#pragma once

#include <string>

#include "base/arch.h"
#include "kernel/typed_value.h"

namespace nfstriage::report {

// "-107", "0x6", "0xffff8881027f0000 <init_net>", "NFS_CONTEXT_BAD (1)", "\"nfs\"", "(not dumped)".
// Of values without parts. Escaped.
std::string scalar_text(const kernel::TypedValue& value, Arch arch);

// "(not dumped)": why a value is not known.
std::string unknown_text(const Unknown& why);

// What a pointer is besides an address: "NULL" is not; "LIST_POISON2", "ERR_PTR(-EIO)"; "" if
// nothing is known.
std::string pointer_remark(const kernel::TypedValue& value, Arch arch);

// What is to be said of a structure as a whole: "empty" of a list head that points to itself.
std::string structure_remark(const kernel::TypedValue& value);

}  // namespace nfstriage::report
