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
    struct Edge {
        Node to;
        std::uint64_t delta;
        Trust trust;
        enum class Kind : std::uint8_t { equal, cut, widened } kind;
    };
    struct Unknown {
        std::vector<Edge> edges;
        std::vector<Known> known;
    };
    struct Pending {
        Node node;
        Known known;
    };
    bool keep(Node node, const Known& known);

    std::vector<Unknown> nodes_;
    std::vector<Pending> pending_;
};

}  // namespace nfstriage::arguments
