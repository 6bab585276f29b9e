// Many small jobs in processes of their own, a few dozen to a process: one that crashes or hangs
// is reported by its number and the others go on.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace nfstriage::damage {

struct Limits {
    // CPU time of each job; one that sleeps may take ten times as long.
    std::chrono::milliseconds deadline{20'000};
    std::uint64_t memory_bytes = 0;  // address space of each process; 0: unlimited
    unsigned processes = 2;          // at once
};

enum class End { finished, died, hung };

struct Ended {
    std::size_t place = 0;  // the job's number
    End end = End::finished;
    std::string said;                   // what the job returned; of what it died
    std::chrono::microseconds time{0};  // of the CPU; 0 if it did not finish
    std::uint64_t peak_bytes = 0;       // resident, of its process so far
};

// What a job does and says. `slot`: below Limits::processes, no two processes at once have the
// same.
using Job = std::function<std::string(std::size_t place, unsigned slot)>;

// Runs `job` for each of `places` in forked processes; `report` is called in this one, as they end.
// Throws where no process can be made.
void run_isolated(const std::vector<std::size_t>& places, const Job& job, const Limits& limits,
                  const std::function<void(const Ended&)>& report);

}  // namespace nfstriage::damage
