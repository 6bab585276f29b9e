#include "log/notice.h"

#include "base/text.h"
#include "log/scan.h"

namespace nfstriage::log {

std::optional<Notice> match_notice(std::string_view text) {
    using Kind = Notice::Kind;
    Notice notice;
    notice.text = text;
    auto is = [&](Kind kind) {
        notice.kind = kind;
        return notice;
    };
    if (text.size() > 1024) return std::nullopt;
    if (auto rest = after(text, "server "); rest && contains(text, ": server ")) {
        auto name = eat_token(*rest);
        if (name.size() > 0 && rest->starts_with(" not responding")) {
            notice.subject = name;
            return is(Kind::server_not_responding);
        }
        if (trim_right(*rest) == " OK") {
            notice.subject = name;
            return is(Kind::server_ok);
        }
    }
    if (contains(text, "Invalid unlock attempted")) return is(Kind::invalid_unlock);
    if (contains(text, "reclaim") && (contains(text, "ock") || contains(text, "NFS")) &&
        (contains(text, "fail") || contains(text, "expired")))
        return is(Kind::lock_reclaim_failed);
    if (contains(text, "Starting crashdump kernel")) return is(Kind::kdump_starting);
    if (trim(text) == "Bye!") return is(Kind::kdump_bye);
    if (contains(text, "failed to stop secondary CPUs")) return is(Kind::stopping_cpus_failed);
    if (contains(text, "CPUs may be stale")) return is(Kind::cpus_stale);
    auto head = text;
    eat_blanks(head);
    if (head.starts_with("NFS") || head.starts_with("nfs") || head.starts_with("RPC") ||
        head.starts_with("lockd:") || head.starts_with("svc:") || head.starts_with("rpc"))
        return contains(head.substr(0, 24), ":") ? std::optional(is(Kind::other)) : std::nullopt;
    return std::nullopt;
}

}  // namespace nfstriage::log
