// For tests that feed damaged debug information to libdwarf.
#pragma once

#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/lsan_interface.h>
#endif

namespace nfstriage::debuginfo::test {

// libdwarf 20210528 loses an error object of its own now and then on damaged input.
struct LeaksAllowed {
#ifdef __SANITIZE_ADDRESS__
    LeaksAllowed() { __lsan_disable(); }
    ~LeaksAllowed() { __lsan_enable(); }
#else
    LeaksAllowed() {}
#endif
};

}  // namespace nfstriage::debuginfo::test
