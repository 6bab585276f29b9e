#include "nfs/wait_graph.h"

#include "catch.h"

using namespace nfstriage;
using nfs::NodeKind;
using nfs::WaitGraph;
using nfs::WaitNode;

namespace {

WaitNode task(std::uint64_t address) {
    return {NodeKind::task, "struct task_struct", VAddr{address}, "t", ""};
}

}  // namespace

TEST_CASE("an object of the graph of waits is there once, and expanded once") {
    WaitGraph graph(10);
    std::size_t a = graph.add(task(1));
    CHECK(graph.add(task(1)) == a);
    std::size_t disk = graph.add({NodeKind::outside, "", VAddr{}, "a disk", ""});
    CHECK(graph.add({NodeKind::outside, "", VAddr{}, "a disk", ""}) == disk);
    CHECK(graph.add({NodeKind::outside, "", VAddr{}, "a daemon", ""}) != disk);
    int expanded = 0;
    graph.expand([&](std::size_t node) {
        ++expanded;
        if (node == a) graph.connect(a, {graph.add(task(2)), "waits for", Trust::orc});
    });
    CHECK(expanded == 4);
    graph.connect(a, {graph.add(task(2)), "again", Trust::guess});
    CHECK(graph.edges(a).size() == 1);
}

TEST_CASE("a chain of waits follows first edges and is as good as its weakest one") {
    WaitGraph graph(10);
    std::size_t a = graph.add(task(1)), b = graph.add(task(2)), c = graph.add(task(3));
    graph.connect(a, {b, "waits for", Trust::orc});
    graph.connect(a, {c, "waits for", Trust::orc});
    graph.connect(b, {c, "held by", Trust::scan});
    WaitGraph::Chain chain = graph.chain(a);
    CHECK(chain.nodes == std::vector<std::size_t>{a, b, c});
    CHECK_FALSE(chain.is_ring);
    CHECK(chain.trust == Trust::scan);
    CHECK(graph.rings().empty());
}

TEST_CASE("tasks that wait for each other are one ring, whoever is asked") {
    WaitGraph graph(10);
    std::size_t outer = graph.add(task(1)), a = graph.add(task(2)), b = graph.add(task(3)),
                self = graph.add(task(4));
    graph.connect(outer, {b, "waits for", Trust::orc});
    graph.connect(a, {b, "waits for", Trust::orc});
    graph.connect(b, {a, "waits for", Trust::orc});
    graph.connect(self, {self, "waits for", Trust::orc});
    CHECK(graph.chain(outer).is_ring);
    CHECK(graph.chain(outer).nodes == std::vector<std::size_t>{outer, b, a});
    CHECK(graph.chain(self).is_ring);
    CHECK(graph.rings() == std::vector<std::vector<std::size_t>>{{a, b}, {self}});
}

TEST_CASE("a graph of waits that has no end stops growing and says so") {
    WaitGraph graph(5);
    graph.add(task(1));
    std::uint64_t next = 2;
    graph.expand([&](std::size_t node) {
        graph.connect(node, {graph.add(task(next++)), "waits for", Trust::orc});
    });
    CHECK(graph.full());
    CHECK(graph.size() <= 6);
    CHECK(graph.chain(0).nodes.size() == 6);
}
