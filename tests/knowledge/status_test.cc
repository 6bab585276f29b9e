#include "knowledge/status.h"

#include <map>
#include <set>

#include "catch.h"
#include "knowledge/load.h"
#include "knowledge/release.h"

using namespace nfstriage;
using namespace nfstriage::knowledge;

namespace {

class FakeSymbols : public layout::Symbols {
public:
    explicit FakeSymbols(std::set<std::string, std::less<>> names) : names_(std::move(names)) {}
    Maybe<VAddr> address(std::string_view name) const override {
        if (names_.count(name) == 0) return unknown(Reason::no_symbol);
        return VAddr{0xffffffff81000000};
    }
    std::vector<layout::Symbol> all(std::string_view name) const override {
        if (names_.count(name) == 0) return {};
        return {{std::string(name), VAddr{0xffffffff81000000}, 0, "", 'T'}};
    }
    Maybe<layout::SymbolAt> find(VAddr) const override { return unknown(Reason::no_symbol); }
    bool complete_for_data() const override { return true; }
    bool is_text(VAddr) const override { return true; }

private:
    std::set<std::string, std::less<>> names_;
};

// Structures by name with their members; others are not described.
class FakeTypes : public layout::Types {
public:
    explicit FakeTypes(std::map<std::string, std::set<std::string>> types)
        : types_(std::move(types)) {}
    std::string_view source() const override { return "btf"; }
    Maybe<layout::TypeInfo> type(std::string_view) const override {
        return unknown(Reason::no_type);
    }
    Maybe<layout::Member> member(std::string_view, std::string_view) const override {
        return unknown(Reason::no_type);
    }
    Maybe<bool> has_member(std::string_view structure, std::string_view path) const override {
        auto it = types_.find(std::string(structure));
        if (it == types_.end()) return unknown(Reason::no_type, std::string(structure));
        return it->second.count(std::string(path)) != 0;
    }
    Maybe<std::vector<layout::Field>> members(std::string_view) const override {
        return unknown(Reason::no_type);
    }
    Maybe<std::int64_t> enumerator(std::string_view) const override {
        return unknown(Reason::no_type);
    }
    Maybe<std::vector<std::pair<std::string, std::string>>> parameters(
        std::string_view) const override {
        return unknown(Reason::no_type);
    }

private:
    std::map<std::string, std::set<std::string>> types_;
};

std::map<std::string, std::set<std::string>> client_with(std::set<std::string> members) {
    std::map<std::string, std::set<std::string>> types;
    types.emplace("struct nfs4_client", std::move(members));
    return types;
}

facts::Scene kernel(std::string release) {
    facts::Scene scene;
    scene.kernel.release = std::move(release);
    scene.kernel.arch = Arch::x86_64;
    return scene;
}

Record repository_record(std::string_view id) {
    Library library = load_directory(NFSTRIAGE_SOURCE_DIR "/knowledge");
    const Record* record = library.find(id);
    REQUIRE(record != nullptr);
    return *record;
}

const CommitHere& commit_of(const Here& here, std::string_view hash) {
    for (const CommitHere& commit : here.commits)
        if (commit.commit->commit.starts_with(hash)) return commit;
    FAIL("no such commit");
    return here.commits.front();
}

}  // namespace

TEST_CASE("releases are ordered as upstream numbers them") {
    CHECK(*parse_release("5.3") == *parse_release("5.3.0"));
    CHECK(*parse_release("5.3-rc2") < *parse_release("5.3"));
    CHECK(*parse_release("5.3-rc2") < *parse_release("5.3-rc10"));
    CHECK(*parse_release("5.2.17") < *parse_release("5.3-rc1"));
    CHECK(*parse_release("4.19.298") > *parse_release("4.19.90"));
    CHECK_FALSE(parse_release("5.3-1"));
    CHECK_FALSE(parse_release("x"));
    CHECK_FALSE(parse_release(""));
}

TEST_CASE("a distributor's release is never plain upstream") {
    CHECK_FALSE(plain_release("4.19.90-23.29.v2101.ky10.aarch64"));
    CHECK_FALSE(plain_release("6.1.0-56-cloud-amd64"));
    CHECK_FALSE(plain_release("5.5.0-rc1-00002-gc56d8b96a170"));
    CHECK_FALSE(plain_release("4.19.79+"));
    CHECK(plain_release("5.2.10"));
    CHECK(plain_release("6.11.0-rc6"));
    CHECK(base_release("4.18.0-147.5.1.el8_1.aarch64")->minor == 18);
}

TEST_CASE("a positive probe shows the fix on any kernel") {
    Record record = repository_record("nfsd-stid-radix-tree");
    facts::Scene scene = kernel("4.19.90-24.4.v2101.ky10.aarch64");
    FakeTypes types(client_with({"cl_cb_inflight"}));
    scene.types = &types;
    Here here = status_here(record, scene);
    CHECK(here.status == HereStatus::fixed);
    CHECK(here.basis == Basis::probe);
    CHECK(here.plausible == Tri::no);
}

