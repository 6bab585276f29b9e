// The verdict as one HTML file that loads nothing from elsewhere: the answer first, the evidence
// as a tree that opens, every stack with arguments and source lines, the log's reports on a time
// line, who waits for whom, and the NFS state in tables that can be searched. Everything works
// without the script but the search.
#pragma once

#include <functional>
#include <string>

#include "facts/scene.h"
#include "verdict/verdict.h"

namespace nfstriage::report {

struct HtmlParts {
    // The scene of the verdict, still open: the log and the state are read from it. Null: sections
    // that need it are left out.
    const facts::Scene* scene = nullptr;
    // Draws a graph that is given in DOT (the language of Graphviz) as an SVG element; "" where it
    // cannot. Its result is used as markup. Empty: waits are shown as a list.
    std::function<std::string(const std::string& dot)> draw;
};

std::string to_html(const verdict::Verdict& verdict, const HtmlParts& parts);

}  // namespace nfstriage::report
