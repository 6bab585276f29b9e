// The kernel functions in which tasks sleep, and what their arguments say of what they wait on:
// one table in the kernel's own words (kernel/locking/*.c, kernel/sched/wait_bit.c, mm/filemap.c,
// net/sunrpc/sched.c, fs/nfs/*.c and others), with the names of several generations of kernels.
// We promise: functions that only put a task to sleep say nothing by themselves; the one that
// called them does.
#pragma once

#include <cstdint>
#include <string_view>

namespace nfstriage::nfs {

enum class WaitKind : std::uint8_t {
    unknown,
    idle,     // nothing to do: a thread that waits for work
    running,  // does not sleep
    spinlock,
    mutex,
    rwsem_read,
    rwsem_write,
    percpu_rwsem,
    semaphore,
    completion,
    bit,
    wait_queue,
    folio_lock,
    folio_writeback,
    folio_bit,
    rpc_task,
    commit,
    direct_io,
    nfs_page,
    nfs_page_group,
    inode_bit,
    io_counter,
    state_manager,
    client_init,
    rpc_client_tasks,
    layout,
    lock_grant,  // of lockd, by another client
    lock_grace,
    lock_conflict,
    delay,
    upcall,
    cache_upcall,
    key,
    socket,
    nfsd_file,
    writeback_worker,
    dirty_limit,
    memory,
    journal,
    disk,
    work,
    rcu,
    automount,
};

// "rwsem_write"
std::string_view to_string(WaitKind kind);

enum class WaitRole : std::uint8_t {
    scheduler,  // every sleep ends here; kind `running`: it says nothing of what for
    generic,    // a way to sleep that its caller gives a meaning: bits, completions
    lock,       // says itself what is waited on
    meaning,    // calls one of the above for one purpose
};

// How the object follows from the argument.
enum class WaitPath : std::uint8_t {
    none,       // no object
    itself,     // the argument points to it
    container,  // the argument points to its member
    member,     // the argument's member points to it
    embedded,   // it is a member of the argument
};

struct WaitFunction {
    std::string_view function;  // without the compiler's suffixes
    WaitRole role;
    WaitKind kind = WaitKind::unknown;
    unsigned argument = 0;    // which one, if `path` is not none
    std::string_view type{};  // C type that the argument points to; "" for void
    WaitPath path = WaitPath::none;
    std::string_view object{};  // C type of the object, unless it is `type`
    std::string_view member{};  // of the container, or of the argument
};

// The row of a function, by its name as a frame has it; null: it is in no table.
const WaitFunction* find_wait_function(std::string_view function);

}  // namespace nfstriage::nfs
