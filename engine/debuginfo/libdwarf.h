// libdwarf's functions, found by name when debug files are first read: no analysis pays for the
// library. Releases 20210528 (Debian 12) and 0.11 (Debian 13) carry the same soname and differ in
// structures, so that the one loaded must be of the kind that we were built with.
#pragma once

#include <libdwarf/dwarf.h>
#include <libdwarf/libdwarf.h>

#include "base/result.h"

namespace nfstriage::debuginfo {

// Add a function here to use it: dwarf_child becomes Libdwarf::child.
// clang-format off
#define NFSTRIAGE_LIBDWARF_FUNCTIONS(X)                                                            \
    /* objects */ X(object_init_b) X(object_finish) X(set_tied_dbg) X(set_de_alloc_flag)           \
    /* memory and errors */ X(dealloc) X(dealloc_die) X(dealloc_attribute) X(dealloc_error)        \
    X(errmsg)                                                                                      \
    /* units and DIEs */ X(next_cu_header_d) X(siblingof_b) X(child) X(offdie_b) X(dieoffset)      \
    X(CU_dieoffset_given_die) X(die_CU_offset_range) X(cu_header_basics) X(tag) X(diename)         \
    X(lowpc) X(highpc_b) X(find_die_given_sig8)                                                    \
    /* attributes */ X(attr) X(attrlist) X(hasattr) X(whatattr) X(whatform) X(formudata)           \
    X(formsdata) X(formstring) X(formflag) X(formaddr) X(global_formref) X(formexprloc)            \
    X(formblock) X(formsig8)                                                                       \
    /* ranges and locations */ X(get_ranges_b) X(rnglists_get_rle_head)                            \
    X(get_rnglists_entry_fields_a) X(dealloc_rnglists_head) X(get_loclist_c)                       \
    X(get_locdesc_entry_d) X(get_location_op_value_c) X(get_aranges) X(get_arange_info_b)          \
    /* lines */ X(srclines_b) X(srclines_from_linecontext) X(srclines_dealloc_b)                   \
    X(srclines_files_indexes) X(srclines_files_data_b) X(srclines_include_dir_data)                \
    X(srclines_include_dir_count) X(lineaddr) X(lineno) X(line_srcfileno) X(lineendsequence)       \
    /* frames */ X(get_fde_list) X(get_fde_list_eh) X(get_fde_range)
// clang-format on

struct Libdwarf {
#define NFSTRIAGE_DECLARE(name) decltype(&dwarf_##name) name = nullptr;
    NFSTRIAGE_LIBDWARF_FUNCTIONS(NFSTRIAGE_DECLARE)
#undef NFSTRIAGE_DECLARE

    // Loaded once for the process. Errors: not installed, another kind than we were built with.
    // Automatic freeing is turned off, which costs libdwarf most of its time otherwise: everything
    // that it allocates is to be given back by name.
    static const Result<Libdwarf>& load();
};

}  // namespace nfstriage::debuginfo
