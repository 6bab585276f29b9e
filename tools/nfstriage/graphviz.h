// Drawing with Graphviz, where it is installed: nothing of it is linked.
#pragma once

#include <string>

namespace nfstriage::command {

// The SVG element that `dot` makes of the graph, for use inside an HTML document. "" where there is
// no graph, no `dot`, it fails, takes more than a few seconds, or makes what is no plain drawing.
std::string draw_with_graphviz(const std::string& dot);

}  // namespace nfstriage::command
