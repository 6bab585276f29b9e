#include "report/state_filter.h"

#include <algorithm>
#include <cctype>
#include <span>
#include <string>

namespace nfstriage::report {
namespace {

// Members that name an object's parent.
constexpr std::string_view kParentsOfServerObjects[] = {
    "nfs_server", "nfs_client", "rpc_clnt", "clnt",         "xprt", "table",    "session", "owner",
    "state",      "inode",      "layout",   "open_context", "task", "rpc_task", "host"};
constexpr std::string_view kParentsOfPidObjects[] = {"task", "rpc_task", "rqst", "holder",
                                                     "open_context"};

bool is_one_of(std::span<const std::string_view> names, std::string_view name) {
    return std::find(names.begin(), names.end(), name) != names.end();
}

bool is_pid(std::string_view name) { return name == "pid" || name.ends_with("_pid"); }

// The source of an NLM host is an address of this host.
bool is_server(const nfs::ListKind& kind, std::string_view name) {
    return name == "server" || name == "server_address" || name == "hostname" || name == "head" ||
           (name == "source" && kind.name == "mounts") ||
           (name == "name" && kind.name == "nlm_hosts");
}

// "10.9.9.1", "10.9.9.1 port 2049", "[::1]:/export": the name, whole, somewhere in the text.
bool names(const std::string& text, const std::string& server) {
    auto is_part = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0; };
    for (auto at = text.find(server); at != std::string::npos; at = text.find(server, at + 1)) {
        std::size_t end = at + server.size();
        bool begins = at == 0 || (!is_part(text[at - 1]) && text[at - 1] != '.');
        bool ends = end == text.size() || (!is_part(text[end]) && text[end] != '.');
        if (begins && ends) return true;
    }
    return false;
}

// What one object says of itself.
class Reading : public nfs::Visitor {
public:
    Reading(const StateView& view, const nfs::ListKind& kind) : view_(view), kind_(kind) {}

    void object(std::string_view type, VAddr address) override {
        aliases = {address};
        is_inode_ = type == "struct nfs_inode";
        pid = server = knows_pid = serves_ = false;
        pid_parents.clear();
        server_parents.clear();
    }
    void member(const nfs::MemberInfo& info) override {
        if (view_.pid && is_pid(info.name)) {
            has_pid = true;
            if (auto* value = std::get_if<const nfs::Field<std::int64_t>*>(&info.value)) {
                pid = pid || (*value)->is(*view_.pid);
                knows_pid = knows_pid || (**value && ***value != 0);
            }
        }
        if (!view_.server.empty() && is_server(kind_, info.name)) {
            has_server = true;
            if (auto* value = std::get_if<const nfs::Field<std::string>*>(&info.value))
                server = server || (**value && names(***value, view_.server));
        }
        // An NLM host that is a client of this host is no server.
        if (info.name == "is_server" && kind_.name == "nlm_hosts")
            if (auto* value = std::get_if<const nfs::Field<bool>*>(&info.value))
                serves_ = (*value)->is(true);
        if (serves_) server = false;
        auto* address = std::get_if<const nfs::Field<VAddr>*>(&info.value);
        if (address == nullptr) return;
        bool for_pid = is_one_of(kParentsOfPidObjects, info.name);
        bool for_server = is_one_of(kParentsOfServerObjects, info.name);
        has_pid_parent = has_pid_parent || for_pid;
        has_server_parent = has_server_parent || for_server;
        if (!**address || (***address).is_null()) return;
        if (for_pid) pid_parents.push_back(***address);
        if (for_server && !serves_) server_parents.push_back(***address);
        // Some name a file by its struct inode, others by the struct nfs_inode around it.
        if (is_inode_ && info.name == "inode") aliases.push_back(***address);
        if (info.name == "xprt_switch") switches.push_back(***address);
    }

