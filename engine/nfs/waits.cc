#include "nfs/waits.h"

#include <algorithm>
#include <map>
#include <set>

#include "nfs/wait_follow.h"
#include "nfs/wait_since.h"
#include "nfs/wait_words.h"

namespace nfstriage::nfs {
namespace {

constexpr std::size_t kMostNodes = 200'000;

// A task that waits, on its way to a Wait.
struct Waiter {
    const Sleeper* sleeper;
    const WaitPlace* place;
    std::size_t node;
    WaitGraph::Chain chain;
};

class Reading {
public:
    Reading(const Roots& roots, const WaitAreas& areas, const Listing<Sleeper>& sleepers)
        : sleepers_(sleepers),
          index_(roots, areas, sleepers),
          shared_graph_(std::make_shared<WaitGraph>(kMostNodes)),
          graph_(*shared_graph_),
          follower_(index_, graph_),
          clock_(roots) {}

    WaitsState run() {
        std::vector<std::size_t> nodes;
        for (const Sleeper& sleeper : sleepers_.items)
            nodes.push_back(follower_.add_task(sleeper.task.address));
        graph_.expand([this](std::size_t node) { follower_.expand(node); });
        describe_servers(index_, graph_);
        for (std::size_t i = 0; i < nodes.size(); ++i) add_waiter(sleepers_.items[i], nodes[i]);
        for (const Waiter& waiter : waiters_) state_.waits.items.push_back(wait_of(waiter));
        add_chains();
        add_cycles();
        sort();
        add_gaps();
        std::sort(state_.untold.begin(), state_.untold.end());
        state_.graph = shared_graph_;
        state_.now_ns = clock_.now_ns();
        return std::move(state_);
    }

private:
    void add_waiter(const Sleeper& sleeper, std::size_t node) {
        const WaitPlace& place = index_.place(sleeper);
        if (place.kind == WaitKind::running && !is_known_whole(sleeper)) ++unread_;
        if (place.kind == WaitKind::idle || place.kind == WaitKind::running) return;
        if (sleeper.frames.empty()) ++unread_;
        // Without the names of its functions it cannot be told from one that waits for work.
        if (has_nameless_function(sleeper)) {
            ++unread_;
            state_.untold.push_back(sleeper.task.address);
            return;
        }
        WaitGraph::Chain chain = graph_.chain(node);
        Waiter waiter{&sleeper, &place, node, std::move(chain)};
        if (!place.caller.empty() || touches_nfs(waiter.chain)) {
            waiters_.push_back(std::move(waiter));
        } else if (may_go_on(waiter.chain)) {
            ++unfollowed_;
            state_.untold.push_back(sleeper.task.address);
        } else if (!are_stacks_whole(waiter.chain)) {
            ++unread_;
            state_.untold.push_back(sleeper.task.address);
        } else if (sleeper.task.is_uninterruptible()) {
            state_.elsewhere.push_back(wait_of(waiter));
        }
    }

    // Whether a chain ends at what could not be followed, or at an object of which no more is known
    // than its kind.
    bool may_go_on(const WaitGraph::Chain& chain) {
        const WaitNode& last = graph_.node(chain.nodes.back());
        if (last.broken) return true;
        if (last.kind != NodeKind::object || !last.address.is_null()) return false;
        const WaitNode& waiter = graph_.node(chain.nodes[chain.nodes.size() - 2]);
        const Sleeper* sleeper = index_.sleeper(waiter.address);
        return sleeper != nullptr && index_.place(*sleeper).kind != WaitKind::wait_queue;
    }

    // A function of NFS may stand beyond the end of a stack that was not unwound to its end.
    bool are_stacks_whole(const WaitGraph::Chain& chain) const {
        return std::all_of(chain.nodes.begin(), chain.nodes.end(), [&](std::size_t index) {
            const Sleeper* sleeper = index_.sleeper(graph_.node(index).address);
            return sleeper == nullptr || sleeper->complete;
        });
    }

    // Tasks without a function of NFS on their stack count if what they wait for leads there.
    bool touches_nfs(const WaitGraph::Chain& chain) {
        return std::any_of(chain.nodes.begin(), chain.nodes.end(), [&](std::size_t index) {
            const WaitNode& node = graph_.node(index);
            if (node.kind == NodeKind::rpc_task || node.kind == NodeKind::state_manager)
                return true;
            if (node.kind != NodeKind::task) return false;
            const Sleeper* sleeper = index_.sleeper(node.address);
            return sleeper != nullptr && !index_.place(*sleeper).caller.empty();
        });
    }

    Wait wait_of(const Waiter& waiter) {
        const kernel::TaskInfo& task = waiter.sleeper->task;
        const WaitPlace& place = *waiter.place;
        Wait wait;
        wait.node = waiter.node;
        wait.address = task.address;
        wait.pid = task.pid;
        wait.comm = task.comm;
        wait.state = state_of(*waiter.sleeper);
        if (!waiter.sleeper->running) {
            wait.since = clock_.since(task.address);
            wait.at_least = clock_.at_least(task.address);
        }
        wait.function = known(place.function);
        wait.caller = known(place.caller);
        if (place.caller_trust >= Trust::scan) wait.caller = Reason::not_dumped;
        wait.kind = std::string(to_string(place.kind));
        wait.object_type = known(place.type);
        if (place.object) {
            wait.object = *place.object;
            wait.trust = std::string(to_string(place.trust));
        } else {
            wait.object = waiter.sleeper->frames.empty() ? waiter.sleeper->why_no_frames.reason
                                                         : Reason::no_decoder;
        }
        wait.how = known(joined(place.how, "; "));
        wait.doubt = known(place.doubt);
        confirm(waiter, wait);
        add_way(waiter, wait);
        return wait;
    }

