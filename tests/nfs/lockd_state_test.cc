// What is read of lockd, over a made-up kernel.
#include "catch.h"

#include "server_world.h"

using namespace nfstriage;

namespace {

// Both lists of waiting locks; `blocks_first`: which of the two has the lower address.
struct LockdWorld {
    explicit LockdWorld(bool blocks_first) {
        test::TypeWriter w;
        w.structure("list_head", {{"next", "*"}, {"prev", "*"}});
        w.structure("nlm_host", {{"h_name", "*char"}, {"h_count", "u32"}});
        w.structure("file_lock",
                    {{"fl_type", "u8"}, {"fl_pid", "u32"}, {"fl_start", "s64"}, {"fl_end", "s64"}});
        w.structure("nlm_lock",
                    {{"caller", "*char"}, {"len", "u32"}, {"svid", "u32"}, {"fl", "file_lock"}});
        w.structure("nlm_args", {{"cookie", "u32"}, {"lock", "nlm_lock"}});
        w.structure("nlm_rqst", {{"a_args", "nlm_args"}, {"a_block", "*"}});
        w.structure("nlm_block", {{"b_count", "u32"},
                                  {"b_list", "list_head"},
                                  {"b_call", "*nlm_rqst"},
                                  {"b_host", "*nlm_host"},
                                  {"b_when", "u64"},
                                  {"b_granted", "u8"},
                                  {"b_flags", "u32"}});
        w.structure("nlm_wait", {{"b_list", "list_head"},
                                 {"b_wait", "char[24]"},
                                 {"b_host", "*nlm_host"},
                                 {"b_lock", "*file_lock"},
                                 {"b_status", "u32"}});
        types = w.types();
        dump.pages.map(kBlocks, 0x20000);
        symbols.add("nlm_blocked", blocks_first ? kBlocks : kWaits, 16, 'd');
        symbols.add("nlm_blocked", blocks_first ? kWaits : kBlocks, 16, 'd');
        link(kBlocks, kBlock + w.offset("nlm_block.b_list"));
        link(kWaits, kWait + w.offset("nlm_wait.b_list"));
        auto put = [&](std::uint64_t at, const char* member, auto value) {
            dump.pages.put(at + w.offset(member), value);
        };
        put(kBlock, "nlm_block.b_call", kCall);
        put(kBlock, "nlm_block.b_host", kHost);
        put(kBlock, "nlm_block.b_when", ~std::uint64_t{0});
        put(kBlock, "nlm_block.b_flags", std::uint32_t{3});
        a_block = kCall + w.offset("nlm_rqst.a_block");
        dump.pages.put(a_block, kBlock);
        std::uint64_t lock = kCall + w.offset("nlm_rqst.a_args") + w.offset("nlm_args.lock");
        put(lock, "nlm_lock.caller", kText);
        put(lock, "nlm_lock.len", std::uint32_t{6});
        put(lock, "nlm_lock.svid", std::uint32_t{4711});
        for (std::uint64_t fl : {lock + w.offset("nlm_lock.fl"), kLock}) {
            put(fl, "file_lock.fl_type", std::uint8_t{1});
            put(fl, "file_lock.fl_pid", std::uint32_t{172});
            put(fl, "file_lock.fl_start", std::int64_t{100});
            put(fl, "file_lock.fl_end", std::int64_t{109});
        }
        dump.pages.put_string(kText, "client7");
        put(kHost, "nlm_host.h_name", kText);
        put(kWait, "nlm_wait.b_host", kHost);
        put(kWait, "nlm_wait.b_lock", kLock);
        put(kWait, "nlm_wait.b_status", std::uint32_t{0x03000000});
    }

    void link(std::uint64_t head, std::uint64_t node) {
        for (auto [from, to] : {std::pair{head, node}, {node, head}}) {
            dump.pages.put(from, to);
            dump.pages.put(from + 8, to);
        }
    }
    template <class Use>
    void with_roots(Use use) {
        kernel::Reader reader(dump, *types, symbols);
        kernel::Objects objects(dump, *types, symbols);
        kernel::Clock clock;
        nfs::Listing<kernel::TaskInfo> tasks;
        nfs::Listing<nfs::NetNamespace> nets;
        nfs::Roots roots{reader, objects, clock, tasks, nets, 1000};
        auto state = nfs::read_lockd_state(roots);
        use(state, nfs::check(roots, state));
    }

    static constexpr std::uint64_t kBase = 0xffff'8880'0040'0000, kBlocks = kBase,
                                   kWaits = kBase + 0x100, kBlock = kBase + 0x1000,
                                   kCall = kBase + 0x2000, kHost = kBase + 0x3000,
                                   kWait = kBase + 0x4000, kLock = kBase + 0x5000,
                                   kText = kBase + 0x6000;
    std::uint64_t a_block = 0;
    test::ServerDump dump;
    fakes::FakeSymbols symbols;
    std::unique_ptr<layout::BtfTypes> types;
};

}  // namespace

TEST_CASE("locks that wait here and locks that wait at servers are told apart") {
    LockdWorld world(GENERATE(true, false));
    world.with_roots([&](const nfs::LockdState& state, const auto& findings) {
        REQUIRE(state.nlm_blocks.items.size() == 1);
        const auto& block = state.nlm_blocks.items.front();
        CHECK(block.host_name.is("client7"));
        CHECK(block.caller.is("client"));  // its length, not its end mark, ends it
        CHECK(block.owner_pid.is(4711));
        CHECK(block.start.is(100));
        CHECK(block.length.is(10));
        CHECK(block.mode.is("write"));
        CHECK(block.retry_in.why() == Reason::null);
        CHECK(block.flags->names() == std::vector<std::string>{"B_QUEUED", "B_GOT_CALLBACK"});
        REQUIRE(state.nlm_waits.items.size() == 1);
        const auto& wait = state.nlm_waits.items.front();
        CHECK(wait.server.is("client7"));
        CHECK(wait.owner_pid.is(172));
        CHECK(wait.end.is(109));
        CHECK(wait.status.is("blocked"));
        CHECK(state.nlm_blocks.complete);
        CHECK(state.nlm_waits.complete);
        CHECK(findings.items.empty());
    });
}

TEST_CASE("a list of waiting locks that was not dumped makes both lists incomplete") {
    LockdWorld world(true);
    world.dump.pages.remove(LockdWorld::kBlocks);
    world.with_roots([](const nfs::LockdState& state, const auto& findings) {
        CHECK_FALSE(state.nlm_blocks.complete);
        CHECK_FALSE(state.nlm_waits.complete);
        CHECK(findings.items.empty());
    });
}

TEST_CASE("without data symbols nobody says that no lock waits") {
    LockdWorld world(true);
    world.symbols = {};
    SECTION("a table with data: lockd is not loaded") {
        world.with_roots([](const nfs::LockdState& state, const auto&) {
            CHECK(state.nlm_waits.complete);
            CHECK(state.nlm_hosts.complete);
        });
    }
    SECTION("a table of functions") {
        world.symbols.set_complete_for_data(false);
        world.with_roots([](const nfs::LockdState& state, const auto&) {
            CHECK_FALSE(state.nlm_waits.complete);
            CHECK_FALSE(state.nlm_hosts.complete);
        });
    }
}
