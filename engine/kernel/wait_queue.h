// Tasks that sleep until somebody wakes them (include/linux/wait.h, wait_bit.h, swait.h,
// completion.h): the entries on a wait queue, among them those on the queues that are shared by all
// bits of memory (wait_on_bit()) and all folios (folio_wait_bit(), before v5.16
// wait_on_page_bit()). We promise: an entry's task is a task because the function that would wake
// it is one of the kernel's that wake a task; other entries (poll, bookmarks) have none.
#pragma once

#include <cstdint>
#include <vector>

#include "kernel/containers.h"

namespace nfstriage::kernel {

struct QueueEntry {
    VAddr entry;                  // struct wait_queue_entry or swait_queue
    Field<VAddr> queue;           // struct wait_queue_head or swait_queue_head
    Field<VAddr> task;            // Unknown(no_symbol): it wakes no task, or not directly
    Field<std::string> function;  // that is called to wake it: "autoremove_wake_function"
    Field<bool> exclusive;        // one of these is woken at a time
};

struct QueueWalk {
    std::vector<QueueEntry> entries;  // in the queue's order
    bool complete = true;
    Unknown why{Reason::not_dumped, {}};
};

// Of a wait_queue_head (wait_queue_head_t).
QueueWalk read_wait_queue(const Object& wait_queue_head, Budget& budget);
// Of a swait_queue_head.
QueueWalk read_swait_queue(const Object& swait_queue_head, Budget& budget);

struct Completion {
    VAddr address;
    Field<std::uint64_t> done;  // so many waiters may pass; 0: not completed
    QueueWalk waiters;
};
Completion read_completion(const Object& completion, Budget& budget);

// A task that waits for a bit in memory to be cleared, or for a variable to change.
struct BitWait {
    VAddr entry;  // struct wait_bit_queue_entry
    Field<VAddr> task;
    Field<VAddr> word;        // where the bit is, or the variable
    Field<std::int64_t> bit;  // of the word; -1: the variable is waited for (wait_var_event())
    Field<bool> exclusive;
};
// A task that waits for a flag of a page or folio.
struct FolioWait {
    VAddr entry;  // struct wait_page_queue
    Field<VAddr> task;
    Field<VAddr> folio;       // struct folio, or page before
    Field<std::int64_t> bit;  // of its flags: an enumerator of enum pageflags
    Field<bool> exclusive;    // it wants the bit for itself: it locks the folio
};
// One entry, of which the address is known: the argument wbq_entry of __wait_on_bit(), the local of
// folio_wait_bit_common().
BitWait read_bit_wait(const Object& wait_bit_queue_entry);
FolioWait read_folio_wait(const Object& wait_page_queue);

}  // namespace nfstriage::kernel
