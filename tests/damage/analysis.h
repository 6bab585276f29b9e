// One analysis of one input, damaged or not, and everything that is made of its answer.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/tri.h"
#include "damage/state.h"
#include "dump/observer.h"
#include "dump/overlay.h"
#include "kernel/clock.h"
#include "triage.h"

namespace nfstriage::damage {

struct Subject {
    std::filesystem::path path;     // as a user names it
    std::filesystem::path profile;  // that the analysis is given; empty: none
    std::vector<Pfn> lost = {};     // pages of a dump that are treated as left out
    std::shared_ptr<const dump::Overlay> overlay = {};  // laid over the memory of a dump
    std::shared_ptr<dump::Observer> observer = {};
};

// What is wanted beside the verdict.
struct Depth {
    bool clauses = false, state = false, page = false;
};

struct Answer {
    verdict::Verdict verdict;
    std::map<std::string, std::map<std::string, Tri>> clauses;  // by rule and clause
    State state;
    std::optional<kernel::Clock> clock;  // of the state
    std::string page;                    // HTML
    std::vector<Pfn> pages;  // touched by the verdict, the clauses, the state and the page
};

Result<Answer> analyze(const Subject& subject, const Depth& depth);

// What is printed of it.
std::string json_of(const std::filesystem::path& path, const Result<Answer>& answer);

// "" for an error that says all that errors say, and a verdict that every report can be made of and
// whose JSON follows the schema; else what is wrong.
std::string complaint_about(const std::filesystem::path& path, const Result<Answer>& answer);

}  // namespace nfstriage::damage
