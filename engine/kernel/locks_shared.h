// What the readers of locks.h share.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string_view>

#include "kernel/locks.h"

namespace nfstriage::kernel {

// The task in a lock's owner word, whose lowest bits are flags. Unknown: null, corrupt if what is
// there is no task_struct. A task that was not dumped is one.
Field<VAddr> owner_in(const Object& lock, const Field<std::uint64_t>& word, std::uint64_t flags);

// The CPU that queued last on an optimistic_spin_queue; Unknown(null): none.
Field<std::uint64_t> last_spinner(const Object& lock, std::string_view osq);

// Hangs the waiters of a walk into the lock: what each queued has its task in the member `task`.
void add_waiters(Lock& lock, const Walk& walk);
// The waiters of C type `type` that queue by their member `list`: on the list_head `wait_list` of
// the lock, or on newest kernels in a ring that begins with `first_waiter`.
Walk queued_on(const Object& lock, std::string_view type, Budget& budget);

// Reads owner and waiters of the rt_mutex_base `base` into `lock`.
void read_rt_mutex_base(Lock& lock, const Object& base, Budget& budget);

// What a page that is not there leaves unknown of a lock.
template <class T, class U>
Field<T> unknown_as(const Field<U>& word) {
    return {word.why(), word.origin()};
}

}  // namespace nfstriage::kernel
