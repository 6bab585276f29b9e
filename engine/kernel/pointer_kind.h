// What kind of value a pointer is, in words and with the ground for them: NULL, an error number
// (include/linux/err.h), one of the kernel's poison values (include/linux/poison.h), an address
// that no kernel pointer can have, or what stands at it in the dump. We promise: "freed" is said
// only of an object that a freelist holds; a guess is a hint and says so.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/arch.h"
#include "dump/dump.h"
#include "kernel/objects.h"
#include "layout/symbols.h"

namespace nfstriage::kernel {

enum class PointerKind : std::uint8_t {
    null,           // NULL, or a member's offset from it
    error,          // ERR_PTR(-ENOMEM)
    poison,         // a value that the kernel puts into what must not be used any more
    non_canonical,  // neither half of the address space
    user,           // the half of user space
    freed,          // a slab object that is on a freelist
    unmapped,       // a kernel address that the page tables do not map
    object,         // a slab object
    page,           // a struct page
    symbol,         // kernel or module code or data
    kernel          // a kernel address of which no more is known
};

std::string_view to_string(PointerKind kind);  // "non_canonical"

struct PointerWords {
    PointerKind kind = PointerKind::kernel;
    std::string text;    // "LIST_POISON2", "freed object of slab cache nfs_page"
    std::string ground;  // "list_del() leaves it in the prev of what it took off"; may be empty
    std::string hint;    // what it may be besides, never certain; may be empty

    // A pointer that nothing may be read through.
    bool is_bad() const;
    std::string sentence() const;  // "LIST_POISON2 (list_del() leaves ...)"
};

// What the value alone tells: for console logs. `va_bits`: 48 or 57 on x86_64 where known.
PointerWords pointer_words(std::uint64_t value, Arch arch, std::optional<unsigned> va_bits);

// What the dump tells of it. `type`: what it should point to ("struct nfs_page"), or "".
PointerWords pointer_words(std::uint64_t value, std::string_view type, const dump::Dump& dump,
                           const layout::Symbols& symbols, Objects& objects);

// What list_del() leaves in the links of a removed node: LIST_POISON1 and 2.
bool is_list_poison(VAddr address);

// "ENOMEM" for 12; "" for a number that include/uapi/asm-generic/errno*.h and include/linux/errno.h
// do not name.
std::string_view errno_name(unsigned number);

}  // namespace nfstriage::kernel
