#include "arguments/equations.h"

#include <algorithm>
#include <queue>
#include <set>

namespace nfstriage::arguments {
namespace {

constexpr std::uint64_t kLowHalf = 0xffffffff;
constexpr std::size_t kMostlyKnown = 4;  // values of one unknown

}  // namespace

Equations::Node Equations::add(std::uint32_t count) {
    auto first = static_cast<Node>(nodes_.size());
    nodes_.resize(nodes_.size() + count);
    return first;
}

void Equations::add_edge(Node from, const Edge& edge) {
    edges_.push_back(edge);
    const auto number = static_cast<std::uint32_t>(edges_.size());
    Unknown& node = nodes_[from];
    (node.last_edge == 0 ? node.first_edge : edges_[node.last_edge - 1].next) = number;
    node.last_edge = number;
}

void Equations::ask_again(Node node) {
    for (const Known& known : nodes_[node].known) pending_.push_back({node, known});
}

void Equations::equal(Node a, Node b, std::uint64_t delta, Trust trust) {
    add_edge(a, {b, trust, Kind::equal, delta});
    add_edge(b, {a, trust, Kind::equal, std::uint64_t{0} - delta});
    ask_again(a), ask_again(b);
}

void Equations::low_half(Node a, Node b, std::uint64_t delta, Trust trust) {
    add_edge(a, {b, trust, Kind::cut, delta});
    add_edge(b, {a, trust, Kind::widened, std::uint64_t{0} - delta});
    ask_again(a), ask_again(b);
}

void Equations::set(Node node, const Known& known) {
    if (keep(node, known)) pending_.push_back({node, known});
}

// Whether the value is news: from another word, or from the same one in a better way.
bool Equations::keep(Node node, const Known& known) {
    std::vector<Known>& all = nodes_[node].known;
    auto same = std::find_if(all.begin(), all.end(), [&](const Known& other) {
        return other.origin == known.origin && other.value == known.value;
    });
    if (same != all.end()) {
        if (same->trust <= known.trust && same->bits >= known.bits) return false;
        all.erase(same);
    }
    auto place = std::find_if(all.begin(), all.end(), [&](const Known& other) {
        return known.trust < other.trust || (known.trust == other.trust && known.bits > other.bits);
    });
    const auto at = place - all.begin();
    if (static_cast<std::size_t>(at) >= kMost) return false;
    if (all.empty()) all.reserve(kMostlyKnown);
    all.insert(all.begin() + at, known);
    if (all.size() > kMost) all.pop_back();
    return true;
}

void Equations::spread() {
    auto later = [](const Pending& a, const Pending& b) { return a.known.trust > b.known.trust; };
    std::priority_queue<Pending, std::vector<Pending>, decltype(later)> queue(later,
                                                                              std::move(pending_));
    pending_.clear();
    while (!queue.empty()) {
        Pending from = queue.top();
        queue.pop();
        each_edge(from.node, [&](const Edge& edge) {
            Known known = from.known;
            known.value += edge.delta;
            known.trust = std::max(known.trust, edge.trust);
            if (edge.kind == Kind::cut) {
                known.value &= kLowHalf;
                known.bits = 64;  // the others are 0
            } else if (edge.kind == Kind::widened) {
                known.value &= kLowHalf;
                known.bits = 32;
            } else if (known.bits < 64) {
                known.value &= kLowHalf;
            }
            if (keep(edge.to, known)) queue.push({edge.to, known});
        });
    }
}

std::vector<std::pair<Equations::Node, std::uint64_t>> Equations::equals(Node node,
                                                                         std::size_t limit) const {
    std::vector<std::pair<Node, std::uint64_t>> found{{node, 0}};
    std::set<Node> seen{node};
    for (std::size_t i = 0; i < found.size() && found.size() < limit; ++i) {
        auto [at, delta] = found[i];
        each_edge(at, [&, delta = delta](const Edge& edge) {
            if (edge.kind == Kind::equal && seen.insert(edge.to).second)
                found.emplace_back(edge.to, delta + edge.delta);
        });
    }
    return found;
}

}  // namespace nfstriage::arguments
