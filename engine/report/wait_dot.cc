#include "report/wait_dot.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "base/address.h"
#include "base/text.h"
#include "report/columns.h"

namespace nfstriage::report {
namespace {

constexpr std::size_t kMostNodes = 150, kMostNamed = 5, kLongestLine = 60;

std::string_view class_of(nfs::NodeKind kind) {
    switch (kind) {
        case nfs::NodeKind::task:
            return "task";
        case nfs::NodeKind::rpc_task:
        case nfs::NodeKind::transport:
            return "rpc";
        case nfs::NodeKind::server:
        case nfs::NodeKind::outside:
            return "end";
        case nfs::NodeKind::object:
        case nfs::NodeKind::state_manager:
            break;
    }
    return "object";
}

std::string label_of(const nfs::WaitNode& node) {
    std::vector<std::string> lines;
    for (const std::string& part : said_once(node.name, node.type, node.address))
        lines.push_back(clip(escape(part), kLongestLine));
    if (!node.what.empty()) lines.push_back(clip(escape(node.what), kLongestLine));
    if (lines.empty()) lines.emplace_back("?");
    return fmt::format("{}", fmt::join(lines, "\n"));
}

// Tasks that nobody waits for, by what they wait for and how.
using Group = std::pair<std::size_t, std::string>;

class Drawing {
public:
    explicit Drawing(const nfs::WaitGraph& graph) : graph_(graph) {}

    std::string draw(const std::vector<std::size_t>& tasks) {
        find_ways(tasks);
        for (std::size_t task : tasks) add_task(task);
        for (const auto& [group, members] : groups_) add_group(group, members);
        // The tasks that wait stand at the left, whatever the length of their chains.
        std::string tasks_of_groups;
        for (std::size_t i = 0; i < groups_drawn_; ++i) tasks_of_groups += fmt::format("g{}; ", i);
        return fmt::format(
            "digraph waits {{\nrankdir=LR; ranksep=0.2; nodesep=0.2; bgcolor=transparent; "
            "node [shape=box, fontname=\"sans-serif\", fontsize=11]; "
            "edge [fontname=\"sans-serif\", fontsize=10];\n{}{}{{rank=min; {}}}\n}}\n",
            nodes_, edges_, tasks_of_groups);
    }

private:
    // Which nodes something waits for.
    void find_ways(const std::vector<std::size_t>& tasks) {
        for (std::size_t task : tasks) {
            const auto nodes = graph_.chain(task).nodes;
            awaited_.insert(nodes.begin() + 1, nodes.end());
            if (graph_.chain(task).is_ring) awaited_.insert(nodes.begin(), nodes.end());
        }
    }

    void add_task(std::size_t task) {
        if (awaited_.count(task) == 0 && !graph_.edges(task).empty()) {
            const nfs::WaitEdge& edge = graph_.edges(task).front();
            groups_[{edge.to, edge.relation}].push_back(task);
            follow(edge.to);
        } else {
            follow(task);
        }
    }

    // Draws the chain from `node` on, up to where it was drawn already.
    void follow(std::size_t node) {
        while (draw_node(node) && !graph_.edges(node).empty()) {
            const nfs::WaitEdge& edge = graph_.edges(node).front();
            if (drawn_.size() == kMostNodes && drawn_.count(edge.to) == 0) return;
            draw_edge("n" + std::to_string(node), edge.to, edge.relation);
            node = edge.to;
        }
    }

    // False: it is there already, or there is no more room.
    bool draw_node(std::size_t index) {
        if (drawn_.size() == kMostNodes || !drawn_.insert(index).second) return false;
        const nfs::WaitNode& node = graph_.node(index);
        put_node("n" + std::to_string(index), label_of(node), class_of(node.kind));
        return true;
    }

    void add_group(const Group& group, const std::vector<std::size_t>& members) {
        const auto& [to, relation] = group;
        if (drawn_.count(to) == 0) return;
        std::vector<std::string> names;
        for (std::size_t i = 0; i < std::min(members.size(), kMostNamed); ++i)
            names.push_back(clip(escape(graph_.node(members[i]).name), kLongestLine));
        if (members.size() > kMostNamed)
            names.push_back(fmt::format("and {} more tasks", members.size() - kMostNamed));
        const std::string name = "g" + std::to_string(groups_drawn_++);
        put_node(name, fmt::format("{}", fmt::join(names, "\n")), "task");
        draw_edge(name, to, relation);
    }

    void put_node(const std::string& name, const std::string& label, std::string_view kind) {
        nodes_ += fmt::format("{} [label={}, class=\"{}\"];\n", name, as_dot_string(label), kind);
    }

    void draw_edge(const std::string& from, std::size_t to, std::string_view relation) {
        edges_ += fmt::format("{} -> n{} [label={}];\n", from, to, as_dot_string(relation));
    }

    const nfs::WaitGraph& graph_;
    std::set<std::size_t> awaited_, drawn_;
    std::map<Group, std::vector<std::size_t>> groups_;
    std::size_t groups_drawn_ = 0;
    std::string nodes_, edges_;
};

}  // namespace

std::vector<std::string> said_once(const std::string& name, const std::string& type,
                                   VAddr address) {
    constexpr std::string_view kStruct = "struct ";
    std::vector<std::string> parts;
    if (!name.empty()) parts.push_back(name);
    std::string_view tag = type;
    if (tag.starts_with(kStruct)) tag.remove_prefix(kStruct.size());
    if (!tag.empty() && name.find(tag) == std::string::npos) parts.push_back(type);
    if (!address.is_null() && name.find(hex(address)) == std::string::npos)
        parts.push_back(hex(address));
    return parts;
}

std::string as_dot_string(std::string_view text) {
    std::string result = "\"";
    for (char c : text) {
        if (c == '\n') {
            result += "\\n";
            continue;
        }
        if (c == '"' || c == '\\') result += '\\';
        result += c;
    }
    return result += '"';
}

std::string wait_graph_to_dot(const nfs::WaitsState& waits) {
    if (!waits.graph || waits.waits.items.empty()) return "";
    std::vector<std::size_t> tasks;
    for (const nfs::Wait& wait : waits.waits.items) tasks.push_back(wait.node);
    return Drawing(*waits.graph).draw(tasks);
}

}  // namespace nfstriage::report
