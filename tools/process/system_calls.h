// Which system calls a process that reads foreign data may make: a seccomp filter that was made
// when the program was built, by libseccomp from the list in filter/main.cc, for this architecture.
#pragma once

#include <cstdint>
#include <span>

#include <linux/filter.h>

#include "base/result.h"

namespace nfstriage {

// What becomes of a call that is not on the list.
enum class Refusal : std::uint8_t {
    fails,  // with ENOSYS, as on a kernel without it: what libc has another way for goes on
    kills   // the process, with SIGSYS
};

// The filter, as the build made it.
std::span<const sock_filter> system_call_filter(Refusal refusal);

// Errors: the kernel has no filters, or somebody who restricts us already refuses them; the remedy
// says what to do.
Result<void> can_filter_system_calls();

// From here on this process and its children make only the calls of the list. The caller has set
// PR_SET_NO_NEW_PRIVS. Errors: the kernel's; nothing is filtered then.
Result<void> filter_system_calls(Refusal refusal);

}  // namespace nfstriage
