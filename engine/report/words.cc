#include "report/words.h"

#include "base/address.h"
#include "base/text.h"
#include "report/columns.h"

namespace nfstriage::report {
namespace {

constexpr std::size_t kLongestName = 48;  // columns; a comm has 15, a hostile log any number

std::string name(std::string_view text) { return clip(escape(text), kLongestName); }

}  // namespace

std::string_view spoken(verdict::Status status) {
    using verdict::Status;
    switch (status) {
        case Status::known_bug:
            return "KNOWN BUG";
        case Status::known_condition:
            return "KNOWN CONDITION";
        case Status::not_nfs:
            return "NOT NFS";
        case Status::candidate:
            return "CANDIDATE";
        case Status::unknown_signature:
            return "UNKNOWN SIGNATURE";
        case Status::no_crash:
            return "NO CRASH";
        case Status::inconclusive:
            break;
    }
    return "INCONCLUSIVE";
}

std::string_view spoken(CrashKind kind) {
    switch (kind) {
        case CrashKind::null_deref:
            return "NULL pointer dereference";
        case CrashKind::paging_request:
            return "bad memory access";
        case CrashKind::gpf:
            return "general protection fault";
        case CrashKind::bug:
            return "kernel BUG";
        case CrashKind::warning:
            return "kernel WARNING";
        case CrashKind::refcount:
            return "reference count error";
        case CrashKind::list_corruption:
            return "list corruption";
        case CrashKind::kasan:
            return "KASAN report";
        case CrashKind::kfence:
            return "KFENCE report";
        case CrashKind::kcsan:
            return "data race (KCSAN)";
        case CrashKind::kmsan:
            return "uninitialised memory (KMSAN)";
        case CrashKind::ubsan:
            return "undefined behaviour (UBSAN)";
        case CrashKind::cfi:
            return "control flow violation";
        case CrashKind::odebug:
            return "object life cycle error";
        case CrashKind::soft_lockup:
            return "soft lockup";
        case CrashKind::hard_lockup:
            return "hard lockup";
        case CrashKind::rcu_stall:
            return "RCU stall";
        case CrashKind::hung_task:
            return "hung task";
        case CrashKind::atomic_sleep:
            return "sleep in atomic context";
        case CrashKind::lockdep:
            return "lockdep report";
        case CrashKind::oom:
            return "out of memory";
        case CrashKind::panic:
            return "panic";
        case CrashKind::sysrq:
            return "crash on request (sysrq)";
        case CrashKind::stack_overflow:
            return "stack overflow";
        case CrashKind::bad_page:
            return "bad page state";
        case CrashKind::mce:
            return "machine check";
        case CrashKind::unaligned:
            return "unaligned access";
        case CrashKind::none:
            return "no crash";
        case CrashKind::not_kernel:
            break;
    }
    return "not a kernel report";
}

std::string_view spoken(nfs::Component component) {
    using nfs::Component;
    switch (component) {
        case Component::nfs_client:
            return "NFS client";
        case Component::pnfs:
            return "pNFS client";
        case Component::nfsd:
            return "NFS server (nfsd)";
        case Component::sunrpc:
            return "SUNRPC";
        case Component::auth_gss:
            return "RPC GSS authentication";
        case Component::xprtrdma:
            return "RPC over RDMA, client";
        case Component::svcrdma:
            return "RPC over RDMA, server";
        case Component::lockd:
            return "lockd";
        case Component::nfs_localio:
            return "NFS local I/O";
        case Component::enfs:
            return "eNFS multipath";
        case Component::none:
            break;
    }
    return "not NFS";
}

std::string_view spoken(facts::StackRole role) {
    switch (role) {
        case facts::StackRole::panic:
            return "panicking task";
        case facts::StackRole::crash:
            return "crash";
        case facts::StackRole::first_error:
            return "first error";
        case facts::StackRole::holder:
            return "holder of the lock";
        case facts::StackRole::blocked:
            return "blocked task";
        case facts::StackRole::other:
            break;
    }
    return "task elsewhere";
}

std::string_view spoken(Tri value) {
    return value == Tri::yes ? "yes" : value == Tri::no ? "no" : "?";
}

std::string spoken(const Unknown& unknown) {
    auto why = [&]() -> std::string_view {
        switch (unknown.reason) {
            case Reason::not_dumped:
                return "not in the dump";
            case Reason::filtered:
                return "left out when the dump was written";
            case Reason::unmapped:
                return "not mapped";
            case Reason::null:
                return "behind a NULL pointer";
            case Reason::no_type:
                return "no type information for it";
            case Reason::no_symbol:
                return "no symbol for it";
            case Reason::no_decoder:
                return "the code was not decoded to find it";
            case Reason::corrupt:
                return "contradicts itself";
            case Reason::budget:
                return "the search was cut short";
            case Reason::unsupported_arch:
                return "not implemented for this architecture";
            case Reason::not_in_log:
                break;
        }
        return "a log does not show it";
    }();
    return unknown.what.empty() ? std::string(why) : unknown.what + ": " + std::string(why);
}

void join(std::string& text, std::string_view part, std::string_view separator) {
    if (part.empty()) return;
    if (!text.empty()) text += separator;
    text += part;
}

std::string task_text(const facts::Task& task) {
    std::string text = task.comm ? name(*task.comm) : std::string();
    if (task.pid) text += "[" + std::to_string(*task.pid) + "]";
    return text;
}

std::string frame_text(const Frame& frame, bool sized) {
    std::string text = frame.function.empty() ? "?" : name(frame.function);
    if (frame.function.empty() && frame.address) text = hex(*frame.address);
    if (frame.offset) text += "+" + hex(*frame.offset);
    if (frame.offset && frame.size && sized) text += "/" + hex(*frame.size);
    if (!frame.module.empty()) text += " [" + name(frame.module) + "]";
    return text;
}

}  // namespace nfstriage::report
