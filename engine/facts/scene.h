// The scene of one crash, dump or log alike: what was read, before anything is judged. The façade
// fills it (from_dump.cc, from_log.cc); facts, rules and verdict only look at it.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/address.h"
#include "base/arch.h"
#include "base/crash_kind.h"
#include "base/frame.h"
#include "base/registers.h"
#include "dump/memory.h"
#include "layout/symbols.h"
#include "layout/types.h"
#include "log/event.h"

namespace nfstriage::arguments {
class Recovery;
}

namespace nfstriage::nfs {
class State;
}

namespace nfstriage::facts {

class Code;  // facts/code.h

struct Input {
    bool is_dump = false;
    bool is_kernel = false;  // files of a kernel: nothing crashed, there is no memory
    std::string path;
    std::string format;  // "kdump-compressed", "ELF", "console log", "kernel files"
    bool complete = true;
    std::vector<std::string> missing;  // one sentence each
};

// Where answers about the kernel's layout come from, first asked first: "btf", "kallsyms" (both of
// the dump), "profile". Empty: from nowhere.
struct LayoutSources {
    std::vector<std::string> types, symbols, source_lines;
    std::string profile_ground;  // what shows that the profile is of this kernel; "" without one
};

struct Kernel {
    LayoutSources layout;
    std::optional<std::string> release, version, build_id, taint, vendor;
    std::optional<Arch> arch;
    std::optional<std::uint64_t> page_size, kaslr_offset, hz, uptime_s;
    std::vector<std::string> modules;  // all loaded
    std::vector<std::string> out_of_tree_modules;
    std::vector<std::string> live_patches;
};

// Which machine crashed, and when.
struct Host {
    std::optional<std::string> name;           // as it called itself, "localhost" included
    std::optional<std::int64_t> crash_time_s;  // since 1970; by its own clock, or its log's stamps
};

struct Task {
    std::optional<std::int64_t> pid;
    std::optional<std::string> comm;
    std::optional<VAddr> address;  // of task_struct; absent for logs
    std::string state = {};        // as ps shows it: R, S, D, T, I; "" if not known
};

enum class StackRole : std::uint8_t { panic, crash, first_error, holder, blocked, other };

struct Stack {
    StackRole role = StackRole::other;
    std::optional<unsigned> cpu;
    Task task;
    bool complete = false;      // unwound to its end, or printed whole
    std::vector<Frame> frames;  // innermost first; panic() and exception frames included
    std::size_t culprit = 0;    // index of the frame where the blamed context starts: the frame
                                // interrupted or faulting, behind panic and exception entry
    // What its functions were called with, frame by frame as unwound; null for a printed stack.
    std::shared_ptr<arguments::Recovery> recovery = {};
};

struct Fault {
    std::optional<std::uint64_t> address;
    std::optional<std::string> access;  // "read", "write", "instruction fetch"

    // From the instruction at the fault, as far as it is known; empty strings otherwise.
    std::optional<std::uint32_t> size;     // bytes
    std::string instruction;               // "mov 0x18(%rbp),%rbx"
    std::string operand;                   // "rbp + 0x18"
    std::string expression;                // "nf->nf_file"; only where types and code tell
    std::string object;                    // what the address was computed from: "nf", else "rbp"
    std::string type;                      // "struct nfsd_file *"
    std::string member;                    // "nf_file"
    std::string origin;                    // "argument 2 of nfsd_vfs_write"
    std::optional<std::uint64_t> pointer;  // the value of `object`
    std::string pointer_kind;              // kernel::PointerKind: "null", "poison", "freed"
    std::string pointer_words;             // "LIST_POISON2 (list_del() leaves it in ...)"
    std::string sentence;                  // all of it in one line
};

// The function that is about to be called, or was, through a pointer.
struct CallTarget {
    std::string through;     // "r15"
    std::string expression;  // "task->tk_action"; "" if not known
    std::uint64_t address = 0;
    std::string function, module;  // of the symbol there; "" if none
    std::uint64_t offset = 0;      // into `function`
    bool has_happened = false;     // the fault is that there is no code
};

struct Crash {
    CrashKind kind = CrashKind::none;
    std::string message;
    std::optional<double> time_s;
    std::optional<unsigned> cpu;
    Task task;
    std::optional<Frame> top;  // the faulting or sampled instruction
    Registers registers;
    Fault fault;
    std::optional<CallTarget> call_target;
    std::optional<unsigned> log_line;  // of the report's headline
    bool report_complete = true;       // the log has the whole report (or the dump supplied it)
};

struct Panic {
    std::optional<unsigned> cpu;
    Task task;
    std::string reason;  // "softlockup: hung tasks"
    Registers registers;
};

// An argument of a function on a stack, and how it was found.
struct RecoveredArgument {
    std::uint64_t value = 0;
    Trust trust = Trust::guess;
    std::string how;  // "rbx, saved by the callee"
};

struct Scene {
    Input input;
    Kernel kernel;
    Host host;
    std::optional<Crash> crash;
    std::optional<Crash> first_error;
    std::optional<Panic> panic;
    std::vector<Stack> stacks;     // role panic first, then crash, then the others
    bool stacks_complete = false;  // every task's stack that matters is in `stacks`
    log::ConsoleLog log;           // parsed from the dump's printk ring or from the given text
    bool log_complete = true;      // false: the ring wrapped, records are missing, or a log was cut

    // Finds argument `index`, of C type `type`, of the innermost frame of `function` on the blamed
    // stack; empty where there is no memory to find it in.
    std::function<Maybe<RecoveredArgument>(std::string_view function, std::uint64_t index,
                                           std::string_view type)>
        argument;

    // Questions about the kernel's code; null for logs.
    std::shared_ptr<Code> code;

    // The NFS and SUNRPC state (nfs/state.h), read when asked for; null for logs.
    std::shared_ptr<nfs::State> state;

    // Owned by the façade, alive while the scene is; null for logs.
    const dump::Memory* memory = nullptr;
    const layout::Types* types = nullptr;
    const layout::Symbols* symbols = nullptr;

    // The stack of that role, or null.
    const Stack* stack(StackRole role) const;
};

std::string_view to_string(StackRole role);

}  // namespace nfstriage::facts
