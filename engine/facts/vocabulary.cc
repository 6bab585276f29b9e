#include "facts/vocabulary.h"

#include <algorithm>
#include <array>
#include <iterator>

#include "base/nearest.h"
#include "facts/scene.h"
#include "facts/state_values.h"
#include "log/notice.h"

namespace nfstriage::facts {
namespace {

using K = Kind;

constexpr FactInfo kFacts[] = {
    {"crash.access", K::string, "", "", From::any,
     "read, write, read and write (one instruction does both) or instruction fetch"},
    {"crash.complete", K::boolean, "", "", From::any,
     "the crash report is there as a whole; else unknown"},
    {"crash.cpu", K::integer, "", "", From::any, "CPU of the crash report; absent for hung tasks"},
    {"crash.fault_address", K::address, "", "", From::any, "address whose access faulted"},
    {"crash.fault_member", K::string, "", "", From::any,
     "member whose access faulted, by types and code: nf_file"},
    {"crash.fault_pointer", K::string, "", "", From::any,
     "what the pointer is that was followed: null, error, poison, non_canonical, user, freed, "
     "unmapped, object, page, symbol, kernel"},
    {"crash.fault_type", K::string, "", "", From::any,
     "type of the pointer that was followed, by types and code: struct nfsd_file *"},
    {"crash.function", K::string, "", "", From::any,
     "function of the faulting or sampled instruction, without compiler suffixes"},
    {"crash.kind", K::string, "", "", From::any, "what the kernel complained about: soft_lockup"},
    {"crash.line", K::integer, "", "", From::log, "log line of the report's headline"},
    {"crash.message", K::string, "", "", From::any, "the report's headline"},
    {"crash.module", K::string, "", "", From::any, "module of crash.function, \"\" for vmlinux"},
    {"crash.offset", K::integer, "", "bytes", From::any, "offset into crash.function"},
    {"crash.order", K::integer, "", "", From::log, "place in time among the log's lines"},
    {"crash.registers", K::list, "register", "", From::any, "registers of the crash report"},
    {"crash.time_s", K::integer, "", "s", From::any, "whole seconds since boot"},
    {"culprit.component", K::string, "", "", From::any,
     "component of the blamed function after weighing the first error; none = not NFS"},
    {"culprit.first_nfs_function", K::string, "", "", From::any,
     "first NFS-family function of the blamed stack, \"\" if it has none"},
    {"culprit.from_first_error", K::boolean, "", "", From::any,
     "the first error decided, not the fatal report"},
    {"culprit.function", K::string, "", "", From::any, "the blamed function"},
    {"first_error.comm", K::string, "", "", From::any, "task of the first error"},
    {"first_error.frames", K::list, "frame", "", From::any, "stack of the first error"},
    {"first_error.function", K::string, "", "", From::any, "function of the first error"},
    {"first_error.kind", K::string, "", "", From::any, "kind of the first error"},
    {"first_error.line", K::integer, "", "", From::log, "log line of its headline"},
    {"first_error.message", K::string, "", "", From::any, "headline of the first error"},
    {"first_error.registers", K::list, "register", "", From::any, "registers of the first error"},
    {"first_error.time_s", K::integer, "", "s", From::any, "whole seconds since boot"},
    {"frames", K::list, "frame", "", From::any,
     "the blamed stack from the faulting or sampled instruction outwards"},
    {"input.is_dump", K::boolean, "", "", From::any, "a vmcore; false for a console log"},
    {"kernel.arch", K::string, "", "", From::any, "architecture as uname -m prints it"},
    {"kernel.modules", K::list, "", "", From::any, "names of the loaded modules", K::string},
    {"kernel.page_size", K::integer, "", "bytes", From::dump, "size of a page"},
    {"kernel.release", K::string, "", "", From::any, "uname -r"},
    {"log.events", K::list, "event", "", From::log, "kernel reports, in order of time"},
    {"log.lines", K::list, "line", "", From::log, "lines of the console log"},
    {"log.notices", K::list, "notice", "", From::log,
     "lines that say something about NFS or kdump"},
    {"log.servers", K::list, "server", "", From::log, "NFS servers that the log speaks about"},
    {"panic.comm", K::string, "", "", From::any, "task that called panic() or crash_kexec()"},
    {"panic.cpu", K::integer, "", "", From::any, "its CPU"},
    {"panic.pid", K::integer, "", "", From::any, "its pid"},
    {"panic.reason", K::string, "", "", From::any, "text given to panic()"},
    {"panic.registers", K::list, "register", "", From::any, "registers of the panic context"},
    {"panic_frames", K::list, "frame", "", From::any,
     "whole stack of the panic task, panic() and exception frames included"},
    {"stacks", K::list, "stack", "", From::any, "all stacks that were printed or unwound"},
    {"task.comm", K::string, "", "", From::any, "task of the crash report"},
    {"task.pid", K::integer, "", "", From::any, "its pid"},
};

constexpr FactInfo kEvent[] = {
    {"comm", K::string, "", "", From::log, "task"},
    {"complete", K::boolean, "", "", From::log, "the report is there as a whole; else unknown"},
    {"cpu", K::integer, "", "", From::log, "CPU"},
    {"fault_address", K::address, "", "", From::log, "address whose access faulted"},
    {"first_nfs_function", K::string, "", "", From::log,
     "first NFS-family function of its stack, \"\" if it has none"},
    {"frames", K::list, "frame", "", From::log, "stack, innermost first"},
    {"function", K::string, "", "", From::log, "function of the instruction to blame"},
    {"kind", K::string, "", "", From::log, "kind, as crash.kind"},
    {"line", K::integer, "", "", From::log, "log line of the headline"},
    {"message", K::string, "", "", From::log, "headline"},
    {"order", K::integer, "", "", From::log, "place in time among the log's lines"},
    {"pid", K::integer, "", "", From::log, "pid"},
    {"registers", K::list, "register", "", From::log, "registers"},
    {"time_s", K::integer, "", "s", From::log, "whole seconds since boot"},
};

constexpr FactInfo kFrame[] = {
    {"callee", K::string, "", "", From::any,
     "function of the nearest reliable frame, not inlined, that this one called; \"\" at the top"},
    {"caller", K::string, "", "", From::any,
     "function of the nearest reliable frame, not inlined, that called this one; \"\" at the end"},
    {"component", K::string, "", "", From::any, "NFS-family component, none for other code"},
    {"function", K::string, "", "", From::any, "function without compiler suffixes"},
    {"index", K::integer, "", "", From::any, "place in the list, 0 is innermost"},
    {"inlined", K::boolean, "", "", From::any, "inlined into its caller"},
    {"module", K::string, "", "", From::any, "module, \"\" for vmlinux"},
    {"offset", K::integer, "", "bytes", From::any, "offset into the function"},
    {"reliable", K::boolean, "", "", From::any, "neither scanned, guessed nor marked with ?"},
    {"trust", K::string, "", "", From::any, "how the frame was found: orc, log, scan"},
};

constexpr FactInfo kLine[] = {
    {"number", K::integer, "", "", From::log, "line number from 1"},
    {"text", K::string, "", "", From::log, "the line as it stands in the log"},
};

constexpr FactInfo kNotice[] = {
    {"kind", K::string, "", "", From::log, "what it says: server_not_responding, server_ok, ..."},
    {"line", K::integer, "", "", From::log, "log line"},
    {"order", K::integer, "", "", From::log, "place in time among the log's lines"},
    {"subject", K::string, "", "", From::log,
     "the server's name for server_*, how long for workqueue_lockup"},
    {"text", K::string, "", "", From::log, "the line"},
    {"time_s", K::integer, "", "s", From::log, "whole seconds since boot"},
};

constexpr FactInfo kRegister[] = {
    {"name", K::string, "", "", From::any, "name as the kernel prints it: rbx, x19"},
    {"value", K::address, "", "", From::any, "its value"},
};

constexpr FactInfo kServer[] = {
    {"line", K::integer, "", "", From::log, "log line of the last word about it"},
    {"name", K::string, "", "", From::log, "name or address as printed"},
    {"order", K::integer, "", "", From::log, "place in time of the last word about it"},
    {"silent", K::boolean, "", "", From::log, "the last word is \"not responding\""},
};

constexpr FactInfo kStack[] = {
    {"comm", K::string, "", "", From::any, "task"},
    {"complete", K::boolean, "", "", From::any,
     "unwound to its end, or printed whole; else unknown"},
    {"cpu", K::integer, "", "", From::any, "CPU it runs on"},
    {"frames", K::list, "frame", "", From::any, "innermost first"},
    {"pid", K::integer, "", "", From::any, "pid"},
    {"role", K::string, "", "", From::any, "panic, crash, first_error, holder, blocked, other"},
};

constexpr SchemaInfo kSchemas[] = {
    {"event", "one kernel report of the log", kEvent},
    {"frame", "one frame of a stack", kFrame},
    {"line", "one line of the log", kLine},
    {"notice", "one line of the log that is no report", kNotice},
    {"register", "one saved register", kRegister},
    {"server", "one NFS server, by the last word the log has about it", kServer},
    {"stack", "the stack of one task", kStack},
};

constexpr FunctionInfo kFunctions[] = {
    {"argument", "function: string, index: integer, type: string",
     "argument `index` of the innermost frame of `function` as `type`; Unknown(no_decoder) where "
     "nothing tells where it is. `argument(...) ?: argument(...)` is the first that was found"},
    {"calls", "caller: string, callee: string",
     "the code of `caller`, with all that is inlined into it, calls `callee` directly or jumps to "
     "it; false only if all of it was read and `callee` cannot be inlined there. Calls through "
     "pointers do not count"},
    {"enum_value", "name: string", "value of an enumerator of the crashed kernel's types"},
    {"has_member", "structure: string, member: string",
     "the structure has the member; false only if it was read as a whole"},
    {"has_string", "module: string, text: string",
     "the read-only data of the module (\"vmlinux\", or \"nfs\" for all modules of NFS and SUNRPC) "
     "has this very C string; false only if all of it was read"},
    {"has_symbol", "name: string",
     "a symbol of this name exists; false only if the whole table was read"},
    {"inlines", "caller: string, callee: string",
     "`callee` is inlined directly into `caller`, or called by its own source; needs a kernel "
     "profile, else true or Unknown(no_type)"},
    {"log_has", "pattern: string",
     "a line of the log matches the RE2 pattern; Unknown if none does and the log is cut"},
    {"object", "type: string, address",
     "the object of that C type at the address; NULL is Unknown"},
    {"prints", "function: string, text: string",
     "the code of the function refers to a C string that has the text in it; strings that a "
     "static structure points to are not seen"},
    {"register", "name: string [, of: string]",
     "a saved register, by name or as pc, sp, fp, arg0 ... arg5; of the crash (default), the panic "
     "or the first_error"},
    {"touches", "function: string, structure: string, member: string",
     "the function reads, writes or takes the address of the member; never false, because a "
     "pointer into the structure hides it"},
};

const FactInfo* find(std::span<const FactInfo> table, std::string_view name) {
    auto at = std::lower_bound(table.begin(), table.end(), name,
                               [](const FactInfo& f, std::string_view n) { return f.name < n; });
    return at != table.end() && at->name == name ? &*at : nullptr;
}

// Both are sorted by name, and so is the result.
template <class Info>
std::vector<Info> merged(std::span<const Info> a, std::span<const Info> b) {
    std::vector<Info> all;
    std::merge(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(all),
               [](const Info& left, const Info& right) { return left.name < right.name; });
    return all;
}

std::string_view input_of(From from) {
    switch (from) {
        case From::any:
            return "log, dump";
        case From::log:
            return "log, or the dump's printk ring";
        case From::dump:
            return "dump";
    }
    return "";
}

void describe(std::string& out, const FactInfo& fact, std::string_view indent) {
    out += indent;
    out += fact.name;
    out += ": " + to_string(fact.type());
    if (!fact.unit.empty()) out += " [" + std::string(fact.unit) + "]";
    out += "\n" + std::string(indent) + "    " + std::string(fact.doc) + " (" +
           std::string(input_of(fact.from)) + ")\n";
}

}  // namespace

Type FactInfo::type() const { return Type{kind, std::string(of), element}; }

std::span<const FactInfo> facts() {
    static const std::vector<FactInfo> all =
        merged(std::span<const FactInfo>(kFacts), state_facts());
    return all;
}

const FactInfo* find_fact(std::string_view name) { return find(facts(), name); }

std::span<const SchemaInfo> schemas() {
    static const std::vector<SchemaInfo> all =
        merged(std::span<const SchemaInfo>(kSchemas), state_schemas());
    return all;
}

const SchemaInfo* find_schema(std::string_view name) {
    for (const SchemaInfo& schema : schemas())
        if (schema.name == name) return &schema;
    return nullptr;
}

const FactInfo* find_member(const SchemaInfo& schema, std::string_view name) {
    return find(schema.members, name);
}

std::span<const FunctionInfo> functions() { return kFunctions; }

std::span<const std::string_view> allowed_values(std::string_view fact) {
    static constexpr std::string_view kKinds[] = {"null_deref",
                                                  "paging_request",
                                                  "gpf",
                                                  "bug",
                                                  "warning",
                                                  "refcount",
                                                  "list_corruption",
                                                  "kasan",
                                                  "kfence",
                                                  "kcsan",
                                                  "kmsan",
                                                  "ubsan",
                                                  "cfi",
                                                  "odebug",
                                                  "soft_lockup",
                                                  "hard_lockup",
                                                  "rcu_stall",
                                                  "hung_task",
                                                  "atomic_sleep",
                                                  "lockdep",
                                                  "oom",
                                                  "panic",
                                                  "sysrq",
                                                  "stack_overflow",
                                                  "bad_page",
                                                  "mce",
                                                  "unaligned",
                                                  "none",
                                                  "not_kernel"};
    static constexpr std::string_view kComponents[] = {
        "nfs_client", "pnfs",  "nfsd",        "sunrpc", "auth_gss", "xprtrdma",
        "svcrdma",    "lockd", "nfs_localio", "enfs",   "none"};
    static constexpr std::string_view kRoles[] = {"panic",  "crash",   "first_error",
                                                  "holder", "blocked", "other"};
    if (fact == "crash.kind" || fact == "first_error.kind" || fact == "event.kind") return kKinds;
    static constexpr std::string_view kPointers[] = {"null", "error",  "poison",   "non_canonical",
                                                     "user", "freed",  "unmapped", "object",
                                                     "page", "symbol", "kernel"};
    if (fact == "notice.kind") return log::notice_kinds();
    if (fact == "crash.fault_pointer") return kPointers;
    if (fact == "culprit.component" || fact == "frame.component") return kComponents;
    if (fact == "stack.role") return kRoles;
    return {};
}

std::string nearest(std::string_view name, std::span<const std::string_view> candidates) {
    std::string_view best;
    std::size_t limit = std::max<std::size_t>(2, name.size() / 3);
    for (std::string_view candidate : candidates) {
        const std::size_t distance = edit_distance_within(name, candidate, limit);
        if (distance > limit) continue;
        best = candidate;
        if (distance == 0) break;
        limit = distance - 1;
    }
    return std::string(best);
}

std::string describe_vocabulary(std::string_view word) {
    auto wanted = [word](std::string_view name) { return name.find(word) != name.npos; };
    std::string out;
    auto head = [&out](std::string_view title) { out += std::string(title) + "\n"; };
    head("Facts");
    for (const FactInfo& fact : facts())
        if (wanted(fact.name)) describe(out, fact, "  ");
    head("Records");
    for (const SchemaInfo& schema : schemas()) {
        bool whole = wanted(schema.name);
        bool any = std::any_of(schema.members.begin(), schema.members.end(),
                               [&](const FactInfo& member) { return wanted(member.name); });
        if (!whole && !any) continue;
        out += "  " + std::string(schema.name) + ": " + std::string(schema.doc) + "\n";
        for (const FactInfo& member : schema.members)
            if (whole || wanted(member.name)) describe(out, member, "    ");
    }
    head("Functions");
    for (const FunctionInfo& function : functions())
        if (wanted(function.name))
            out += "  " + std::string(function.name) + "(" + std::string(function.parameters) +
                   ")\n      " + std::string(function.doc) + "\n";
    return out;
}

}  // namespace nfstriage::facts
