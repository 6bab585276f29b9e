#include "nfs/wait_words.h"

#include <algorithm>

#include <fmt/format.h>

namespace nfstriage::nfs {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;
// A call that is older than this when the kernel stopped is one that the server does not answer.
constexpr std::int64_t kNoAnswer = 10 * kSecond;

std::string_view word_of(NodeKind kind) {
    switch (kind) {
        case NodeKind::task:
            return "task";
        case NodeKind::object:
            return "object";
        case NodeKind::rpc_task:
            return "rpc_task";
        case NodeKind::transport:
            return "transport";
        case NodeKind::server:
            return "server";
        case NodeKind::state_manager:
            return "state_manager";
        case NodeKind::outside:
            return "outside";
    }
    return "";
}

std::string counted(std::uint64_t count, std::string_view what) {
    return fmt::format("{} {}{}", count, what, count == 1 ? "" : "s");
}

// "held by", "which waits for"
std::string clause_of(const WaitEdge& edge) {
    constexpr std::string_view kVerbs[] = {"waits ", "sleeps ", "is ", "was "};
    bool is_verb = std::any_of(std::begin(kVerbs), std::end(kVerbs), [&](std::string_view verb) {
        return edge.relation.starts_with(verb);
    });
    if (edge.relation.starts_with("its ")) return "whose " + edge.relation.substr(4);
    return (is_verb ? "which " : "") + edge.relation;
}

// Transports of one server, and the calls that go over them.
struct ServerSum {
    std::uint64_t transports = 0, connected = 0, connection_known = 0, calls = 0;
    std::int64_t oldest_ns = 0;
    std::string first;
};

std::string state_of(const ServerSum& sum) {
    std::string text = sum.oldest_ns >= kNoAnswer ? "does not answer: " : "has ";
    text += counted(sum.calls, "call") + " in flight";
    if (sum.oldest_ns > 0) text += ", the oldest for " + nfs::words_of(Duration{sum.oldest_ns});
    if (sum.transports == 1 && sum.connection_known == 1)
        text +=
            fmt::format("; transport {} {}connected", sum.first, sum.connected == 1 ? "" : "not ");
    else if (sum.transports > 1 && sum.connection_known == sum.transports)
        text += fmt::format("; {} of {} transports connected", sum.connected, sum.transports);
    return text;
}

// What tasks wait for, for people: the others are called by their kind.
std::string plural_of(std::string_view kind) {
    constexpr std::pair<std::string_view, std::string_view> kWords[] = {
        {"rpc_task", "RPCs"},
        {"folio_writeback", "folios under writeback"},
        {"folio_lock", "locked folios"},
        {"commit", "COMMITs"},
        {"direct_io", "direct I/O"},
        {"nfs_page", "requests"},
        {"state_manager", "state managers"},
        {"writeback_worker", "the writeback thread"},
        {"percpu_rwsem", "the freezing to end"},
        {"cache_upcall", "upcalls"},
    };
    for (const auto& [name, words] : kWords)
        if (name == kind) return std::string(words);
    return std::string(kind);
}

}  // namespace

Field<std::string> known(std::string text) {
    if (text.empty()) return {Reason::null};
    return {std::move(text)};
}

std::string joined(const std::vector<std::string>& texts, std::string_view with) {
    return fmt::format("{}", fmt::join(texts, with));
}

std::string state_of(const Sleeper& sleeper) {
    return std::string(sleeper.running ? "R" : sleeper.task.state_letter());
}

std::string words_of(Duration duration) {
    if (duration.ns >= 10 * kSecond) return fmt::format("{} s", duration.ns / kSecond);
    if (duration.ns >= kSecond)
        return fmt::format("{:.1f} s", static_cast<double>(duration.ns) / kSecond);
    return fmt::format("{} ms", duration.ns / 1'000'000);
}

std::string server_words(const Roots& roots, const std::string& name, std::optional<VAddr> net) {
    std::string text = "server " + name;
    if (!net || net->is_null() || roots.nets.items.empty()) return text;
    auto init = roots.reader.symbols().address("init_net");
    VAddr first = init ? *init : roots.nets.items.front().net.address();
    if (*net == first) return text;
    auto number = roots.reader.object("struct net", *net).number("ns.inum");
    return text + " (net " + (number ? std::to_string(*number) : hex(*net)) + ")";
}

