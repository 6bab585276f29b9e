// Lines that are no report but matter for NFS or for the dump: servers that stop answering, locks
// that could not be reclaimed, workers that do not get on, the start of the capture kernel.
// Sources: net/sunrpc/clnt.c, fs/nfs/{pagelist,nfs4state}.c, fs/lockd, kernel/workqueue.c,
// arch/arm64/kernel/ {machine_kexec,smp}.c.
#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "log/event.h"

namespace nfstriage::log {

std::optional<Notice> match_notice(std::string_view text);

std::string_view to_string(Notice::Kind kind);  // "server_not_responding"
// The names of all kinds.
std::span<const std::string_view> notice_kinds();

// RE2 alternatives, to be matched in whatever case: a line that is a notice has one in it.
std::string_view notice_words();

}  // namespace nfstriage::log
