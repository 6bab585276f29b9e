#include "kernel/wait_queue_stack.h"

#include <algorithm>
#include <array>

#include "base/bytes.h"
#include "kernel/containers_nodes.h"
#include "kernel/task.h"

namespace nfstriage::kernel {
namespace {

constexpr std::uint64_t kUsualStack = 16384, kLargestStack = 65536, kBlock = 4096;

// The stack in use of a task that was switched away from.
struct StackRange {
    VAddr begin, end;
};

Maybe<StackRange> stack_of(const Object& task) {
    auto bottom = task.pointer("stack");
    auto sp = task.pointer(task.first_of({"thread.sp", "thread.cpu_context.sp"}));
    if (!bottom) return tl::unexpected<Unknown>(bottom.error());
    if (!sp) return tl::unexpected<Unknown>(sp.error());
    std::uint64_t size = task.reader().types().size_of("union thread_union").value_or(kUsualStack);
    size = std::min(size, kLargestStack);
    if (*sp < *bottom || *sp - *bottom >= size)
        return unknown(Reason::corrupt, "stack pointer " + hex(*sp) + " of " + hex(task.address()));
    return StackRange{VAddr{sp->value & ~std::uint64_t{7}}, *bottom + size};
}

class StackScan {
public:
    StackScan(const Object& task, StackRange range, Budget& budget)
        : reader_(task.reader()),
          task_(task.address()),
          range_(range),
          budget_(budget),
          next_(place_in(reader_, "struct list_head", "next").value_or(0)),
          prev_(place_in(reader_, "struct list_head", "prev").value_or(8)) {}

    std::optional<Unknown> missing;  // why the first part that is missing was not read

    // Calls `found` with the place of each word that is the task's address.
    template <class Found>
    void each_mention(Found found) {
        std::array<std::uint8_t, kBlock> block;
        for (VAddr at = range_.begin; at < range_.end;) {
            std::uint64_t size = std::min(kBlock - at.value % kBlock, range_.end - at);
            if (!budget_.spend()) {
                if (!missing) missing = Unknown{Reason::budget, hex(at)};
                return;
            }
            auto bytes = std::span(block).first(size);
            if (auto read = reader_.memory().read(at, bytes); !read) {
                if (!missing) missing = read.error();
            } else {
                for (std::uint64_t i = 0; i + 8 <= size; i += 8)
                    if (*Bytes(bytes).get<std::uint64_t>(i) == task_.value) found(at + i);
            }
            at = at + size;
        }
    }

    // Whether the list_head at `node` is queued: on a list, and both neighbours know it.
    bool is_linked(VAddr node) const {
        auto next = reader_.memory().pointer(node + next_);
        auto prev = reader_.memory().pointer(node + prev_);
        if (!next || !prev || *next == node || *prev == node) return false;
        auto back = reader_.memory().pointer(*next + prev_);
        auto forth = reader_.memory().pointer(*prev + next_);
        return back && forth && *back == node && *forth == node;
    }

    // Whether `node` is that of a wait_queue_entry, which has its function in front of it where the
    // head of a queue has a lock. Unknown: the memory's reasons.
    Maybe<bool> is_wait_entry(VAddr node) const {
        auto entry =
            reader_.object("struct list_head", node).container("struct wait_queue_entry", "entry");
        if (!entry) return tl::unexpected<Unknown>(entry.error());
        auto function = entry->symbol("func");
        if (function) return function->find('+') == std::string::npos;
        if (function.why() == Reason::no_symbol || function.why() == Reason::null) return false;
        return tl::unexpected<Unknown>(function.maybe().error());
    }

    // The head of the list that `node` is on: the first other node that `is_entry` says is none.
    // Unknown too where it cannot say.
    template <class IsEntry>
    Maybe<VAddr> head_of(VAddr node, IsEntry is_entry) {
        for (VAddr at = node;;) {
            auto next = reader_.memory().pointer(at + next_);
            if (!next) return next;
            if (*next == node) return unknown(Reason::corrupt, "a list without a head");
            if (!budget_.spend()) return unknown(Reason::budget, hex(*next));
            Maybe<bool> entry = is_entry(*next);
            if (!entry) return tl::unexpected<Unknown>(entry.error());
            if (!*entry) return *next;
            at = *next;
        }
    }