    // A lock lists who waits for it: what the stack says is then known in two ways.
    void confirm(const Waiter& waiter, Wait& wait) {
        if (!waiter.place->object) return;
        auto listed = follower_.is_listed(*waiter.place->object, waiter.sleeper->task.address);
        if (!listed) return;
        std::string lister = waiter.place->type == "struct completion" ? "completion" : "lock";
        if (!*listed) {
            if (!wait.doubt) wait.doubt = "the " + lister + " does not list it as waiting";
            return;
        }
        std::string how = wait.how ? *wait.how + "; " : "";
        wait.how = how + "the " + lister + " lists it as waiting";
        wait.trust = std::string(to_string(std::min(waiter.place->trust, Trust::frame_record)));
    }

    // What the chain says: the nodes behind the task itself.
    void add_way(const Waiter& waiter, Wait& wait) {
        const auto& nodes = waiter.chain.nodes;
        if (nodes.size() > 1) wait.object_name = known(graph_.node(nodes[1]).name);
        for (std::size_t i = 1; i < nodes.size(); ++i) {
            const WaitNode& node = graph_.node(nodes[i]);
            if (node.kind == NodeKind::task && !wait.holder) {
                wait.holder = node.name;
                if (const kernel::TaskInfo* task = index_.task(node.address))
                    wait.holder_pid = task->pid;
            }
            if (node.kind == NodeKind::rpc_task && !wait.rpc_task) wait.rpc_task = node.address;
        }
        wait.chain = known(words_of(graph_, waiter.chain));
        if (auto head = head_of(graph_, waiter.chain)) wait.head = *head;
    }

    void add_chains() {
        std::map<std::string, ChainSum> sums;
        for (std::size_t i = 0; i < waiters_.size(); ++i) {
            const Wait& wait = state_.waits.items[i];
            if (!wait.head) continue;
            ChainSum& sum = sums[*wait.head];
            const auto& nodes = waiters_[i].chain.nodes;
            sum.head = nodes.back();
            sum.is_ring = waiters_[i].chain.is_ring;
            bool is_direct = std::none_of(nodes.begin() + 1, nodes.end(), [&](std::size_t node) {
                return graph_.node(node).kind == NodeKind::task;
            });
            sum.add(wait, is_direct);
        }
        for (const auto& [head, sum] : sums)
            state_.chains.items.push_back(chain_of(graph_, head, sum));
    }

    void add_cycles() {
        for (const auto& ring : graph_.rings()) {
            WaitCycle cycle;
            std::uint64_t tasks = 0;
            Trust trust = Trust::registers;
            for (std::size_t node : ring) {
                trust = std::max(trust, graph_.edges(node).front().trust);
                if (graph_.node(node).kind != NodeKind::task) continue;
                if (tasks++ == 0) cycle.address = graph_.node(node).address;
                auto since = clock_.since(graph_.node(node).address);
                if (since && (!cycle.since || *since < *cycle.since)) cycle.since = since;
            }
            if (tasks == 0) continue;
            cycle.tasks = tasks;
            cycle.ring = words_of_ring(graph_, ring);
            cycle.trust = std::string(to_string(trust));
            state_.cycles.items.push_back(std::move(cycle));
        }
    }

    void sort() {
        auto& waits = state_.waits.items;
        std::stable_sort(waits.begin(), waits.end(), [](const Wait& a, const Wait& b) {
            if (a.since.known() != b.since.known()) return a.since.known();
            if (a.since && *a.since != *b.since) return *b.since < *a.since;
            return *a.pid < *b.pid;
        });
        auto& chains = state_.chains.items;
        std::stable_sort(chains.begin(), chains.end(), [](const WaitChain& a, const WaitChain& b) {
            return *a.tasks > *b.tasks;
        });
    }

    void add_gaps() {
        state_.waits.add_gaps(sleepers_);
        if (unread_ != 0)
            state_.waits.add_gap("stacks: those of " + std::to_string(unread_) +
                                 " tasks cannot be read to their end");
        if (unfollowed_ != 0)
            state_.waits.add_gap(std::to_string(unfollowed_) +
                                 " tasks wait for what could not be read; NFS may be behind it");
        if (graph_.full())
            state_.waits.add_gap("what is waited for: more than " + std::to_string(kMostNodes) +
                                 " objects");
        state_.waits.limited = state_.waits.limited || graph_.full();
        if (!sleepers_.complete) state_.waits.complete = false;
        for (auto* gaps : {&state_.chains.gaps, &state_.cycles.gaps}) *gaps = state_.waits.gaps;
        state_.chains.complete = state_.cycles.complete = state_.waits.complete;
        state_.chains.limited = state_.cycles.limited = state_.waits.limited;
    }

    const Listing<Sleeper>& sleepers_;
    WaitIndex index_;
    std::shared_ptr<WaitGraph> shared_graph_;
    WaitGraph& graph_;
    WaitFollower follower_;
    SleepClock clock_;
    std::vector<Waiter> waiters_;
    std::size_t unread_ = 0;      // stacks
    std::size_t unfollowed_ = 0;  // chains that break off before they reach NFS
    WaitsState state_;
};

}  // namespace

WaitsState read_waits_state(const Roots& roots, const WaitAreas& areas,
                            const Listing<Sleeper>& sleepers) {
    return Reading(roots, areas, sleepers).run();
}

}  // namespace nfstriage::nfs