TEST_CASE(
    "a structure that is described whole and lacks the member shows that the fix is missing") {
    Record record = repository_record("nfsd-stid-radix-tree");
    facts::Scene scene = kernel("4.19.90-24.4.v2101.ky10.aarch64");
    FakeTypes types(client_with({"cl_lock"}));
    FakeSymbols symbols({"nfsd4_run_cb_work"});
    scene.types = &types;
    scene.symbols = &symbols;
    Here here = status_here(record, scene);
    CHECK(here.status == HereStatus::affected);
    CHECK(here.basis == Basis::probe);
    CHECK(here.plausible == Tri::yes);
}

TEST_CASE("a missing symbol alone shows nothing: it may be inlined") {
    Record record = repository_record("rpc-execute-spin");
    facts::Scene scene = kernel("4.19.90-23.15.v2101.ky10.x86_64");
    FakeSymbols symbols({"xs_tcp_send_request"});
    scene.symbols = &symbols;
    Here here = status_here(record, scene);
    CHECK(here.status == HereStatus::unknown);
    CHECK(here.basis == Basis::none);
    CHECK(commit_of(here, "7496b59f588d").presence == Presence::unknown);
    CHECK(here.plausible == Tri::yes);
}

TEST_CASE("half of a fix that shows stays unknown as long as the rest does not show") {
    Record record = repository_record("rpc-execute-spin");
    facts::Scene scene = kernel("6.1.0-56-cloud-amd64");
    FakeSymbols symbols({"xs_stream_nospace"});
    scene.symbols = &symbols;
    Here here = status_here(record, scene);
    CHECK(here.status == HereStatus::unknown);
    CHECK(commit_of(here, "7496b59f588d").presence == Presence::present);
    CHECK(here.plausible == Tri::no);  // what it is based on has the fix
}

TEST_CASE("the upstream release decides for plain kernels only") {
    Record record = repository_record("nfs-wb-page-fatal-error-loop");
    CHECK(status_here(record, kernel("5.3.4")).status == HereStatus::fixed);
    CHECK(status_here(record, kernel("5.2.17")).status == HereStatus::fixed);
    Here affected = status_here(record, kernel("5.2.10"));
    CHECK(affected.status == HereStatus::affected);
    CHECK(affected.basis == Basis::release);
    CHECK(status_here(record, kernel("4.19.300")).status == HereStatus::affected);
    CHECK(status_here(record, kernel("4.19.200")).status == HereStatus::not_affected);
    CHECK(status_here(record, kernel("5.3.4-1.el8")).status == HereStatus::unknown);
    CHECK(status_here(record, kernel("4.19.300-1.el8")).status == HereStatus::unknown);
}

TEST_CASE("without a release and without tables nothing is claimed") {
    facts::Scene scene;
    for (const auto& [id, record] : load_directory(NFSTRIAGE_SOURCE_DIR "/knowledge").records) {
        Here here = status_here(record, scene);
        CHECK(here.status == HereStatus::unknown);
        CHECK_FALSE(here.why.empty());
        CHECK(here.plausible == Tri::unknown);
    }
}

TEST_CASE("a record for another architecture does not apply") {
    Record record = repository_record("kdump-never-started");
    facts::Scene scene = kernel("4.18.0-147.5.1.el8_1.x86_64");
    CHECK(status_here(record, scene).status == HereStatus::not_affected);
    scene.kernel.arch = Arch::aarch64;
    CHECK(status_here(record, scene).status == HereStatus::unknown);
}

TEST_CASE("a reverted commit is no part of a fix") {
    Record record;
    record.fix_sets.push_back({"set",
                               {{"aaaaaaaaaaaa", "fix", "v5.1", {}, Role::fix, {}, ""},
                                {"bbbbbbbbbbbb", "gone", "v6.0", {}, Role::reverted, {}, ""}}});
    CHECK(status_here(record, kernel("5.2.0")).status == HereStatus::fixed);
    record.fix_sets[0].commits[0].release = "v6.9";
    record.fix_sets[0].commits[0].stable = {"6.1.80"};
    CHECK(status_here(record, kernel("6.1.50")).status == HereStatus::affected);
}

TEST_CASE("some commits of a set present and others missing is partly fixed") {
    Record record;
    record.fix_sets.push_back(
        {"set",
         {{"aaaaaaaaaaaa", "first", "v6.9", {"6.1.40"}, Role::prerequisite, {}, ""},
          {"bbbbbbbbbbbb", "second", "v6.9", {"6.1.60"}, Role::fix, {}, ""}}});
    Here here = status_here(record, kernel("6.1.50"));
    CHECK(here.status == HereStatus::partly_fixed);
    CHECK(status_here(record, kernel("6.1.60")).status == HereStatus::fixed);
}

