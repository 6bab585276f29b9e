// Unknown 64-bit values and equations between them: `b = a + constant`, or `b` is the low 32 bits
// of that. Known values spread over the equations, the most trusted first.
#pragma once

#include <cstdint>
#include <vector>

#include "base/frame.h"

namespace nfstriage::arguments {

class Equations {
public:
    using Node = std::uint32_t;

    // A word that was read: where known values come from. The caller keeps what it means.
    using Origin = std::uint32_t;

    struct Known {
        std::uint64_t value = 0;
        std::uint8_t bits = 64;  // low bits that are known
        Trust trust = Trust::guess;
        Origin origin = 0;
    };

    Node add(std::uint32_t count);  // the first of `count` new unknowns

    // b = a + delta. `trust`: no value that comes over it is trusted more.
    void equal(Node a, Node b, std::uint64_t delta, Trust trust);
    // b = the low 32 bits of a + delta.
    void low_half(Node a, Node b, std::uint64_t delta, Trust trust);

    // `known` holds for `node`. Takes effect with spread().
    void set(Node node, const Known& known);
    void spread();

    // At most one for each origin, most trusted first, at most kMost.
    const std::vector<Known>& known(Node node) const { return nodes_[node].known; }

    // Nodes that are equal to `node` up to a constant, that one included: (other, other - node). At
    // most `limit`.
    std::vector<std::pair<Node, std::uint64_t>> equals(Node node, std::size_t limit) const;

    static constexpr std::size_t kMost = 8;

private:
    enum class Kind : std::uint8_t { equal, cut, widened };
    struct Edge {
        Node to;
        Trust trust;
        Kind kind;
        std::uint64_t delta;
        std::uint32_t next = 0;  // number + 1 of the next edge of its node; 0: none
    };
    struct Unknown {
        std::uint32_t first_edge = 0, last_edge = 0;  // numbers + 1
        std::vector<Known> known;
    };
    struct Pending {
        Node node;
        Known known;
    };
    // Of the node, in the order in which they were added.
    template <class Each>
    void each_edge(Node node, Each each) const {
        for (std::uint32_t at = nodes_[node].first_edge; at != 0; at = edges_[at - 1].next)
            each(edges_[at - 1]);
    }
    void add_edge(Node from, const Edge& edge);
    void ask_again(Node node);  // its known values have somewhere new to go
    bool keep(Node node, const Known& known);

    std::vector<Unknown> nodes_;
    std::vector<Edge> edges_;
    std::vector<Pending> pending_;
};

}  // namespace nfstriage::arguments
