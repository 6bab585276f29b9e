// The sections of the HTML report that text has not, or only in short (html.h).
#pragma once

#include <functional>
#include <string>

#include "facts/scene.h"
#include "report/html_writer.h"
#include "verdict/verdict.h"

namespace nfstriage::report {

// Clauses with every value they looked at, where it was read, and what was missing.
void write_evidence(HtmlWriter& writer, const verdict::Diagnosis& diagnosis);

// Every stack whole: frames with trust, source line and arguments.
void write_whole_stacks(HtmlWriter& writer, const verdict::Verdict& verdict);

// Reports and notices of the log by time and CPU: a drawing, and the same as a table.
void write_timeline(HtmlWriter& writer, const log::ConsoleLog& log);

// Who waits for whom: drawn by `draw` (html.h), else as a list.
void write_waits(HtmlWriter& writer, nfs::State& state,
                 const std::function<std::string(const std::string& dot)>& draw);

// The lists of the state as tables, with a field to search them.
void write_state(HtmlWriter& writer, nfs::State& state);

// CSS and the script of these sections.
extern const std::string_view kReportStyle;
extern const std::string_view kReportScript;

}  // namespace nfstriage::report
