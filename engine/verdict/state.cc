#include "verdict/state.h"

#include <map>

namespace nfstriage::verdict {
namespace {

std::string count(std::size_t number, std::string_view one, std::string_view many) {
    return std::to_string(number) + " " + std::string(number == 1 ? one : many);
}

struct Server {
    unsigned silent = 0;  // "not responding" lines
    unsigned first_line = 0;
    bool answers_last = false;  // the last notice said OK
};

}  // namespace

std::vector<std::string> describe_state(const facts::Scene& scene) {
    std::vector<std::string> state;
    std::map<std::string, Server> servers;
    for (const log::Notice& notice : scene.log.notices) {
        if (notice.kind != log::Notice::Kind::server_not_responding &&
            notice.kind != log::Notice::Kind::server_ok)
            continue;
        Server& server = servers[notice.subject];
        server.answers_last = notice.kind == log::Notice::Kind::server_ok;
        if (server.answers_last) continue;
        if (server.silent++ == 0) server.first_line = notice.log_line;
    }
    for (const auto& [name, server] : servers) {
        if (server.silent == 0) continue;
        state.push_back("server " + name +
                        (server.answers_last ? " did not answer for a while" : " does not answer") +
                        " (" + count(server.silent, "message", "messages") +
                        ", first in log line " + std::to_string(server.first_line) + ")");
    }
    std::size_t blocked = 0;
    for (const facts::Stack& stack : scene.stacks)
        blocked += stack.role == facts::StackRole::blocked;
    if (blocked != 0) state.push_back(count(blocked, "blocked task", "blocked tasks") + " seen");
    std::size_t reports = scene.log.events.size();
    if (reports > 1) state.push_back(count(reports, "report", "reports") + " in the log");
    if (!scene.kernel.live_patches.empty())
        state.push_back(count(scene.kernel.live_patches.size(), "live patch", "live patches") +
                        " loaded");
    return state;
}

}  // namespace nfstriage::verdict
