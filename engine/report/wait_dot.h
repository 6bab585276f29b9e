// The graph of waits in DOT, the language of Graphviz, for drawing: tasks that wait for the same
// thing stand together, objects are named as in `nfstriage show`.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "nfs/waits.h"

namespace nfstriage::report {

// "" where nobody waits. At most some hundred nodes: of many tasks behind one object the first are
// named and the others counted. Text from the dump stands in quoted strings and cannot end them.
std::string wait_graph_to_dot(const nfs::WaitsState& waits);

// `text` as a quoted string of DOT; nothing in it is taken for an escape.
std::string as_dot_string(std::string_view text);

// What names one thing of the graph, each part once: its name, its C type unless the name has it,
// its address likewise. Not escaped.
std::vector<std::string> said_once(const std::string& name, const std::string& type, VAddr address);

}  // namespace nfstriage::report
