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
details p { margin: 0.4rem 0; }
.chip { display: inline-block; min-width: 2.2rem; }
ol.frames { padding-left: 2.2rem; margin: 0.25rem 0; }
ol.frames details, ol.frames p { border: 0; margin: 0; padding: 0 0 0 1.2rem; }
ol.frames summary, ol.frames p { padding-top: 0.15rem; padding-bottom: 0.15rem; }
ol.frames summary { margin-left: -1.2rem; list-style: none; }
ol.frames summary::-webkit-details-marker { display: none; }
ol.frames summary::before { content: "\25b8"; content: "\25b8" / ""; display: inline-block;
  width: 1.2rem; }
ol.frames details[open] > summary::before { content: "\25be"; content: "\25be" / ""; }
ol.frames p > * { margin-right: 0.6rem; }
li.blamed { box-shadow: -4px 0 0 var(--bad); }
svg { max-width: 100%; height: auto; }
svg text { fill: var(--text); }
.timeline text { font: 13px system-ui, sans-serif; }
.timeline line { stroke: var(--line); }
.timeline circle { stroke: var(--ground); fill: var(--quiet); }
.timeline circle.bad { fill: var(--bad); } .timeline circle.warn { fill: var(--warn); }
.timeline { min-width: 56rem; }
figure { margin: 0.5rem 0; } .waits svg { max-width: none; }
.waits .node polygon { fill: var(--raised); stroke: var(--quiet); }
.waits .node.task polygon { stroke: var(--mark); stroke-width: 2; }
.waits .node.end polygon { stroke: var(--bad); stroke-width: 2; }
.waits .edge path { stroke: var(--quiet); }
.waits .edge polygon { fill: var(--quiet); stroke: var(--quiet); }
.search { display: flex; flex-wrap: wrap; align-items: center; gap: 0.25rem 0.75rem; }
.search[hidden] { display: none; }
.search input { font: inherit; padding: 0.3rem; width: min(24rem, 100%); color: inherit;
  background: var(--raised); border: 1px solid var(--quiet); border-radius: 4px; }
@media (max-width: 40rem) { .wide table { min-width: 46rem; }
  .clause .wide table, .frames .wide table { min-width: 0; }
  .clause thead, .frames thead { position: absolute; clip-path: inset(50%); }
  .clause .wide td, .frames .wide td { display: block; border: 0; padding: 0; width: auto;
    overflow-wrap: anywhere; }
  .clause .wide tr, .frames .wide tr { display: flex; flex-wrap: wrap; gap: 0 1rem;
    padding: 0.35rem 0; border-bottom: 1px solid var(--line); }
  .clause td:nth-child(n + 3), .frames td:nth-child(n + 3) { color: var(--quiet);
    font-size: 0.875rem; }
  dl { grid-template-columns: 1fr; } dd { grid-column: 1;
  margin-bottom: 0.4rem; } body { padding: 0.6rem; } }
@media print { .search { display: none; } .timeline, .wide table { min-width: 0; }
  .waits svg { max-width: 100%; }
  :is(.clause, .chains)::details-content { content-visibility: visible; } }
)css";

// Rows without every word of the search are hidden, lists without a row too; a search that ends
// leaves the lists as it found them. Evidence and chains are opened for printing where style cannot
// do it.
const std::string_view kReportScript = R"js(
(() => {
  const parts = [...document.querySelectorAll(".clause, .chains")];
  let opened = [];
  addEventListener("beforeprint", () => {
    opened = parts.filter(part => !part.open);
    for (const part of opened) part.open = true;
  });
  addEventListener("afterprint", () => { for (const part of opened) part.open = false; });

  const field = document.getElementById("search");
  if (!field) return;
  const found = document.getElementById("found");
  const lists = [...document.querySelectorAll("#state details.list")].map(list => ({
    list, open: list.open, rows: [...list.querySelectorAll("tbody tr")].map(row => ({
      row, text: row.textContent.toLowerCase() })) }));
  const sections = [...document.querySelectorAll("#state .lists")];
  let searching = false;
  field.closest(".search").hidden = false;
  const search = () => {
    const words = field.value.toLowerCase().split(/\s+/).filter(word => word);
    const begins = words.length > 0 && !searching, ends = words.length === 0 && searching;
    searching = words.length > 0;
    let total = 0;
    for (const one of lists) {
      if (begins) one.open = one.list.open;
      let here = 0;
      for (const { row, text } of one.rows) {
        const fits = words.every(word => text.includes(word));
        row.hidden = !fits;
        here += fits;
      }
      one.list.hidden = searching && here === 0;
      if (searching) one.list.open = here > 0;
      if (ends) one.list.open = one.open;
      total += here;
    }
    for (const section of sections)
      section.hidden = ![...section.querySelectorAll("details.list")].some(list => !list.hidden);
    found.textContent = searching ? total + (total === 1 ? " row" : " rows") : "";
  };
  field.addEventListener("input", search);
  field.addEventListener("keydown", event => {
    if (event.key !== "Escape" || !field.value) return;
    event.preventDefault();
    field.value = "";
    search();
  });
})();
)js";

}  // namespace nfstriage::report
