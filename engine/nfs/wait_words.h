// The graph of waits in words and sums: chains, heads, what is known of servers, one sentence.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "nfs/wait_graph.h"
#include "nfs/wait_index.h"

namespace nfstriage::nfs {

// Unknown(null) for an empty text.
Field<std::string> known(std::string text);
std::string joined(const std::vector<std::string>& texts, std::string_view with);
// As ps shows it: "R" for one that runs, "D", "S", ...
std::string state_of(const Sleeper& sleeper);
// "43 s", "1.2 s", "12 ms"
std::string words_of(Duration duration);

// "server 10.9.9.1"; of another network namespace than the first: "server 10.9.9.1 (net
// 4026532273)".
std::string server_words(const Roots& roots, const std::string& name, std::optional<VAddr> net);

// From behind the first node to the end: "WRITE rpc_task 0x..., waits for a reply over transport
// 0x..., to server 10.9.9.1".
std::string words_of(const WaitGraph& graph, const WaitGraph::Chain& chain);
std::string words_of_ring(const WaitGraph& graph, const std::vector<std::size_t>& ring);
// What the chain ends at; nothing: it breaks off at an object of which is not known what keeps it.
std::optional<std::string> head_of(const WaitGraph& graph, const WaitGraph::Chain& chain);

// Gives every server node its state in words.
void describe_servers(const WaitIndex& index, WaitGraph& graph);

// The tasks behind one head.
struct ChainSum {
    std::size_t head = 0;
    bool is_ring = false;
    std::uint64_t tasks = 0, direct = 0, uninterruptible = 0;
    Field<Duration> oldest;
    Field<std::int64_t> oldest_pid;
    std::map<std::string, std::uint64_t> kinds;

    void add(const Wait& wait, bool is_direct);
};
WaitChain chain_of(const WaitGraph& graph, const std::string& head, const ChainSum& sum);

}  // namespace nfstriage::nfs
