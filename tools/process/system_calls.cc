#include "process/system_calls.h"

#include <linux/seccomp.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <cerrno>
#include <cstring>
#include <string>

namespace nfstriage {
namespace {

long seccomp(unsigned operation, const void* argument) {
    return ::syscall(SYS_seccomp, operation, 0u, argument);
}

tl::unexpected<Error> failed(const std::string& what, const char* remedy) {
    return error("seccomp", std::nullopt, what + ": " + std::strerror(errno), remedy);
}

}  // namespace

Result<void> can_filter_system_calls() {
    const std::uint32_t action = SECCOMP_RET_KILL_PROCESS;
    if (seccomp(SECCOMP_GET_ACTION_AVAIL, &action) == 0) return {};
    if (errno == EPERM || errno == EACCES)
        return failed("it cannot be used here",
                      "allow the system call seccomp where this container or service is set up");
    return failed("this kernel has no filters of system calls that can end a process",
                  "it needs Linux 4.14 or later with CONFIG_SECCOMP_FILTER");
}

Result<void> filter_system_calls(Refusal refusal) {
    std::span<const sock_filter> filter = system_call_filter(refusal);
    // The kernel only reads it.
    const sock_fprog program{static_cast<unsigned short>(filter.size()),
                             const_cast<sock_filter*>(filter.data())};
    if (seccomp(SECCOMP_SET_MODE_FILTER, &program) != 0)
        return failed("the filter of system calls was not put into force",
                      "tell us: the kernel was expected to take it");
    return {};
}

}  // namespace nfstriage
