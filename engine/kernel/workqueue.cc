#include "kernel/workqueue.h"

#include <algorithm>
#include <set>

namespace nfstriage::kernel {
namespace {

constexpr std::uint64_t kPfWqWorker = 0x20;  // task_struct.flags, include/linux/sched.h

Field<Duration> field(const Maybe<Duration>& age, const Origin& origin) {
    if (age) return {*age, origin};
    return {age.error().reason, origin};
}

Field<Duration> age(const Object& object, std::string_view member, const Clock& clock) {
    auto then = object.get<std::uint64_t>(member);
    if (!then) return {then.why(), then.origin()};
    return field(clock.since_jiffies(*then), then.origin());
}

// What kthread_create() was given for the thread.
Maybe<VAddr> kthread_data(const Object& task) {
    // Its own member since e32cf5dfbe22, v5.17; before, a pointer that only user tasks need.
    auto kthread = task.pointer(task.first_of({"worker_private", "set_child_tid"}));
    if (!kthread) return kthread;
    if (kthread->is_null()) return unknown(Reason::null, "kthread of the task");
    return task.reader().object("struct kthread", *kthread).pointer("data");
}

// The pool_workqueue that a queued work's data word points to, its low bits being flags.
Maybe<Object> pwq_of(const Object& work) {
    auto data = work.number("data.counter");
    if (!data) return tl::unexpected<Unknown>(data.error());
    const auto& types = work.reader().types();
    // Numbers of bits of include/linux/workqueue.h; the enumeration is not in every description.
    constexpr std::int64_t kPwqBit = 2, kFlagBits = 8;
    auto bit = types.enumerator("WORK_STRUCT_PWQ_BIT").value_or(kPwqBit);
    auto shift = types.enumerator("WORK_STRUCT_PWQ_SHIFT");
    auto bits = shift ? *shift : types.enumerator("WORK_STRUCT_FLAG_BITS").value_or(kFlagBits);
    if (bit < 0 || bit > 63 || bits < 0 || bits > 63)
        return unknown(Reason::no_type, "enumerators of work_struct");
    if ((*data >> bit & 1) == 0) return unknown(Reason::null, "the work is not queued");
    return work.reader().object("struct pool_workqueue", VAddr{*data >> bits << bits});
}

class WorkqueueWalk {
public:
    WorkqueueWalk(const Reader& reader, const Clock& clock, Budget& budget)
        : reader_(reader), clock_(clock), budget_(budget) {}

    Workqueues out;

    void worker(const Object& task) {
        auto worker = read_worker(task, clock_);
        if (!worker) {
            if (worker.error().reason != Reason::null) stop(worker.error());
            return;
        }
        if (!worker->pool.is_null()) pools_.insert(worker->pool);
        Object object = reader_.object("struct worker", worker->address);
        if (auto pwq = object.follow("current_pwq")) queues_of(*pwq);
        out.workers.push_back(std::move(*worker));
    }

    void finish() {
        // Works lead to workqueues, these to more pools and their works.
        while (!pools_.empty()) {
            VAddr pool = *pools_.begin();
            pools_.erase(pools_.begin());
            if (seen_.insert(pool).second) read_pool(reader_.object("struct worker_pool", pool));
        }
        auto by_address = [](const auto& a, const auto& b) { return a.address < b.address; };
        std::sort(out.pools.begin(), out.pools.end(), by_address);
        std::stable_sort(out.pending.begin(), out.pending.end(),
                         [](const auto& a, const auto& b) { return a.pool < b.pool; });
        std::sort(out.workers.begin(), out.workers.end(),
                  [](const auto& a, const auto& b) { return a.pid < b.pid; });
    }

private:
    void stop(const Unknown& why) {
        if (!out.complete) return;
        out.complete = false;
        out.why = why;
    }

    void read_pool(const Object& pool) {
        WorkerPool read;
        read.address = pool.address();
        read.cpu = pool.get<std::int64_t>("cpu");
        read.nice = pool.get<std::int64_t>("attrs->nice");
        read.workers = pool.get<std::uint64_t>("nr_workers");
        read.idle = pool.get<std::uint64_t>("nr_idle");
        read.running = pool.get<std::uint64_t>({"nr_running.counter", "nr_running"});
        read.since_progress = age(pool, "watchdog_ts", clock_);
        Walk works = list(pool, "worklist", "struct work_struct", "entry", budget_);
        if (!works.complete) stop(works.why);
        for (const Object& work : works.objects) add(work, pool.address(), false);
        read.pending = works.objects.size();
        out.pools.push_back(std::move(read));
    }

