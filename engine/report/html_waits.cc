// The graph of waits as a drawing, and each chain as a list, which says the same.
#include <string>
#include <vector>

#include <fmt/format.h>

#include "base/address.h"
#include "nfs/state.h"
#include "report/html_sections.h"
#include "report/state_view.h"
#include "report/wait_dot.h"
#include "report/words.h"

namespace nfstriage::report {
namespace {

constexpr std::size_t kMostListed = 100;

std::string link_text(const nfs::WaitLink& link) {
    std::string text = link.relation;
    if (link.name.empty()) join(text, link.kind, " ");
    for (const std::string& part : said_once(link.name, link.type, link.address))
        join(text, part, " ");
    return text;
}

// The chain of each task, for those who cannot see the drawing, or where there is none.
void list_chains(HtmlWriter& writer, const nfs::WaitsState& waits, bool open) {
    writer.markup(open ? "<details class=\"chains\" open>\n" : "<details class=\"chains\">\n");
    writer.element("summary", fmt::format("Chains of {} waiting tasks", waits.waits.items.size()));
    {
        auto list = writer.in("ul");
        std::size_t shown = 0;
        for (const nfs::Wait& wait : waits.waits.items) {
            if (shown++ == kMostListed) {
                writer.element(
                    "li", fmt::format("and {} more tasks", waits.waits.items.size() - kMostListed));
                break;
            }
            auto item = writer.in("li");
            writer.element("strong", fmt::format("{}[{}]", wait.comm ? *wait.comm : "task",
                                                 wait.pid ? std::to_string(*wait.pid) : "?"));
            auto chain = writer.in("ol");
            for (const nfs::WaitLink& link : links_of(waits, wait))
                writer.element("li", link_text(link));
        }
    }
    writer.markup("</details>\n");
}

}  // namespace

void write_waits(HtmlWriter& writer, nfs::State& state,
                 const std::function<std::string(const std::string& dot)>& draw) {
    const nfs::WaitsState& waits = state.waits();
    if (waits.waits.items.empty()) return;
    writer.section("Who waits for whom");
    writer.element("p", summary_of(waits));
    std::string drawing = draw ? draw(wait_graph_to_dot(waits)) : "";
    if (!drawing.empty()) {
        auto figure = writer.in("figure", {{"class", "wide waits"},
                                           {"role", "img"},
                                           {"tabindex", "0"},
                                           {"aria-label",
                                            "Graph of waits; the chains that follow "
                                            "say the same"}});
        writer.markup(drawing);
    }
    list_chains(writer, waits, drawing.empty());
}

}  // namespace nfstriage::report
