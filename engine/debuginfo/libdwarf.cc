#include "debuginfo/libdwarf.h"

#include <dlfcn.h>

#include <string>
#include <type_traits>

namespace nfstriage::debuginfo {
namespace {

Result<Libdwarf> find_functions() {
    // A sanitizer looks for leaks at the end: the library stays loaded.
    void* library = ::dlopen(NFSTRIAGE_LIBDWARF, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
    if (library == nullptr)
        return error(NFSTRIAGE_LIBDWARF, {}, "is needed to read debug files, and is not installed",
                     "install the package libdwarf1");
        // Only releases since 0.3 have both the other structures and this function.
#ifdef NFSTRIAGE_LIBDWARF_ACCESS_A
    constexpr bool kNew = true;
#else
    constexpr bool kNew = false;
#endif
    if ((::dlsym(library, "dwarf_next_cu_header_e") != nullptr) != kNew)
        return error(NFSTRIAGE_LIBDWARF, {}, "is of another kind than this program was built with",
                     "install the package libdwarf1 of the distribution that it was built for");
    Libdwarf result;
    std::string missing;
    auto find = [&](auto& function, const char* name) {
        function =
            reinterpret_cast<std::remove_reference_t<decltype(function)>>(::dlsym(library, name));
        if (function == nullptr) missing += std::string(missing.empty() ? "" : ", ") + name;
    };
#define NFSTRIAGE_FIND(name) find(result.name, "dwarf_" #name);
    NFSTRIAGE_LIBDWARF_FUNCTIONS(NFSTRIAGE_FIND)
#undef NFSTRIAGE_FIND
    if (!missing.empty())
        return error(NFSTRIAGE_LIBDWARF, {}, "has no " + missing,
                     "install the package libdwarf1 of the distribution that it was built for");
    result.set_de_alloc_flag(0);
    return result;
}

}  // namespace

const Result<Libdwarf>& Libdwarf::load() {
    static const Result<Libdwarf> library = find_functions();
    return library;
}

}  // namespace nfstriage::debuginfo