    void add(const Object& work, VAddr pool, bool inactive) {
        auto pwq = pwq_of(work);
        Field<std::string> name =
            pwq ? pwq->get<std::string>("wq->name") : Field<std::string>(pwq.error().reason);
        out.pending.push_back({work.address(), work.symbol("func"), name, pool, inactive});
        if (pwq) queues_of(*pwq);
    }

    // All pool_workqueues of the workqueue that one of them belongs to.
    void queues_of(const Object& pwq) {
        auto workqueue = pwq.follow("wq");
        if (!workqueue || !seen_.insert(workqueue->address()).second) return;
        Walk queues = list(*workqueue, "pwqs", "struct pool_workqueue", "pwqs_node", budget_);
        if (!queues.complete) stop(queues.why);
        for (const Object& queue : queues.objects) {
            auto pool = queue.pointer("pool");
            if (!pool || pool->is_null()) continue;
            pools_.insert(*pool);
            // "delayed" before f97a4a1a3f87, v5.15.
            Walk works = list(queue, queue.first_of({"inactive_works", "delayed_works"}),
                              "struct work_struct", "entry", budget_);
            if (!works.complete) stop(works.why);
            for (const Object& work : works.objects) add(work, *pool, true);
        }
    }

    const Reader& reader_;
    const Clock& clock_;
    Budget& budget_;
    std::set<VAddr> pools_, seen_;  // pools to be read; pools and workqueues that were
};

}  // namespace

Maybe<Worker> read_worker(const Object& task, const Clock& clock) {
    auto flags = task.number("flags");
    if (!flags) return tl::unexpected<Unknown>(flags.error());
    if ((*flags & kPfWqWorker) == 0) return unknown(Reason::null, "the task is no kworker");
    auto data = kthread_data(task);
    if (!data) return tl::unexpected<Unknown>(data.error());
    Object object = task.reader().object("struct worker", *data);
    auto back = object.pointer("task");
    if (!back) return tl::unexpected<Unknown>(back.error());
    if (*back != task.address())
        return unknown(Reason::corrupt, "worker " + hex(*data) + " is not that of the task");
    Worker worker;
    worker.address = *data;
    worker.task = task.address();
    worker.pid = static_cast<std::int64_t>(task.number("pid").value_or(0));
    worker.comm = task.get<std::string>("comm").optional().value_or("");
    worker.pool = object.pointer("pool").value_or(VAddr{});
    worker.work = object.get<VAddr>("current_work");
    auto rescued = object.get<VAddr>("rescue_wq");
    worker.rescuer = rescued ? Field<bool>(!rescued->is_null(), rescued.origin())
                             : Field<bool>(rescued.why(), rescued.origin());
    worker.description = object.get<std::string>("desc");
    if (worker.work.is(VAddr{})) {
        worker.work = {Reason::null, worker.work.origin()};
        worker.function = {Reason::null, object.origin("current_func")};
        worker.workqueue = worker.rescuer.is(true)
                               ? object.get<std::string>("rescue_wq->name")
                               : Field<std::string>(Reason::null, object.origin("current_pwq"));
        // Rescuers do not note when they became idle.
        if (!object.get<std::uint64_t>("last_active").is(0))
            worker.idle_for = age(object, "last_active", clock);
        else
            worker.idle_for = {Reason::null, object.origin("last_active")};
        return worker;
    }
    worker.function = object.symbol("current_func");
    worker.workqueue = object.get<std::string>("current_pwq->wq->name");
    worker.running_for = age(object, "current_start", clock);
    return worker;
}

Workqueues read_workqueues(const Reader& reader, std::span<const TaskInfo> tasks,
                           const Clock& clock, Budget& budget) {
    WorkqueueWalk walk(reader, clock, budget);
    for (const TaskInfo& task : tasks)
        walk.worker(reader.object("struct task_struct", task.address));
    walk.finish();
    return std::move(walk.out);
}

Maybe<std::string> workqueue_of(const Object& work_struct) {
    auto pwq = pwq_of(work_struct);
    if (!pwq) return tl::unexpected<Unknown>(pwq.error());
    return pwq->get<std::string>("wq->name").maybe();
}

}  // namespace nfstriage::kernel
