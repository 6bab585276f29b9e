// The NFS state in a few numbers and sentences, for the verdict: what was in flight, to which
// server and for how long, what was dirty, who waited, what is illegal. Plain values that outlive
// the state they were taken from.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "nfs/reported_task.h"
#include "nfs/state.h"

namespace nfstriage::nfs {

struct Count {
    std::size_t number = 0;
    bool complete = true;  // false: at least so many
};

struct ServerSummary {
    std::string server;  // as the mount named it
    Count tasks;         // RPC tasks on their way to it
    std::size_t transports = 0, connected = 0;
    std::optional<Duration> oldest;  // age of the oldest of these tasks
    std::string oldest_task;         // "WRITE of java[2649529]"
    std::string address = {};        // of its transports; "" if not known, or not one for all
};

struct FileAtRisk {
    std::string path;  // "" if not known
    std::uint64_t fileid = 0;
    VAddr inode;  // struct nfs_inode
    std::uint64_t bytes = 0;
};

struct FindingSummary {
    std::string check, type, found, expected, meaning;
    VAddr address;
};

struct Summary {
    Count mounts, nfs_clients, nfs_servers, rpc_clnts, rpc_xprts, rpc_tasks, findings_count;
    std::vector<ServerSummary> servers;  // most tasks first
    // Bytes that the servers do not have yet; absent where no request could be read.
    std::optional<std::uint64_t> dirty, under_writeback, unstable, at_risk;
    std::size_t files_at_risk = 0;
    bool risk_complete = true;           // false: at least so many bytes
    std::vector<FileAtRisk> files;       // most bytes first, a few
    std::vector<std::string> waits;      // sentences
    std::vector<ReportedTask> reported;  // tasks that the log reports as stuck, a few
    Count reported_count;
    std::vector<std::string> limited;      // lists that ended at a limit of their walk: "rpc_tasks"
    std::vector<FindingSummary> findings;  // the first few
    bool is_empty() const;                 // nothing of NFS was there
};

// What a log reports of tasks.
struct TaskReports {
    std::vector<TaskReport> items;
    bool complete = true;  // false: the log has lost some of its text
};

// Reads all areas that it needs.
Summary summarize(State& state, const TaskReports& reports);

}  // namespace nfstriage::nfs