std::string words_of(const WaitGraph& graph, const WaitGraph::Chain& chain) {
    std::string text;
    for (std::size_t i = 1; i < chain.nodes.size(); ++i) {
        const WaitNode& node = graph.node(chain.nodes[i]);
        if (i > 1) text += ", " + clause_of(graph.edges(chain.nodes[i - 1]).front()) + " ";
        text += node.name.empty() ? node.type + " " + hex(node.address) : node.name;
    }
    if (chain.is_ring) {
        text += ", " + clause_of(graph.edges(chain.nodes.back()).front()) + " one of these: a ring";
    } else if (chain.nodes.size() > 1 && !graph.node(chain.nodes.back()).what.empty() &&
               graph.node(chain.nodes.back()).kind != NodeKind::server) {
        text += ", which " + graph.node(chain.nodes.back()).what;
    }
    return text;
}

std::string words_of_ring(const WaitGraph& graph, const std::vector<std::size_t>& ring) {
    std::string text;
    for (std::size_t i = 0; i < ring.size(); ++i) {
        const WaitNode& node = graph.node(ring[i]);
        text += node.name.empty() ? node.type + " " + hex(node.address) : node.name;
        text += " " + graph.edges(ring[i]).front().relation + " ";
    }
    const WaitNode& first = graph.node(ring.front());
    return text + (first.name.empty() ? first.type + " " + hex(first.address) : first.name);
}

std::optional<std::string> head_of(const WaitGraph& graph, const WaitGraph::Chain& chain) {
    const WaitNode& last = graph.node(chain.nodes.back());
    if (last.broken) return std::nullopt;
    if (chain.is_ring) return "a ring of tasks";
    if (chain.nodes.size() < 2) return std::nullopt;
    if (last.kind == NodeKind::server || last.kind == NodeKind::outside) return last.name;
    if (last.kind == NodeKind::task) return last.name;
    return std::nullopt;
}

void describe_servers(const WaitIndex& index, WaitGraph& graph) {
    std::map<std::string, ServerSum> sums;
    for (const RpcXprt& xprt : index.areas().sunrpc.rpc_xprts.items) {
        if (!xprt.server) continue;
        ServerSum& sum = sums[server_words(index.roots(), *xprt.server, xprt.net.optional())];
        if (sum.transports++ == 0) sum.first = hex(xprt.address);
        if (xprt.connected) ++sum.connection_known;
        if (xprt.connected.is(true)) ++sum.connected;
        for (const RpcTask* task : index.tasks_of_xprt(xprt.address)) {
            ++sum.calls;
            if (task->age) sum.oldest_ns = std::max(sum.oldest_ns, task->age->ns);
        }
    }
    for (std::size_t i = 0; i < graph.size(); ++i) {
        WaitNode& node = graph.node(i);
        if (node.kind != NodeKind::server) continue;
        auto sum = sums.find(node.name);
        if (sum != sums.end() && node.what.empty()) node.what = state_of(sum->second);
    }
}

void ChainSum::add(const Wait& wait, bool is_direct) {
    ++tasks;
    if (is_direct) ++direct;
    if (wait.state.is("D")) ++uninterruptible;
    if (wait.kind) ++kinds[*wait.kind];
    if (wait.since && (!oldest || *oldest < *wait.since)) {
        oldest = wait.since;
        oldest_pid = wait.pid;
    }
}

