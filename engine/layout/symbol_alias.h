// Which of several symbols at one address names what is there. Linker scripts put marks around
// parts of the kernel (the *_TEXT macros of include/asm-generic/vmlinux.lds.h: __sched_text_start
// lies where __switch_to begins), and functions have aliases (__pi_memcpy). We prefer what
// scripts/kallsyms.c (compare_symbols) sorts first, so that a profile says what a console log and
// the kernel's own table say: what is not a linker's mark, not weak, has the fewest underscores in
// front. Beyond that rule the marks are known that have no "__" in front, as _stext.
#pragma once

#include <string_view>

namespace nfstriage::layout {

// Whether the linker made the symbol, by its name: _stext, _einittext, __sched_text_start, ...
bool is_linker_mark(std::string_view name);

// Whether `a` rather than `b`, at the same address, is what is there. `type` as nm prints it. False
// for both ways round if the names say nothing: then the first of the table.
bool names_better(std::string_view a, char type_a, std::string_view b, char type_b);

}  // namespace nfstriage::layout
