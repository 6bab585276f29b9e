#include "log/notice.h"

#include <iterator>

#include "base/text.h"
#include "log/scan.h"

namespace nfstriage::log {

std::string_view notice_words() {
    return R"(server |invalid unlock|reclaim|crashdump|bye!|secondary cpus|cpus may be stale|nfs)"
           R"(|rpc|lockd:|svc:|workqueue lockup)";
}

std::span<const std::string_view> notice_kinds() {
    // In the order of Notice::Kind.
    static constexpr std::string_view kKinds[] = {
        "server_not_responding", "server_ok", "lock_reclaim_failed",  "invalid_unlock",
        "kdump_starting",        "kdump_bye", "stopping_cpus_failed", "cpus_stale",
        "workqueue_lockup",      "other"};
    static_assert(std::size(kKinds) == static_cast<std::size_t>(Notice::Kind::other) + 1);
    return kKinds;
}

std::string_view to_string(Notice::Kind kind) {
    return notice_kinds()[static_cast<std::size_t>(kind)];
}

std::optional<Notice> match_notice(std::string_view text) {
    using Kind = Notice::Kind;
    if (text.size() > 1024) return std::nullopt;
    auto is = [&](Kind kind, std::string_view subject = {}) {
        Notice notice;
        notice.kind = kind;
        notice.text = text;
        notice.subject = subject;
        return notice;
    };
    if (auto rest = after(text, "server "); rest && contains(text, ": server ")) {
        auto name = eat_token(*rest);
        if (name.size() > 0 && rest->starts_with(" not responding"))
            return is(Kind::server_not_responding, name);
        if (trim_right(*rest) == " OK") return is(Kind::server_ok, name);
    }
    if (contains(text, "Invalid unlock attempted")) return is(Kind::invalid_unlock);
    if (contains(text, "reclaim") && (contains(text, "ock") || contains(text, "NFS")) &&
        (contains(text, "fail") || contains(text, "expired")))
        return is(Kind::lock_reclaim_failed);
    if (contains(text, "Starting crashdump kernel")) return is(Kind::kdump_starting);
    if (trim(text) == "Bye!") return is(Kind::kdump_bye);
    if (contains(text, "failed to stop secondary CPUs")) return is(Kind::stopping_cpus_failed);
    if (contains(text, "CPUs may be stale")) return is(Kind::cpus_stale);
    // BUG: workqueue lockup - pool cpus=0 node=0 flags=0x0 nice=0 stuck for 197s!
    if (contains(text, "BUG: workqueue lockup - pool")) {
        std::string_view stuck;
        if (auto rest = after(text, " stuck for ")) stuck = rest->substr(0, rest->find('!'));
        return is(Kind::workqueue_lockup, stuck);
    }
    auto head = text;
    eat_blanks(head);
    if (head.starts_with("NFS") || head.starts_with("nfs") || head.starts_with("RPC") ||
        head.starts_with("lockd:") || head.starts_with("svc:") || head.starts_with("rpc"))
        return contains(head.substr(0, 24), ":") ? std::optional(is(Kind::other)) : std::nullopt;
    return std::nullopt;
}

}  // namespace nfstriage::log
