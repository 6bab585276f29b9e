// The façade: one input in, one verdict out. Programs include this and report/; tests of whole
// inputs too. Everything that decides is in the rooms.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "built_in.h"
#include "dump/observer.h"
#include "dump/overlay.h"
#include "facts/scene.h"
#include "knowledge/load.h"
#include "layout/kernel_layout.h"
#include "log/text.h"
#include "rules/load.h"
#include "verdict/verdict.h"

namespace nfstriage {

// The rules and records in use. Loaded once, used for any number of inputs.
struct Catalogue {
    std::vector<rules::Rule> rules;
    knowledge::Library knowledge;
    std::vector<rules::Diagnostic> rejected_rules;  // files that were not loaded, and why

    // An empty directory stands for what was compiled in. Errors: a directory of rules that cannot
    // be read. Broken files are left out and listed.
    static Result<Catalogue> load(const std::string& rules_directory = "",
                                  const std::string& knowledge_directory = "");

    // What was compiled in, for a program without a reader of folders. Errors: none in a program
    // that was built whole.
    static Result<Catalogue> built_in();
};

// The records alone; errors are those of Catalogue::load().
Result<knowledge::Library> load_records(const std::string& directory = "");

// What stands in place of names (redaction.h).
struct Redaction {
    std::shared_ptr<const dump::Overlay> overlay;            // of a dump; null for a log
    std::function<std::string(std::string_view text)> text;  // of sentences and logs
    std::function<std::string(std::string_view name)> name;  // of a name by itself
};

struct Input {
    std::vector<std::filesystem::path> parts;  // one dump (all parts of a split one), or one log
    std::filesystem::path log;                 // a console log of the same crash; empty: none
    std::string name;                          // how reports call it; empty: the first part's path
    std::shared_ptr<const Redaction> redaction = {};  // null: everything stays as it is
};

// Where kernel profiles come from.
struct ProfileOptions {
    std::filesystem::path file;                  // this one and no other, when not empty
    std::vector<std::filesystem::path> folders;  // searched in this order
    // Used where no folder has one; they stay where they are. A program carries those that it was
    // built with.
    std::vector<ByteSpan> carried = built_in_profiles();
    // Makes the profile of a kernel that no folder has, and returns its path; empty: no way to.
    std::function<Result<std::filesystem::path>(const layout::KernelSeen&)> make;
};

// Is given a verdict and the scene it was made of, whose memory, log and state are there during the
// call only. The verdict lacks its cost, which is not known yet.
using LookAtVerdict =
    std::function<void(const verdict::Verdict& verdict, const facts::Scene& scene)>;

struct TriageOptions {
    bool force_library = false;  // read dumps through libkdumpfile
    ProfileOptions profiles;
    // Files and folders with the vmlinux of the crashed kernel: it lends text that a dump lacks.
    std::vector<std::filesystem::path> text_sources;
    LookAtVerdict look;                        // called once for each verdict; empty: nobody looks
    std::shared_ptr<dump::Observer> observer;  // of dumps; null: nobody
};

// Reads the input and judges it. What the file is, is decided by its content. Errors: unreadable,
// empty, neither dump nor text.
Result<verdict::Verdict> triage(const Input& input, const Catalogue& catalogue,
                                const TriageOptions& options = {});

// A console log that is no file, or was opened already.
Result<verdict::Verdict> triage_log(log::Text& text, const std::string& name,
                                    const Catalogue& catalogue, const LookAtVerdict& look = {});

}  // namespace nfstriage
