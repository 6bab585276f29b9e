// Losing a page may shorten a list of the server's state and make values unknown; nothing else.
#include "catch.h"

#include <map>
#include <sstream>

#include "server_world.h"

using namespace nfstriage;
using nfstriage::test::ServerWorld;

namespace {

// Every known value by list, object and member.
class Collector : public nfs::Visitor {
public:
    std::map<std::string, std::string> values;
    std::string list;

    void object(std::string_view, VAddr address) override { at_ = list + " " + hex(address) + " "; }
    void member(const nfs::MemberInfo& info) override {
        std::visit(
            [&](const auto* field) {
                if (!field->known()) return;
                std::ostringstream text;
                using T = std::decay_t<decltype(**field)>;
                if constexpr (std::is_same_v<T, VAddr>)
                    text << hex(**field);
                else if constexpr (std::is_same_v<T, kernel::Flags>)
                    text << (**field).bits;
                else if constexpr (std::is_same_v<T, kernel::Duration>)
                    text << (**field).ns;
                else
                    text << **field;
                values[at_ + std::string(info.name)] = text.str();
            },
            info.value);
    }

private:
    std::string at_;
};

struct Seen {
    std::map<std::string, std::string> values;
    std::map<std::string, std::size_t> complete;  // sizes of the lists that say they are complete
    std::vector<std::string> findings;
};

template <class T>
void take(Seen& seen, Collector& collector, const char* name, const nfs::Listing<T>& listing) {
    collector.list = name;
    for (const T& item : listing.items) describe(item, collector);
    if (listing.complete) seen.complete[name] = listing.items.size();
}

Seen look(ServerWorld& world) {
    Seen seen;
    Collector collector;
    auto state = world.read();
    take(seen, collector, "svc_servs", state.svc_servs);
    take(seen, collector, "svc_pools", state.svc_pools);
    take(seen, collector, "svc_threads", state.svc_threads);
    take(seen, collector, "svc_xprts", state.svc_xprts);
    take(seen, collector, "nfsd_nets", state.nfsd_nets);
    take(seen, collector, "nfsd_clients", state.nfsd_clients);
    take(seen, collector, "nfsd_stateids", state.nfsd_stateids);
    take(seen, collector, "nfsd_sessions", state.nfsd_sessions);
    seen.values = std::move(collector.values);
    seen.findings = world.findings();
    return seen;
}

std::unique_ptr<ServerWorld> busy_server() {
    auto world = std::make_unique<ServerWorld>();
    auto nfsd = world->make_nfsd(), serv = world->make_service(nfsd);
    for (unsigned i = 0; i < 3; ++i) {
        auto thread = world->make_thread(serv);
        auto xprt = world->make_xprt(serv, 0x11, i == 1);
        if (i == 2) world->set(thread, "svc_rqst.rq_xprt", xprt);
    }
    for (unsigned i = 0; i < 3; ++i) {
        auto client = world->make_client(nfsd, i != 2);
        for (unsigned id = 1; id < 4; ++id)
            world->make_stateid(client, id, static_cast<std::uint16_t>(1u << (id - 1)));
    }
    return world;
}

}  // namespace

TEST_CASE("losing any page of a server's state changes no value and makes no finding") {
    auto whole = busy_server();
    auto before = look(*whole);
    REQUIRE(before.findings.empty());
    REQUIRE(before.complete.at("nfsd_stateids") == 9);
    auto pages = whole->dump.pages.touched();
    REQUIRE(pages.size() > 20);
    for (std::uint64_t page : pages) {
        auto world = busy_server();
        world->dump.pages.remove(page);
        auto after = look(*world);
        INFO("without the page at " << std::hex << page);
        CHECK(after.findings.empty());
        for (const auto& [name, value] : after.values) {
            auto known = before.values.find(name);
            INFO(name << " = " << value);
            REQUIRE(known != before.values.end());
            CHECK(known->second == value);
        }
        for (const auto& [name, size] : after.complete) CHECK(before.complete.at(name) == size);
    }
}
