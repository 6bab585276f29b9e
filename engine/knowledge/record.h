// What we know about one bug or one designed-for condition: who is hit, by what, which commits
// repair it and how a kernel shows that it has them. One JSON file per record in knowledge/, in the
// shape of OSV 1.7 (ossf.github.io/osv-schema) with our own block under database_specific; the
// fields are described in knowledge/README.md. Only facts that someone saw: a hash that could not
// be confirmed is absent, and the record says so.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/arch.h"
#include "base/crash_kind.h"

namespace nfstriage::knowledge {

enum class RecordKind : std::uint8_t {
    bug,        // the kernel is at fault
    condition,  // the kernel does what it was built to do; the cause is outside of it
};

// What a commit is to its bug. A reverted commit is never a remedy.
enum class Role : std::uint8_t { fix, prerequisite, follow_up, introduces, reverted };

// A question to the kernel at hand whose answer shows whether a commit is in it.
enum class ProbeKind : std::uint8_t {
    symbol,       // a function or variable `name` exists, or a function is inlined somewhere
    member,       // `structure` has `member`
    enumerator,   // an enumerator `name` exists
    call,         // function `caller` calls `callee`
    no_call,      // function `caller` does not call `callee`; shows nothing alone
    inlines,      // `callee` is inlined into `caller`, or called by it
    instruction,  // `caller` changes bit `bit` of `structure`.`member` atomically
    text,         // the string `name` is in the data of NFS's modules or of vmlinux
};

struct Probe {
    ProbeKind kind = ProbeKind::symbol;
    std::string name;               // symbol, enumerator, text
    std::string structure, member;  // member, instruction; in C spelling: "struct nfs4_client"
    std::string caller, callee;     // call, no_call, inlines; instruction (caller only)
    unsigned bit = 0;               // instruction
    // call: only calls of the caller's own source count, which a kernel profile tells from those
    // of functions inlined into it.
    bool own = false;
};

// The first package of a distribution's kernel, in the series of its version, whose changelog names
// the commit; with `reverted`, the first that names its revert.
struct PackagedCommit {
    std::string distribution;  // "debian"
    std::string package;       // "linux"
    std::string version;       // "6.1.129-1"
    bool reverted = false;
};

struct Commit {
    std::string commit;               // 12 or 40 hex digits; "" where no hash was confirmed
    std::string subject;              // "" for some that introduce a bug
    std::string release;              // first mainline release: "v5.3"; "" where not confirmed
    std::vector<std::string> stable;  // stable releases that were seen to carry it: "5.2.17"
    Role role = Role::fix;
    std::vector<Probe> any_of;  // one positive answer shows that the commit is present
    std::string note;
    std::vector<PackagedCommit> packages = {};
};

// Commits that together repair the bug: it is fixed when every fix and prerequisite of one set is
// in.
struct FixSet {
    std::string name;
    std::vector<Commit> commits;
};

// A further bug that one of the fixes brought along.
struct Regression {
    std::string by;  // commit of this record
    std::string what;
    std::string repair;  // commit that repairs it, "" if none is known
    std::string release;
};

// Half-open in upstream release order: `introduced` <= release < `fixed`; `last_affected` closes it
// inclusively where no fix was made on that branch. "0" as introduced means: from the beginning.
struct Range {
    std::string introduced;
    std::optional<std::string> fixed, last_affected;
};

struct Step {
    std::string what, command;  // `command` may be empty
};

struct Record {
    std::string id, title, details;
    RecordKind kind = RecordKind::bug;
    std::vector<std::string> aliases;  // CVE numbers
    std::vector<Range> ranges;         // by upstream release, for plain upstream kernels only
    std::string component, effect, trigger;
    std::vector<Arch> arch;                     // empty: every architecture
    std::vector<std::string> modules, configs;  // code that must be built for the bug to exist
    std::vector<std::string> symbols;           // functions: without any of them it is not built
    std::vector<CrashKind> kinds;               // under which it shows; empty: not known
    // Functions of a report that was seen, from the top; and those that the fix names, a hint only.
    std::vector<std::string> backtrace, named;
    std::vector<FixSet> fix_sets;  // in order of preference
    std::vector<Regression> regressions;
    std::string workaround;
    std::vector<Step> collect;
    std::vector<std::string> sources;
};

std::string_view to_string(RecordKind kind);
std::string_view to_string(Role role);
std::string_view to_string(ProbeKind kind);
std::string describe(const Probe& probe);  // "struct nfs4_client has cl_cb_inflight"

}  // namespace nfstriage::knowledge
