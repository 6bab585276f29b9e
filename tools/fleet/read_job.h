// One input of a batch, in the process that was made for it: from a path that somebody else may be
// changing at this moment to what the store keeps.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "fleet/find_inputs.h"
#include "fleet/pool.h"
#include "fleet/store.h"
#include "process/sandbox.h"
#include "redaction.h"
#include "triage.h"

namespace nfstriage::fleet {

struct JobContext {
    const Catalogue& catalogue;
    TriageOptions reading;
    std::uint64_t max_unpacked = 16ull << 30;
    const Redacting* redacting = nullptr;  // null: names stay
    Sandbox sandbox = Sandbox::off;
    std::vector<Grant> grants = {};  // in the sandbox, besides the input: profiles

    // How results call the candidate.
    std::string name_of(const Candidate& candidate) const {
        return redacting == nullptr ? candidate.path : redacting->label(candidate.path);
    }
};

// Enters the sandbox, finds out what the input is, tells its identity, and says what came out.
// Every file is opened once, beneath the candidate's root and through no symbolic link, and read
// through that, so that nothing outside can be slipped in.
void read_job(const Candidate& candidate, const JobContext& context, const Line& line);

// What read_job() said of the input of this name. Errors: of the input; or it said nothing that can
// be understood.
Result<CrashResult> outcome_from(std::string_view said, const std::string& name);

}  // namespace nfstriage::fleet
