// What the browser is given besides markup.
#include "report/html_sections.h"

namespace nfstriage::report {

const std::string_view kReportStyle = R"css(
h3 { font-size: 1rem; margin: 1.25rem 0 0.25rem; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 0.15rem 1rem; margin: 0.5rem 0; }
dt { font-weight: 600; grid-column: 1; } dd { margin: 0; grid-column: 2; }
details { border: 1px solid var(--line); border-radius: 4px; margin: 0.4rem 0;
  padding: 0 0.6rem; }
details[open] { padding-bottom: 0.5rem; }
summary { cursor: pointer; padding: 0.35rem 0; }
summary > * { margin-right: 0.6rem; }
.chip { display: inline-block; min-width: 2.2rem; }
ol.frames { padding-left: 2.2rem; } ol.frames p { margin: 0.35rem 0; }
ol.frames p > * { margin-right: 0.6rem; }
li.blamed > * { border-left: 4px solid var(--bad); padding-left: 0.5rem; }
svg { max-width: 100%; height: auto; }
svg text { fill: var(--text); }
.timeline text { font: 13px system-ui, sans-serif; }
.timeline line { stroke: var(--line); }
.timeline circle { stroke: var(--ground); fill: var(--quiet); }
.timeline circle.bad { fill: var(--bad); } .timeline circle.warn { fill: var(--warn); }
.timeline { min-width: 40rem; }
figure { margin: 0.5rem 0; } .waits svg { max-width: none; }
.waits .node polygon { fill: var(--raised); stroke: var(--quiet); }
.waits .node.task polygon { stroke: var(--mark); stroke-width: 2; }
.waits .node.end polygon { stroke: var(--bad); stroke-width: 2; }
.waits .edge path { stroke: var(--quiet); }
.waits .edge polygon { fill: var(--quiet); stroke: var(--quiet); }
.search input { font: inherit; padding: 0.3rem; width: min(24rem, 100%); color: inherit;
  background: var(--raised); border: 1px solid var(--quiet); border-radius: 4px; }
@media (max-width: 40rem) { dl { grid-template-columns: 1fr; } dd { grid-column: 1;
  margin-bottom: 0.4rem; } body { padding: 0.6rem; } }
)css";

// Rows without every word of the search are hidden, lists without a row closed.
const std::string_view kReportScript = R"js(
(() => {
  const field = document.getElementById("search");
  if (!field) return;
  const found = document.getElementById("found");
  const lists = [...document.querySelectorAll("#state details.list")].map(list => ({
    list, rows: [...list.querySelectorAll("tbody tr")].map(row => ({
      row, text: row.textContent.toLowerCase() })) }));
  field.parentElement.hidden = false;
  field.addEventListener("input", () => {
    const words = field.value.toLowerCase().split(/\s+/).filter(word => word);
    let total = 0;
    for (const { list, rows } of lists) {
      let here = 0;
      for (const { row, text } of rows) {
        const fits = words.every(word => text.includes(word));
        row.hidden = !fits;
        here += fits;
      }
      list.hidden = words.length > 0 && here === 0;
      list.open = words.length > 0 && here > 0;
      total += here;
    }
    found.textContent = words.length ? total + (total === 1 ? " row" : " rows") : "";
  });
})();
)js";

}  // namespace nfstriage::report
