#include "fleet/batch_report.h"

#include <nlohmann/json.hpp>

#include <fmt/format.h>

#include "base/text.h"
#include "report/columns.h"
#include "report/json.h"

namespace nfstriage::fleet {
namespace {

using nlohmann::ordered_json;

constexpr std::size_t kWidth = 100;
constexpr std::size_t kFailuresShown = 20;

void add_line(std::string& text, std::size_t indent, std::string_view words) {
    for (const std::string& line : report::wrap(escape(words), kWidth - indent))
        text += std::string(indent, ' ') + line + "\n";
}

std::string counted(std::uint64_t count, std::string_view one, std::string_view many) {
    return fmt::format("{} {}", count, count == 1 ? one : many);
}

}  // namespace

std::string to_text(const BatchReport& report) {
    const BatchSummary& summary = report.summary;
    std::string text =
        counted(summary.inputs, "input", "inputs") + fmt::format(": {} analysed", summary.analysed);
    auto add = [&text](std::uint64_t count, std::string_view what) {
        if (count != 0) text += fmt::format(", {} {}", count, what);
    };
    add(summary.cut_short, "of them cut short by a limit");
    add(summary.known, "known already");
    add(summary.duplicates, "with a content known under another name");
    add(summary.failed, "without a verdict");
    add(summary.older, "older");
    add(summary.unsettled, "left for later, they just changed");
    std::string head;
    add_line(head, 0, text);
    for (const auto& [status, count] : summary.statuses)
        head += fmt::format("  {:>8}  {}\n", count, verdict::to_string(status));
    if (!report.left_out.empty()) {
        std::string left;
        for (const auto& [why, count] : report.left_out)
            left += fmt::format("{}{} ({})", left.empty() ? "" : ", ", why, count);
        add_line(head, 0, "left out: " + left);
    }
    for (const Error& error : report.folder_errors) add_line(head, 0, to_string(error));
    std::size_t shown = std::min(summary.failures.size(), kFailuresShown);
    if (shown != 0) head += "no verdict:\n";
    for (std::size_t i = 0; i < shown; ++i) {
        const Failure& failure = summary.failures[i];
        add_line(head, 2, failure.name);
        add_line(head, 4, failure.expected + "; " + failure.remedy);
    }
    if (summary.failures.size() > shown)
        add_line(head, 2, fmt::format("and {} more", summary.failures.size() - shown));
    return head;
}

std::string to_json(const BatchReport& report) {
    const BatchSummary& summary = report.summary;
    ordered_json json = ordered_json::object();
    json["schema_version"] = report::kSchemaVersion;
    json["store"] = escape(report.store);
    json["inputs"] = summary.inputs;
    json["analysed"] = summary.analysed;
    json["cut_short"] = summary.cut_short;
    json["known"] = summary.known;
    json["duplicates"] = summary.duplicates;
    json["failed"] = summary.failed;
    json["older"] = summary.older;
    json["unsettled"] = summary.unsettled;
    json["seconds"] = report.seconds;
    json["interrupted"] = summary.interrupted;
    json["statuses"] = ordered_json::object();
    for (const auto& [status, count] : summary.statuses)
        json["statuses"][std::string(verdict::to_string(status))] = count;
    json["left_out"] = ordered_json::object();
    for (const auto& [why, count] : report.left_out) json["left_out"][why] = count;
    json["failures"] = ordered_json::array();
    auto add = [&json](std::string_view path, std::string_view expected, std::string_view remedy) {
        ordered_json item = ordered_json::object();
        item["path"] = escape(path);
        item["expected"] = escape(expected);
        item["remedy"] = escape(remedy);
        json["failures"].push_back(std::move(item));
    };
    for (const Error& error : report.folder_errors) add(error.file, error.expected, error.remedy);
    for (const Failure& failure : summary.failures)
        add(failure.name, failure.expected, failure.remedy);
    return json.dump(2) + "\n";
}

}  // namespace nfstriage::fleet