TEST_CASE("losing the tables weakens the answer and never turns it round") {
    Record record = repository_record("nfsd-stid-radix-tree");
    for (bool has : {true, false}) {
        facts::Scene scene = kernel("4.19.90-vendor");
        FakeTypes types(client_with({has ? "cl_cb_inflight" : "cl_lock"}));
        FakeSymbols symbols({});
        scene.types = &types;
        scene.symbols = &symbols;
        HereStatus whole = status_here(record, scene).status;
        CHECK(whole == (has ? HereStatus::fixed : HereStatus::affected));
        scene.symbols = nullptr;
        HereStatus less = status_here(record, scene).status;
        CHECK((less == whole || less == HereStatus::unknown));
        scene.types = nullptr;
        CHECK(status_here(record, scene).status == HereStatus::unknown);
    }
}

TEST_CASE("a kernel that contradicts its own package is not judged") {
    Record record;
    FixSet set{"only", {}};
    Commit commit;
    commit.commit = "036ac2778f7b";
    commit.packages = {{"debian", "linux", "6.1.129-1", false}};
    commit.any_of.push_back(
        {ProbeKind::member, "", "struct nfs4_client", "cl_cb_inflight", "", ""});
    set.commits.push_back(commit);
    record.fix_sets.push_back(set);

    facts::Scene scene = kernel("6.1.0-30-amd64");
    scene.kernel.version = "#1 SMP PREEMPT_DYNAMIC Debian 6.1.124-1 (2025-01-12)";
    CHECK(status_here(record, scene).status == HereStatus::affected);
    CHECK(status_here(record, scene).basis == Basis::package);

    FakeTypes with(client_with({"cl_cb_inflight"}));
    scene.types = &with;
    Here here = status_here(record, scene);
    CHECK(here.status == HereStatus::unknown);
    CHECK_THAT(here.commits.front().why, ContainsSubstring("disagree"));

    scene.kernel.version = "#1 SMP PREEMPT_DYNAMIC Debian 6.1.129-1 (2025-03-06)";
    CHECK(status_here(record, scene).status == HereStatus::fixed);
    CHECK(status_here(record, scene).basis == Basis::probe);
}

TEST_CASE("a vendor's kernel has what brought a bug in, if the release it is based on is newer") {
    Record record;
    FixSet set{"only", {}};
    Commit fix, origin;
    fix.commit = "036ac2778f7b";
    fix.release = "v6.5";
    fix.any_of.push_back({ProbeKind::member, "", "struct nfs4_client", "cl_cb_inflight", "", ""});
    origin.commit = "bb6aeba736ba";
    origin.role = Role::introduces;
    origin.release = "v4.8";
    set.commits = {fix, origin};
    record.fix_sets.push_back(set);
    FakeTypes without(client_with({"cl_state"}));

    facts::Scene scene = kernel("5.10.0-60.18.0.50.oe2203.x86_64");
    scene.types = &without;
    CHECK(status_here(record, scene).status == HereStatus::affected);
    CHECK(status_here(record, scene).basis == Basis::probe);
    scene.kernel.release = "4.4.131-20190505.kylin.server-generic";  // may or may not have it
    CHECK(status_here(record, scene).status == HereStatus::unknown);
    // What the probe asks for was rewritten later, or the vendor dropped the fix.
    scene.kernel.release = "6.6.0-72.0.0.76.oe2403sp1.x86_64";
    CHECK(status_here(record, scene).status == HereStatus::unknown);
}

TEST_CASE("code that is not in the kernel cannot have the bug") {
    Record record = repository_record("nfsd-stid-radix-tree");
    record.symbols = {"nfsd_proc_read", "nfsd_proc_write"};
    facts::Scene scene = kernel("4.19.90-24.4.v2101.ky10.aarch64");
    FakeSymbols without({"nfsd"}), with({"nfsd_proc_write"});
    scene.symbols = &without;
    CHECK(status_here(record, scene).status == HereStatus::not_affected);
    scene.symbols = &with;
    CHECK(status_here(record, scene).status != HereStatus::not_affected);
}

TEST_CASE(
    "a bug that came in later than the release a vendor started from is not plausible by it") {
    Record record;
    record.fix_sets.push_back(
        {"set",
         {{"aaaaaaaaaaaa", "fix", "v5.19", {}, Role::fix, {}, ""},
          {"bbbbbbbbbbbb", "cause", "v5.12", {"5.10.20"}, Role::introduces, {}, ""}}});
    auto plausible = [&](const char* release) {
        return status_here(record, kernel(release)).plausible;
    };
    CHECK(plausible("5.14.0-70.el9") == Tri::yes);
    CHECK(plausible("5.10.0-30-amd64") == Tri::yes);
    CHECK(plausible("5.3.0-51-generic") == Tri::unknown);
    CHECK(plausible("6.1.0-vendor") == Tri::no);
    record.fix_sets[0].commits[1].release = "";
    CHECK(plausible("5.3.0-51-generic") == Tri::yes);
}
