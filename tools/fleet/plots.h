// Plots as SVG inside a page, drawn from the data: no library, no script. Colours are classes,
// which follow the page's scheme; what a plot shows is also said in words, for those who cannot see
// it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "report/html_writer.h"

namespace nfstriage::fleet {

struct Bar {
    std::string label;                 // under it, or when it is pointed at
    std::vector<std::uint64_t> parts;  // from the bottom, in the order of `Series`
};

struct Series {
    std::string name;
    std::string_view colour;  // a class of kPlotStyle: "s0" to "s4"
};

extern const std::string_view kPlotStyle;

// One bar for each day, its parts stacked, with a scale, the first and the last label and a legend.
void plot_bars(report::HtmlWriter& page, std::string_view title, const std::vector<Series>& series,
               const std::vector<Bar>& bars);

// The same small, without any of that, beside a line of text.
void plot_spark(report::HtmlWriter& page, std::string_view title,
                const std::vector<std::uint64_t>& values);

}  // namespace nfstriage::fleet