    // Whether the pointer at `place` is to the task on whose stack it lies. Unknown: the memory's
    // reasons.
    Maybe<bool> names_own_task(VAddr place) const {
        auto address = reader_.memory().pointer(place);
        if (!address) return tl::unexpected<Unknown>(address.error());
        auto task = read_task(reader_.memory(), reader_.types(), *address);
        if (task)
            return task->stack && place >= *task->stack && place - *task->stack < kLargestStack;
        const Reason why = task.error().reason;
        if (why == Reason::corrupt || why == Reason::null || why == Reason::unmapped) return false;
        return tl::unexpected<Unknown>(task.error());
    }

private:
    const Reader& reader_;
    VAddr task_;
    StackRange range_;
    Budget& budget_;
    std::uint64_t next_, prev_;
};

// Where the members of a queued structure are.
struct QueuedShape {
    std::uint64_t task = 0, list = 0;
};

Maybe<QueuedShape> shape_of(const Reader& reader, std::string_view type, std::string_view task,
                            std::string_view list) {
    auto task_at = place_in(reader, type, task), list_at = place_in(reader, type, list);
    if (!task_at) return tl::unexpected<Unknown>(task_at.error());
    if (!list_at) return tl::unexpected<Unknown>(list_at.error());
    return QueuedShape{*task_at, *list_at};
}

Field<VAddr> queue_at(const Reader& reader, const Maybe<VAddr>& head, std::string_view type,
                      std::string_view member) {
    if (!head) return head.error().reason;
    auto place = place_in(reader, type, member);
    if (!place) return place.error().reason;
    return *head - *place;
}

void add_wait_entry(StackWaits& out, const Object& entry, StackScan& scan, QueuedShape shape) {
    auto function = entry.symbol("func");
    if (!function || function->find('+') != std::string::npos) return;  // that is no entry
    if (*function == "wake_bit_function" || *function == "var_wake_function") {
        if (auto whole = entry.container("struct wait_bit_queue_entry", "wq_entry"))
            out.bits.push_back(read_bit_wait(*whole));
        return;
    }
    if (*function == "wake_page_function") {
        if (auto whole = entry.container("struct wait_page_queue", "wait"))
            out.folios.push_back(read_folio_wait(*whole));
        return;
    }
    auto head = scan.head_of(entry.address() + shape.list,
                             [&](VAddr node) { return scan.is_wait_entry(node); });
    QueueEntry queued;
    queued.entry = entry.address();
    queued.queue = queue_at(entry.reader(), head, "struct wait_queue_head", "head");
    queued.function = function;
    queued.task = entry.get<VAddr>("private");
    auto flags = entry.get<std::uint64_t>("flags");
    queued.exclusive = flags ? Field<bool>((*flags & 1) != 0, flags.origin())
                             : Field<bool>(flags.why(), flags.origin());
    out.queues.push_back(std::move(queued));
}

void add_swait_entry(StackWaits& out, const Object& entry, StackScan& scan, QueuedShape shape) {
    auto head = scan.head_of(entry.address() + shape.list, [&](VAddr node) {
        return scan.names_own_task(node - shape.list + shape.task);
    });
    QueueEntry queued;
    queued.entry = entry.address();
    queued.queue = queue_at(entry.reader(), head, "struct swait_queue_head", "task_list");
    queued.task = entry.get<VAddr>("task");
    queued.exclusive = true;
    out.queues.push_back(std::move(queued));
}

std::string_view waiter_of(std::string_view lock_type) {
    if (lock_type == "struct mutex") return "struct mutex_waiter";
    if (lock_type == "struct semaphore") return "struct semaphore_waiter";
    return "struct rwsem_waiter";
}

}  // namespace

StackWaits read_waits_on_stack(const Object& task, Budget& budget) {
    StackWaits out;
    auto fail = [&](const Unknown& why) {
        out.complete = false;
        out.why = why;
    };
    auto range = stack_of(task);
    if (!range) {
        fail(range.error());
        return out;
    }
    const Reader& reader = task.reader();
    constexpr std::string_view kEntry = "struct wait_queue_entry", kSimple = "struct swait_queue";
    auto entry = shape_of(reader, kEntry, "private", "entry");
    auto simple = shape_of(reader, kSimple, "task", "task_list");
    StackScan scan(task, *range, budget);
    scan.each_mention([&](VAddr place) {
        if (entry && scan.is_linked(place - entry->task + entry->list))
            add_wait_entry(out, reader.object(kEntry, place - entry->task), scan, *entry);
        if (simple && scan.is_linked(place - simple->task + simple->list))
            add_swait_entry(out, reader.object(kSimple, place - simple->task), scan, *simple);
    });
    if (!entry) fail(entry.error());
    if (!simple) fail(simple.error());
    if (scan.missing) fail(*scan.missing);
    return out;
}

Maybe<BlockedOn> find_lock_on_stack(const Object& task, std::string_view lock_type,
                                    Budget& budget) {
    const Reader& reader = task.reader();
    auto range = stack_of(task);
    if (!range) return tl::unexpected<Unknown>(range.error());
    const std::string_view waiter_type = waiter_of(lock_type);
    auto waiter = shape_of(reader, waiter_type, "task", "list");
    auto wait_list = place_in(reader, lock_type, "wait_list");
    if (!waiter) return tl::unexpected<Unknown>(waiter.error());
    if (!wait_list) return tl::unexpected<Unknown>(wait_list.error());
    StackScan scan(task, *range, budget);
    Maybe<BlockedOn> found = unknown(
        Reason::null, "no " + std::string(waiter_type) + " on the stack of " + hex(task.address()));
    scan.each_mention([&](VAddr place) {
        VAddr node = place - waiter->task + waiter->list;
        // A wait_queue_entry's own list is followed by whatever the function keeps there.
        if (found || !scan.is_linked(node) || scan.is_wait_entry(node).value_or(true)) return;
        auto head = scan.head_of(node, [&](VAddr other) {
            return scan.names_own_task(other - waiter->list + waiter->task);
        });
        if (!head) {
            found = tl::unexpected<Unknown>(head.error());
            return;
        }
        BlockedOn blocked{lock_type, *head - *wait_list, Wants::exclusive};
        auto type = reader.object(waiter_type, node - waiter->list).number("type");
        auto read = reader.types().enumerator("RWSEM_WAITING_FOR_READ").value_or(1);
        if (type && *type == static_cast<std::uint64_t>(read)) blocked.wants = Wants::shared;
        found = blocked;
    });
    if (!found && scan.missing) return tl::unexpected<Unknown>(*scan.missing);
    return found;
}

}  // namespace nfstriage::kernel
