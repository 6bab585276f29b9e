// The graph of waits: kernel objects, and for each what it waits for. Tasks wait for locks, bits
// and RPCs; locks for the tasks that hold them, RPCs for transports, transports for servers,
// servers in the same dump for their threads. We promise: each object is expanded once; following
// is bounded by the number of objects, and a ring is reported once, as such.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "base/address.h"
#include "base/frame.h"

namespace nfstriage::nfs {

// What an object of the graph is, for those that read and describe it.
enum class NodeKind : std::uint8_t {
    task,
    object,  // a lock, bit, page, queue: anything that is held
    rpc_task,
    transport,
    server,  // by name
    state_manager,
    outside,  // beyond this kernel or what is read of it: disk, daemon, another client
};

struct WaitNode {
    NodeKind kind = NodeKind::object;
    std::string type;  // C type
    VAddr address;
    std::string name;  // for people, and what tells nodes without address apart
    std::string what;  // state in words, where chains end here
    // What it waits for could not be read, or not all that would tell: a chain that ends here has
    // no head, because with what is missing it might lead on.
    bool broken = false;
};

struct WaitEdge {
    std::size_t to = 0;
    std::string relation;  // "held by", "waits for a reply over"
    Trust trust = Trust::registers;
};

class WaitGraph {
public:
    explicit WaitGraph(std::size_t most_nodes) : most_nodes_(most_nodes) {}

    // The node of that kind, type, address and, where there is no address, name; new ones wait to
    // be expanded. Past the limit: a node that is never expanded, and full() says so.
    std::size_t add(WaitNode node);
    void connect(std::size_t from, WaitEdge edge);

    // Calls `expand` for every node once, those too that it adds.
    void expand(const std::function<void(std::size_t node)>& expand);

    const WaitNode& node(std::size_t index) const { return nodes_[index]; }
    WaitNode& node(std::size_t index) { return nodes_[index]; }
    const std::vector<WaitEdge>& edges(std::size_t index) const { return edges_[index]; }
    std::size_t size() const { return nodes_.size(); }
    bool full() const { return full_; }

    // Nodes from `start` along each one's first edge: to the node without edges, or up to and
    // without the first one that comes again.
    struct Chain {
        std::vector<std::size_t> nodes;
        bool is_ring = false;            // the last one leads back into the chain
        Trust trust = Trust::registers;  // of the weakest edge
    };
    Chain chain(std::size_t start) const;

    // Rings along first edges, each once, beginning with its lowest node.
    std::vector<std::vector<std::size_t>> rings() const;

private:
    using Key = std::pair<std::uint64_t, std::string>;  // address and type, or 0 and name
    std::size_t most_nodes_;
    bool full_ = false;
    std::vector<WaitNode> nodes_;
    std::vector<std::vector<WaitEdge>> edges_;
    std::map<Key, std::size_t> known_;
};

}  // namespace nfstriage::nfs
