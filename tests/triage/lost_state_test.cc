// Losing pages may weaken what is shown of the NFS state, never turn it round: each page that
// reading it touched is taken away in turn. Then a list has the same objects or fewer and says that
// it is not complete, a value is the same or not known, a trust no higher, and no finding appears.
// The default suite takes every 60th page; NFSTRIAGE_ALL_PAGES=1 takes them all.
#include <cstdlib>
#include <map>
#include <memory>
#include <set>

#include "base/frame.h"
#include "catch.h"
#include "facts/from_dump.h"
#include "layout/kernel_layout.h"
#include "nfs/state.h"
#include "report/state_view.h"

using namespace nfstriage;

namespace {

struct Shown {
    bool complete = true;
    std::size_t size = 0;
    // By address of the object and, for several at one, their number: member -> value, "" unknown.
    std::map<std::pair<std::uint64_t, unsigned>, std::map<std::string, std::string>> items;
};

struct State {
    std::map<std::string, Shown> lists;
    std::vector<Pfn> touched;
};

class Collector : public nfs::Visitor {
public:
    void object(std::string_view, VAddr at) override { address = at.value; }
    void member(const nfs::MemberInfo& info) override {
        // Bits whose names were in the lost page are the same bits.
        auto* flags = std::get_if<const nfs::Field<nfs::Flags>*>(&info.value);
        bool is_word = flags != nullptr && (*flags)->known();
        members[std::string(info.name)] = is_word ? hex((**flags)->bits) : report::value_text(info);
    }
    std::uint64_t address = 0;
    std::map<std::string, std::string> members;
};

struct Sample {
    const char* dump;
    std::size_t step;       // of the pages, how many are passed over
    std::size_t rpc_tasks;  // that the whole sample has at least
};

constexpr Sample kSamples[] = {
    {"unlock-request-bug-x86_64.vmcore", 60, 5},
    {"xprt-lock-softlockup-aarch64.vmcore", 60, 1},
};

State state_without(const Sample& sample, const std::vector<Pfn>& hidden) {
    dump::OpenOptions options;
    options.hidden_pages = hidden;
    auto dump =
        dump::Dump::open({std::string(NFSTRIAGE_SOURCE_DIR "/samples/") + sample.dump}, options);
    REQUIRE(dump);
    layout::KernelLayout layout = layout::load_kernel_layout(**dump);
    facts::Scene scene = facts::from_dump(**dump, layout);
    State state;
    for (const nfs::ListKind& kind : nfs::list_kinds()) {
        nfs::AnyListing listing = kind.read(*scene.state);
        Shown& shown = state.lists[std::string(kind.name)];
        shown.complete = listing.complete;
        shown.size = listing.size;
        std::map<std::uint64_t, unsigned> seen;
        for (std::size_t i = 0; i < listing.size; ++i) {
            Collector item;
            listing.describe(i, item);
            shown.items[{item.address, seen[item.address]++}] = std::move(item.members);
        }
    }
    state.touched = (*dump)->pages_read();
    return state;
}

// Sums and sentences over a list of objects: with fewer objects they say less.
bool sums_up(const std::string& list) {
    static const std::set<std::string> kSums{"wait_chains", "wait_cycles", "writeback_totals",
                                             "caches", "nfsd_nets"};
    return kSums.count(list) != 0;
}

// Words about several objects: they say less where one of them is missing.
bool is_sentence(const std::string& member) {
    static const std::set<std::string> kSentences{"chain", "object_name", "doubt", "how"};
    return kSentences.count(member) != 0;
}

// The more, the less a frame can be trusted.
unsigned doubt(const std::string& trust) {
    for (unsigned i = 0; i <= static_cast<unsigned>(Trust::guess); ++i)
        if (to_string(static_cast<Trust>(i)) == trust) return i;
    FAIL("no trust: " << trust);
    return 0;
}

void check_item(const std::map<std::string, std::string>& before,
                const std::map<std::string, std::string>& after) {
    for (const auto& [name, value] : after) {
        if (value.empty() || is_sentence(name)) continue;
        INFO(name << " was '" << before.at(name) << "', became '" << value << "'");
        if (name == "trust")
            CHECK(doubt(value) >= doubt(before.at(name)));
        else
            CHECK(value == before.at(name));
    }
}

void check_weakened(const State& before, const State& after) {
    for (const auto& [name, shown] : after.lists) {
        INFO("list " << name << ": " << before.lists.at(name).size << " became " << shown.size);
        const Shown& whole = before.lists.at(name);
        if (shown.complete) CHECK(whole.complete);
        if (shown.complete && !sums_up(name)) CHECK(shown.size == whole.size);
        if (sums_up(name)) continue;
        CHECK(shown.size <= whole.size);
        for (const auto& [key, item] : shown.items) {
            INFO("object " << hex(key.first));
            auto found = whole.items.find(key);
            CHECK(found != whole.items.end());
            if (found != whole.items.end()) check_item(found->second, item);
        }
    }
}

}  // namespace

TEST_CASE("a lost page makes the NFS state smaller and turns nothing round") {
    const Sample& sample = kSamples[GENERATE(range(std::size_t{0}, std::size(kSamples)))];
    State whole = state_without(sample, {});
    REQUIRE(whole.lists.at("rpc_tasks").size >= sample.rpc_tasks);
    std::size_t step = std::getenv("NFSTRIAGE_ALL_PAGES") != nullptr ? 1 : sample.step;
    for (std::size_t i = 11 % step; i < whole.touched.size(); i += step) {
        INFO(sample.dump << " without page " << whole.touched[i].value);
        check_weakened(whole, state_without(sample, {whole.touched[i]}));
    }
}

TEST_CASE(
    "lists say that they are not whole where a page took what leads to them, or what proves") {
    const Sample& sample = kSamples[0];
    State whole = state_without(sample, {});
    struct Lost {
        std::uint64_t page;
        const char* list;
    };
    for (const Lost& lost : {Lost{4096, "findings"},  // unwinding: who runs with a request
                             Lost{9304, "exports"}, Lost{9304, "client_addresses"}}) {  // a cache
        INFO("page " << lost.page << ", list " << lost.list);
        State after = state_without(sample, {Pfn{lost.page}});
        check_weakened(whole, after);
        CHECK(whole.lists.at(lost.list).complete);
        CHECK_FALSE(after.lists.at(lost.list).complete);
    }
}
