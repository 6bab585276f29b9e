// Many jobs, each in a process of its own that is forked from this one: what is loaded here is
// there, nothing is loaded twice, and whatever a job's input does to it, the others and this
// process do not notice. A job has a deadline and limits (process/limited.h); one that does not
// die when it is killed, because it sleeps in the kernel, is left behind.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "process/limited.h"

namespace nfstriage::fleet {

// A job's line to this process. What it says is foreign data.
class Line {
public:
    explicit Line(int fd) : fd_(fd) {}
    // What was found so far; it may be that this is not wanted, and the job is killed.
    void found(std::string_view what) const;
    // What came out, once.
    void say(std::string_view answer) const;

private:
    int fd_;
};

struct Finished {
    std::size_t job = 0;
    std::optional<std::string> said;  // nothing if it said nothing whole
    std::string why_died;             // "" if it ended by itself
    bool stopped = false;             // what it found was not wanted
};

struct PoolWork {
    // In the child.
    std::function<void(std::size_t job, const Line& line)> work;
    // Here: the next job, or nothing when there are no more.
    std::function<std::optional<std::size_t>()> next;
    // Whether the job is to go on, which it does meanwhile.
    std::function<bool(std::size_t job, std::string_view found)> wants;
    std::function<void(Finished)> done;
    // Called some times in a second; false: start no more jobs, let those that run end.
    std::function<bool()> tick;
};

enum class PoolEnd : std::uint8_t { finished, interrupted };

// Runs jobs, at most `jobs` at a time and as many that have said their answer and are about to end,
// until there are no more. SIGINT, SIGTERM and SIGHUP end it early: jobs at work are killed, and
// done() is not called for them. Errors: no process can be made.
Result<PoolEnd> run_pool(unsigned jobs, const ProcessLimits& limits, const PoolWork& work);

}  // namespace nfstriage::fleet
