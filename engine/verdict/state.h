// The surroundings of a crash in a few sentences: servers that did not answer, what else was
// reported, how many tasks are blocked. Facts only; the diagnosis is elsewhere.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "facts/scene.h"
#include "nfs/summary.h"

namespace nfstriage::verdict {

std::vector<std::string> describe_state(const facts::Scene& scene);

// The same of the state of NFS: mounts, what was in flight to which server and for how long, bytes
// that are lost with this host, who waited, what is illegal. `crash_pid`: the task that is blamed.
std::vector<std::string> describe_summary(const nfs::Summary& summary,
                                          std::optional<std::int64_t> crash_pid);

// The servers that the log or the state of NFS names, by address where it is known, without this
// host itself; sorted. `summary` may be null.
std::vector<std::string> other_hosts(const log::ConsoleLog& log, const nfs::Summary* summary);

}  // namespace nfstriage::verdict