WaitChain chain_of(const WaitGraph& graph, const std::string& head, const ChainSum& sum) {
    WaitChain chain;
    const WaitNode& node = graph.node(sum.head);
    chain.head = head;
    chain.kind = sum.is_ring ? std::string("ring") : std::string(word_of(node.kind));
    if (!sum.is_ring) {
        chain.address = node.address;
        chain.type = known(node.type);
        chain.what = known(node.what);
    }
    chain.tasks = sum.tasks;
    chain.direct = sum.direct;
    chain.uninterruptible = sum.uninterruptible;
    chain.oldest = sum.oldest;
    chain.oldest_pid = sum.oldest_pid;
    std::vector<std::pair<std::uint64_t, std::string>> kinds;
    for (const auto& [kind, count] : sum.kinds) kinds.emplace_back(count, kind);
    std::stable_sort(kinds.begin(), kinds.end(),
                     [](const auto& a, const auto& b) { return a.first > b.first; });
    std::vector<std::string> words;
    for (const auto& [count, kind] : kinds) words.push_back(fmt::format("{} {}", count, kind));
    chain.by_kind = known(joined(words, ", "));
    return chain;
}

std::string summary_of(const WaitsState& waits) {
    if (waits.chains.items.empty()) return "";
    const WaitChain& top = waits.chains.items.front();
    std::string text =
        fmt::format("{}{} {} for {}", waits.waits.complete ? "" : "at least ",
                    counted(*top.tasks, "task"), *top.tasks == 1 ? "waits" : "wait", *top.head);
    if (top.oldest) text += fmt::format(" (oldest {})", words_of(*top.oldest));
    // Locks by who holds them, everything else by kind.
    std::map<std::string, std::uint64_t> reasons;
    for (const Wait& wait : waits.waits.items) {
        if (!wait.head.is(*top.head) || !wait.kind) continue;
        std::string reason = plural_of(*wait.kind);
        bool is_lock = wait.kind->starts_with("rwsem") || wait.kind.is("mutex");
        if (is_lock && wait.holder) reason = "locks held by " + *wait.holder;
        ++reasons[reason];
    }
    std::vector<std::pair<std::uint64_t, std::string>> sorted;
    for (const auto& [reason, count] : reasons) sorted.emplace_back(count, reason);
    std::stable_sort(sorted.begin(), sorted.end(),
                     [](const auto& a, const auto& b) { return a.first > b.first; });
    constexpr std::size_t kMost = 5;
    std::vector<std::string> words;
    for (const auto& [count, reason] : sorted) {
        if (words.size() == kMost) break;
        words.push_back(fmt::format("{} for {}", count, reason));
    }
    if (sorted.size() > kMost) words.push_back("others");
    text += ": " + joined(words, ", ");
    if (!waits.waits.gaps.empty()) text += "; not all are known: " + waits.waits.gaps.front();
    return text;
}

const Wait* find_wait(const WaitsState& waits, VAddr task) {
    for (const auto* list : {&waits.waits.items, &waits.elsewhere})
        for (const Wait& wait : *list)
            if (wait.address == task) return &wait;
    return nullptr;
}

std::vector<WaitLink> links_of(const WaitsState& waits, const Wait& wait) {
    std::vector<WaitLink> links;
    const WaitGraph& graph = *waits.graph;
    const auto nodes = graph.chain(wait.node).nodes;
    for (std::size_t i = 1; i < nodes.size(); ++i) {
        const WaitNode& node = graph.node(nodes[i]);
        links.push_back({graph.edges(nodes[i - 1]).front().relation,
                         std::string(word_of(node.kind)), node.type, node.address, node.name});
    }
    return links;
}

std::size_t tasks_behind(const WaitsState& waits, VAddr task) {
    const WaitGraph& graph = *waits.graph;
    auto is_behind = [&](const Wait& wait) {
        const auto nodes = graph.chain(wait.node).nodes;
        return wait.address != task &&
               std::any_of(nodes.begin() + 1, nodes.end(), [&](std::size_t node) {
                   return graph.node(node).kind == NodeKind::task &&
                          graph.node(node).address == task;
               });
    };
    std::size_t count = 0;
    for (const auto* list : {&waits.waits.items, &waits.elsewhere})
        count += static_cast<std::size_t>(std::count_if(list->begin(), list->end(), is_behind));
    return count;
}

const WaitChain* find_chain(const WaitsState& waits, const Wait& wait) {
    for (const WaitChain& chain : waits.chains.items)
        if (wait.head && chain.head.is(*wait.head)) return &chain;
    return nullptr;
}

}  // namespace nfstriage::nfs
