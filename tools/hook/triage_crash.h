// What the worker does with one crash: a first verdict from the console log alone, soon on the
// disk, then one from memory that takes its place. Runs in the process that supervise() made.
#pragma once

#include <filesystem>
#include <vector>

#include "hook/supervise.h"
#include "triage.h"

namespace nfstriage::hook {

struct Crash {
    std::vector<Input> inputs;  // the best first; the next is read where one says nothing
    std::vector<std::filesystem::path> folders;   // for the verdict: the first that takes it
    std::vector<std::filesystem::path> profiles;  // folders with kernel profiles
    SpendingLimits limits;                        // of each input
    // Leave a verdict that stands in the folder and says more than ours.
    bool keep_better = false;
};

// Tells, each time a verdict is written, the line for the console; where no folder takes it, the
// verdict itself.
void triage_crash(const Crash& crash, const Tell& tell);

}  // namespace nfstriage::hook
