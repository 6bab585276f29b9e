#include "fleet/plots.h"

#include <algorithm>
#include <numeric>

#include <fmt/format.h>

namespace nfstriage::fleet {

using report::HtmlWriter;

const std::string_view kPlotStyle = R"css(
.plot { width: 100%; height: auto; max-height: 16rem; display: block; }
.plot text { fill: var(--quiet); font: 11px system-ui, sans-serif; }
.plot .rule { stroke: var(--line); stroke-width: 1; }
@media (max-width: 34rem) { .plot text { font-size: 20px; } }
.spark { width: 9rem; height: 1.5rem; display: block; border-bottom: 1px solid var(--line); }
.s0 { fill: #c23b31; background: #c23b31; } .s1 { fill: #d98a1f; background: #d98a1f; }
.s2 { fill: #8a6fd1; background: #8a6fd1; } .s3 { fill: #3f8fd0; background: #3f8fd0; }
.s4 { fill: #7c8794; background: #7c8794; }
.legend { list-style: none; display: flex; flex-wrap: wrap; gap: 0.25rem 1rem; padding: 0;
  margin: 0.5rem 0; font-size: 0.9rem; }
.legend i { display: inline-block; width: 0.8em; height: 0.8em; margin-right: 0.4em; }
)css";

namespace {

constexpr double kWidth = 720, kHeight = 180, kLeft = 44, kTop = 8, kBottom = 20;

std::string coordinate(double value) { return fmt::format("{:.2f}", value); }

std::uint64_t sum(const std::vector<std::uint64_t>& parts) {
    return std::accumulate(parts.begin(), parts.end(), std::uint64_t{0});
}

// The next of 1, 2, 5, 10, 20, ... that is not less.
std::uint64_t round_up(std::uint64_t value) {
    for (std::uint64_t power = 1;; power *= 10)
        for (std::uint64_t digit : {1, 2, 5})
            if (digit * power >= value) return digit * power;
}

void rect(HtmlWriter& page, std::string_view colour, double x, double y, double width,
          double height) {
    page.element("rect", "",
                 {{"class", std::string(colour)},
                  {"x", coordinate(x)},
                  {"y", coordinate(y)},
                  {"width", coordinate(width)},
                  {"height", coordinate(height)}});
}

void scale(HtmlWriter& page, std::uint64_t most) {
    for (int i = 0; i <= 2; ++i) {
        double y = kTop + (kHeight - kTop - kBottom) * (2 - i) / 2;
        page.element("line", "",
                     {{"class", "rule"},
                      {"x1", coordinate(kLeft)},
                      {"x2", coordinate(kWidth)},
                      {"y1", coordinate(y)},
                      {"y2", coordinate(y)}});
        // Half of an odd number is no count.
        if (i == 1 && most % 2 != 0) continue;
        page.element(
            "text", fmt::format("{}", most * static_cast<unsigned>(i) / 2),
            {{"x", coordinate(kLeft - 6)}, {"y", coordinate(y + 4)}, {"text-anchor", "end"}});
    }
}

void legend(HtmlWriter& page, const std::vector<Series>& series, const std::vector<Bar>& bars) {
    auto list = page.in("ul", {{"class", "legend"}});
    for (std::size_t i = 0; i < series.size(); ++i) {
        std::uint64_t all = 0;
        for (const Bar& bar : bars) all += bar.parts[i];
        auto item = page.in("li");
        page.element("i", "", {{"class", std::string(series[i].colour)}});
        page.text(fmt::format("{} {}", all, series[i].name));
    }
}

}  // namespace

void plot_bars(HtmlWriter& page, std::string_view title, const std::vector<Series>& series,
               const std::vector<Bar>& bars) {
    if (bars.empty()) return;
    std::uint64_t most = 1;
    for (const Bar& bar : bars) most = std::max(most, sum(bar.parts));
    most = round_up(most);
    {
        auto figure = page.in("svg", {{"class", "plot"},
                                      {"viewBox", fmt::format("0 0 {} {}", kWidth, kHeight)},
                                      {"role", "img"},
                                      {"aria-label", std::string(title)}});
        scale(page, most);
        double step = (kWidth - kLeft) / static_cast<double>(bars.size());
        double room = kHeight - kTop - kBottom;
        for (std::size_t i = 0; i < bars.size(); ++i) {
            auto bar = page.in("g");
            page.element("title", fmt::format("{}: {}", bars[i].label, sum(bars[i].parts)));
            double y = kHeight - kBottom, x = kLeft + step * static_cast<double>(i);
            for (std::size_t part = 0; part < series.size(); ++part) {
                double height =
                    room * static_cast<double>(bars[i].parts[part]) / static_cast<double>(most);
                if (height <= 0) continue;
                y -= height;
                rect(page, series[part].colour, x + step * 0.1, y, step * 0.8, height);
            }
        }
        double base = kHeight - 5;
        page.element("text", bars.front().label,
                     {{"x", coordinate(kLeft)}, {"y", coordinate(base)}});
        if (bars.size() > 1)
            page.element(
                "text", bars.back().label,
                {{"x", coordinate(kWidth)}, {"y", coordinate(base)}, {"text-anchor", "end"}});
    }
    legend(page, series, bars);
}

void plot_spark(HtmlWriter& page, std::string_view title,
                const std::vector<std::uint64_t>& values) {
    if (values.empty()) return;
    constexpr double kSparkWidth = 144, kSparkHeight = 24;
    std::uint64_t most =
        std::max<std::uint64_t>(1, *std::max_element(values.begin(), values.end()));
    auto figure = page.in("svg", {{"class", "spark"},
                                  {"viewBox", fmt::format("0 0 {} {}", kSparkWidth, kSparkHeight)},
                                  {"preserveAspectRatio", "none"},
                                  {"role", "img"},
                                  {"aria-label", std::string(title)}});
    page.element("title", title);
    double step = kSparkWidth / static_cast<double>(values.size());
    for (std::size_t i = 0; i < values.size(); ++i) {
        if (values[i] == 0) continue;
        double height = kSparkHeight * static_cast<double>(values[i]) / static_cast<double>(most);
        rect(page, "s3", step * static_cast<double>(i), kSparkHeight - height, step * 0.9, height);
    }
}

}  // namespace nfstriage::fleet
