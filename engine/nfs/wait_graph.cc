#include "nfs/wait_graph.h"

#include <algorithm>
#include <unordered_set>

namespace nfstriage::nfs {

std::size_t WaitGraph::add(WaitNode node) {
    Key key = node.address.is_null() ? Key{0, node.type + "\n" + node.name}
                                     : Key{node.address.value, node.type};
    auto found = known_.find(key);
    if (found != known_.end()) return found->second;
    if (nodes_.size() >= most_nodes_) full_ = true;
    std::size_t index = nodes_.size();
    known_.emplace(std::move(key), index);
    nodes_.push_back(std::move(node));
    edges_.emplace_back();
    return index;
}

void WaitGraph::connect(std::size_t from, WaitEdge edge) {
    std::vector<WaitEdge>& edges = edges_[from];
    bool is_known = std::any_of(edges.begin(), edges.end(),
                                [&](const WaitEdge& known) { return known.to == edge.to; });
    if (!is_known) edges.push_back(std::move(edge));
}

void WaitGraph::expand(const std::function<void(std::size_t node)>& expand) {
    for (std::size_t i = 0; i < nodes_.size() && i < most_nodes_; ++i) expand(i);
}

WaitGraph::Chain WaitGraph::chain(std::size_t start) const {
    Chain chain;
    std::unordered_set<std::size_t> seen;  // chains are short, graphs are not
    for (std::size_t at = start;;) {
        seen.insert(at);
        chain.nodes.push_back(at);
        if (edges_[at].empty()) return chain;
        const WaitEdge& edge = edges_[at].front();
        chain.trust = std::max(chain.trust, edge.trust);
        at = edge.to;
        if (seen.contains(at)) {
            chain.is_ring = true;
            return chain;
        }
    }
}

std::vector<std::vector<std::size_t>> WaitGraph::rings() const {
    // Every node has one way out: paths that are being walked meet themselves only in a ring.
    std::vector<std::vector<std::size_t>> rings;
    std::vector<std::size_t> walk_of(nodes_.size(), nodes_.size());
    for (std::size_t start = 0; start < nodes_.size(); ++start) {
        std::vector<std::size_t> path;
        std::size_t at = start;
        while (walk_of[at] == nodes_.size()) {
            walk_of[at] = start;
            path.push_back(at);
            if (edges_[at].empty()) break;
            at = edges_[at].front().to;
        }
        if (edges_[at].empty() || walk_of[at] != start) continue;
        auto begin = std::find(path.begin(), path.end(), at);
        std::vector<std::size_t> ring(begin, path.end());
        std::rotate(ring.begin(), std::min_element(ring.begin(), ring.end()), ring.end());
        rings.push_back(std::move(ring));
    }
    std::sort(rings.begin(), rings.end());
    return rings;
}

}  // namespace nfstriage::nfs
