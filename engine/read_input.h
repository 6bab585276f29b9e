// An Input of the façade, opened: the text of a console log, or a dump with everything that is
// known of its kernel. What verdicts and lists of stacks have in common.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "dump/dump.h"
#include "facts/scene.h"
#include "layout/kernel_layout.h"
#include "lend_text.h"
#include "log/text.h"
#include "triage.h"

namespace nfstriage {

struct OpenedDump {
    std::unique_ptr<dump::Dump> dump;
    layout::KernelLayout layout;                      // of that dump
    TextRemarks text_remarks;                         // of the text that was lent; empty: none
    std::shared_ptr<const Redaction> redaction = {};  // of the input

    // What has come up while the dump was read: sources that disagree, text that was lent.
    std::vector<std::string> remarks() const;
};

// How reports call it.
std::string name_of(const Input& input);

// Names what was seen of an input as reports call it, and redacts what is said to be missing of it.
void name_input(facts::Input& seen, const Input& input);

// The text of an input that is a console log, by its content; null if it is not. Redacted like
// the input. Errors: unreadable.
Result<std::unique_ptr<log::Text>> open_if_log(const Input& input);

// Redacted where that is not null. Errors: unreadable.
Result<std::unique_ptr<log::Text>> open_log(const std::filesystem::path& path,
                                            const Redaction* redaction);

// Errors: `text` is empty, unreadable or no text of a console log.
Result<void> check_log_text(log::Text& text, const std::string& name);

// Errors: `text` is empty, unreadable or no text. `name`: how reports call it.
Result<facts::Scene> scene_of_log(log::Text& text, const std::string& name);

// Without what its kernel's layout is known by. Errors: unreadable, not a dump.
Result<std::unique_ptr<dump::Dump>> open_memory(const Input& input, const TriageOptions& options);

// Errors: unreadable, not a dump.
Result<OpenedDump> open_dump(const Input& input, const TriageOptions& options);

// The same for what only a dump can answer. Errors: also a console log, which holds no memory.
Result<OpenedDump> open_dump_only(const Input& input, const TriageOptions& options);

// What the dump shows, joined with the console log that `input` names for it. Refers to `opened`.
// Errors: that log is unreadable.
Result<facts::Scene> scene_of_dump(OpenedDump& opened, const Input& input);

}  // namespace nfstriage