    // Of the list's members, whatever the object.
    bool has_pid = false, has_server = false, has_pid_parent = false, has_server_parent = false;
    // Of the object described last.
    bool pid = false, server = false, knows_pid = false;
    std::vector<VAddr> aliases, pid_parents, server_parents, switches;

private:
    const StateView& view_;
    const nfs::ListKind& kind_;
    bool is_inode_ = false, serves_ = false;
};

bool is_any_in(const std::vector<VAddr>& addresses, const std::set<VAddr>& set) {
    return std::any_of(addresses.begin(), addresses.end(),
                       [&](VAddr address) { return set.count(address) != 0; });
}

// Objects that name parents of which it is not known yet whether they belong.
struct Orphan {
    std::vector<VAddr> aliases, parents;
};

// Those of orphans that belong, and those that belong to them in turn.
void adopt(std::set<VAddr>& belonging, std::vector<Orphan> orphans) {
    for (bool grew = true; grew;) {
        grew = false;
        auto adopted = std::partition(orphans.begin(), orphans.end(), [&](const Orphan& orphan) {
            return !is_any_in(orphan.parents, belonging);
        });
        for (auto at = adopted; at != orphans.end(); ++at)
            for (VAddr address : at->aliases) grew = belonging.insert(address).second || grew;
        orphans.erase(adopted, orphans.end());
    }
}

// Waits and findings are told by what other lists say; the server of this host is nobody's client.
bool leads_on(const nfs::ListKind& kind) {
    return kind.section != "findings" && kind.section != "waits" && kind.section != "server";
}

}  // namespace

StateFilter::StateFilter(nfs::State& state, const StateView& view) : view_(view) {
    if (!view.pid && view.server.empty()) return;
    std::vector<Orphan> pid_orphans, server_orphans;
    for (const nfs::ListKind& kind : nfs::list_kinds()) {
        if (!leads_on(kind)) continue;
        nfs::AnyListing listing = kind.read(state);
        Reading reading(view, kind);
        for (std::size_t i = 0; i < listing.size; ++i) {
            reading.switches.clear();
            listing.describe(i, reading);
            if (reading.pid)
                of_pid_.insert(reading.aliases.begin(), reading.aliases.end());
            else if (view.pid && !reading.knows_pid && !reading.pid_parents.empty())
                pid_orphans.push_back({reading.aliases, reading.pid_parents});
            if (reading.server) {
                of_server_.insert(reading.aliases.begin(), reading.aliases.end());
                of_server_.insert(reading.switches.begin(), reading.switches.end());
            } else if (!view.server.empty() && !reading.server_parents.empty()) {
                server_orphans.push_back({reading.aliases, reading.server_parents});
            }
        }
    }
    adopt(of_pid_, std::move(pid_orphans));
    adopt(of_server_, std::move(server_orphans));
}

bool StateFilter::applies(const nfs::ListKind& kind) const {
    Reading reading(view_, kind);
    kind.members(reading);
    bool by_object = kind.name == "findings" || kind.name == "rpc_xprt_switches";
    bool by_parent = leads_on(kind) || kind.section == "waits";
    bool by_pid =
        reading.has_pid || (by_parent && reading.has_pid_parent) || kind.name == "findings";
    bool by_server = reading.has_server || (by_parent && reading.has_server_parent) || by_object;
    return (!view_.pid || by_pid) && (view_.server.empty() || by_server);
}

std::vector<bool> StateFilter::passing(const nfs::ListKind& kind,
                                       const nfs::AnyListing& listing) const {
    std::vector<bool> passing(listing.size, true);
    Reading reading(view_, kind);
    for (std::size_t i = 0; i < listing.size; ++i) {
        listing.describe(i, reading);
        bool pid = reading.pid || is_any_in(reading.aliases, of_pid_) ||
                   (!reading.knows_pid && is_any_in(reading.pid_parents, of_pid_));
        bool server = reading.server || is_any_in(reading.aliases, of_server_) ||
                      is_any_in(reading.server_parents, of_server_);
        passing[i] = (!view_.pid || pid) && (view_.server.empty() || server);
    }
    return passing;
}

}  // namespace nfstriage::report
