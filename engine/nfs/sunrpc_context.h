// What the readers of SUNRPC objects share: the roots, the names of bits, who owns a task.
#pragma once

#include <cstdint>
#include <optional>
#include <unordered_map>

#include "nfs/describe.h"
#include "nfs/macro_bits.h"
#include "nfs/own_addresses.h"
#include "nfs/roots.h"

namespace nfstriage::nfs {

struct SunrpcContext {
    explicit SunrpcContext(const Roots& given)
        : roots(given),
          run_state(given.reader, "rpc_task.tk_runstate"),
          task_flags(given.reader, "rpc_task.tk_flags"),
          xprt_state(given.reader, "rpc_xprt.state") {
        for (const kernel::TaskInfo& task : given.tasks.items)
            if (task.pid == task.tgid) processes.emplace(task.pid, &task);
    }

    const Roots& roots;
    BitNames run_state, task_flags, xprt_state;
    std::unordered_map<std::int64_t, const kernel::TaskInfo*> processes;  // leaders, by pid

    // The addresses of this host, read when first asked for.
    const OwnAddresses& own_addresses() const {
        if (!own_addresses_) own_addresses_ = read_own_addresses(roots);
        return *own_addresses_;
    }

private:
    mutable std::optional<OwnAddresses> own_addresses_;
};

// Time until the jiffies, and since the ktime, that a member holds.
Field<Duration> jiffies_until(const kernel::Clock& clock, const kernel::Object& object,
                              std::string_view path);
Field<Duration> ktime_since(const kernel::Clock& clock, const kernel::Object& object,
                            std::string_view path);
// The policy of TLS that a member of enum xprtsec_policies holds: "none", "tls", "mtls".
Field<std::string> security_policy(const kernel::Object& object, std::string_view path);
// Whether somebody holds the spinlock_t that lies at `path`.
Field<bool> lock_held(const kernel::Object& object, std::string_view path);
// Whether a work_struct is queued: WORK_STRUCT_PENDING, bit 0 of its data.
Field<bool> work_pending(const kernel::Object& object, std::string_view path);

}  // namespace nfstriage::nfs
