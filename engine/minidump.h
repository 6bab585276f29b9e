// A mini-dump: a dump of the pages that an analysis touched, and of what crash and drgn need to
// open it; megabytes where the dump has gigabytes. Analysed again it gives the same verdict, apart
// from `input` and `limits`. A page that is not in it reads as absent, never as zeros; pages of
// programs and files (page cache, anonymous memory) are never in it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "base/result.h"
#include "triage.h"
#include "verdict/verdict.h"

namespace nfstriage {

struct Minidump {
    verdict::Verdict verdict;  // of the input
    std::uint64_t pages = 0;   // in the mini-dump
    std::uint64_t bytes = 0;   // of its file, holes left out
    // Pages that the analysis read and that are left out because programs or files own them.
    std::uint64_t user_pages = 0;
    // Whether the mini-dump, analysed, gives `verdict`; what differs would be a mistake of ours or
    // the consequence of `user_pages`.
    bool same_verdict = false;
};

// Reads the input, writes the mini-dump to `output` (replaced in one step) and analyses that in
// turn. The log that comes with a dump is left aside: it stays a file of its own. Of an input with
// a redaction, what was replaced is replaced in the mini-dump too, and whatever nobody read is
// zero, so that no names are left beside those that were read. With a `draft`, a path of its own,
// it is written there, and the caller puts it into its place. Errors: the input is no dump,
// unreadable, or of an architecture without mini-dumps; `output` is the input, or cannot be
// written.
Result<Minidump> make_minidump(const Input& input, const Catalogue& catalogue,
                               const std::filesystem::path& output, TriageOptions options = {},
                               const std::filesystem::path& draft = {});

}  // namespace nfstriage
