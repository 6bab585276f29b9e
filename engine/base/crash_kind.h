// What the kernel complained about: the `crash.kind` of the JSON contract.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace nfstriage {

enum class CrashKind : std::uint8_t {
    null_deref,
    paging_request,
    gpf,
    bug,
    warning,
    refcount,
    list_corruption,
    kasan,
    kfence,
    kcsan,
    kmsan,
    ubsan,
    cfi,
    odebug,
    soft_lockup,
    hard_lockup,
    rcu_stall,
    hung_task,
    atomic_sleep,
    lockdep,
    oom,
    panic,
    sysrq,
    stack_overflow,
    bad_page,
    mce,
    unaligned,
    none,
    not_kernel
};

std::string_view to_string(CrashKind kind);  // "soft_lockup"
std::optional<CrashKind> crash_kind_from(std::string_view name);

}  // namespace nfstriage
