// Every real dump of the corpus, from the file to the verdict, against the truth beside it: written
// down by drgn and crash with full debuginfo, and by hand where a judgement is meant.
#include <unistd.h>
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>

#include <nlohmann/json.hpp>

#include "catch.h"
#include "report/json.h"
#include "triage.h"
#include "triage/catalogue.h"

using namespace nfstriage;
namespace fs = std::filesystem;
using test::catalogue;

namespace {

const char* corpus() {
    const char* folder = std::getenv("NFSTRIAGE_CORPUS");
    if (folder == nullptr) WARN("skipped: NFSTRIAGE_CORPUS is not set");
    return folder;
}

// A folder of the test's own for unpacked dumps.
struct Scratch {
    fs::path path = fs::temp_directory_path() / ("nfstriage-corpus-" + std::to_string(getpid()));
    Scratch() { fs::create_directories(path); }
    ~Scratch() {
        std::error_code ignored;
        fs::remove_all(path, ignored);
    }
};

fs::path dump_file(const fs::path& base, const Scratch& scratch) {
    fs::path plain = base;
    plain += ".vmcore";
    if (fs::exists(plain)) return plain;
    fs::path unpacked = scratch.path / plain.filename();
    std::string command = "xz -dkc '" + plain.string() + ".xz' > '" + unpacked.string() + "'";
    REQUIRE(std::system(command.c_str()) == 0);
    return unpacked;
}

struct Expected {
    const char* name;
    CrashKind kind;
    std::optional<unsigned> crash_cpu;
    std::int64_t pid;
    const char* comm;
    const char* function;  // crash.function, without suffix
    unsigned panic_cpu;
    std::int64_t panic_pid;
    const char* culprit;
    verdict::Status status;
    const char* rule;  // "" for none
};

using verdict::Status;
constexpr auto kNobody = std::nullopt;

// From the truth files; status from the corpus's README.
const Expected kExpected[] = {
    {"x86_64/sysrq-flattened-zlib", CrashKind::sysrq, 0, 1, "init", "sysrq_handle_crash", 0, 1,
     "sysrq_handle_crash", Status::not_nfs, "sysrq-crash"},
    {"x86_64/rpc-queue-lock-softlockup", CrashKind::soft_lockup, 1, 173, "kworker/u4:6",
     "native_queued_spin_lock_slowpath", 1, 173, "xprt_request_enqueue_receive",
     Status::unknown_signature, ""},
    {"x86_64/wb-page-softlockup", CrashKind::soft_lockup, 0, 169, "nfsio-incompat",
     "native_queued_spin_lock_slowpath", 0, 169, "nfs_page_find_private_request",
     Status::unknown_signature, ""},
    {"x86_64/unlock-request-bug", CrashKind::bug, 1, 174, "kworker/u4:7",
     "nfs_unlock_request_checked", 1, 174, "nfs_end_page_writeback", Status::candidate,
     "nfs-unlock-request-bug"},
    {"x86_64/server-gone-hung-task", CrashKind::hung_task, kNobody, 166, "nfsio-write",
     "folio_wait_bit_common", 0, 28, "nfs_wb_all", Status::known_condition,
     "nfs-server-not-responding"},
    {"x86_64/nfsd-write-null", CrashKind::null_deref, 0, 125, "nfsd", "nfsd_vfs_write", 0, 125,
     "nfsd_vfs_write", Status::unknown_signature, ""},
    {"x86_64/nfs-page-list-poison-gpf", CrashKind::gpf, 0, 154, "kworker/u4:3",
     "nfs_page_set_headlock", 0, 154, "nfs_page_set_headlock", Status::unknown_signature, ""},
    {"aarch64/xprt-alloc-slot-softlockup-nokaslr", CrashKind::soft_lockup, 1, 326, "cat",
     "queued_spin_lock_slowpath", 1, 326, "xprt_alloc_slot", Status::unknown_signature, ""},
    {"aarch64/xprt-reserve-null-kaslr-zstd", CrashKind::null_deref, 1, 324, "ls", "xprt_reserve", 1,
     324, "xprt_reserve", Status::unknown_signature, ""},
};

Result<verdict::Verdict> triage_file(const fs::path& path) {
    Input input;
    input.parts = {path};
    return triage(input, catalogue());
}

}  // namespace

TEST_CASE("every real dump gives the crash, the panic and the judgement of its truth file") {
    if (corpus() == nullptr) return;
    Scratch scratch;
    for (const Expected& expected : kExpected) {
        INFO(expected.name);
        auto result = triage_file(dump_file(fs::path(corpus()) / "dumps" / expected.name, scratch));
        REQUIRE(result);
        const verdict::Verdict& v = *result;
        REQUIRE(v.crash);
        CHECK(to_string(v.crash->kind) == to_string(expected.kind));
        CHECK(v.crash->cpu == expected.crash_cpu);
        CHECK(v.crash->task.pid == expected.pid);
        CHECK(v.crash->task.comm == expected.comm);
        REQUIRE(v.crash->top);
        CHECK(without_suffix(v.crash->top->function) == expected.function);
        REQUIRE(v.panic);
        CHECK(v.panic->cpu == expected.panic_cpu);
        CHECK(v.panic->task.pid == expected.panic_pid);
        CHECK(v.culprit.function == expected.culprit);
        REQUIRE_FALSE(v.verdicts.empty());
        CHECK(to_string(v.verdicts[0].status) == to_string(expected.status));
        CHECK(v.verdicts[0].rule == expected.rule);
        for (const verdict::Diagnosis& diagnosis : v.verdicts) {
            CHECK(diagnosis.status != Status::known_bug);  // the faults were injected
            for (const verdict::RecordHere& record : diagnosis.records)
                CHECK((record.status == knowledge::HereStatus::not_affected ||
                       record.status == knowledge::HereStatus::fixed ||
                       record.status == knowledge::HereStatus::unknown ||
                       diagnosis.status == Status::known_condition));
        }
        std::string release = v.kernel.release.value_or("");
        CHECK(release ==
              (expected.name[0] == 'x' ? "6.1.0-56-cloud-amd64" : "6.1.0-56-cloud-arm64"));
    }
}

TEST_CASE("registers and the panic stack are those that drgn found with full debuginfo") {
    if (corpus() == nullptr) return;
    Scratch scratch;
    for (const Expected& expected : kExpected) {
        fs::path base = fs::path(corpus()) / "dumps" / expected.name;
        std::ifstream file(base.string() + ".truth-drgn.json");
        if (!file) continue;  // the aarch64 truth is text; its stacks are checked by the unwinder
        INFO(expected.name);
        auto truth = nlohmann::json::parse(file)["panic"];
        auto result = triage_file(dump_file(base, scratch));
        REQUIRE(result);
        REQUIRE(result->crash);
        if (truth.contains("regs")) {
            for (auto& [name, text] : truth["regs"].items()) {
                auto found = result->crash->registers.get(name == "rflags" ? "eflags" : name);
                INFO(name);
                REQUIRE(found);
                if (name != "rflags") CHECK(hex(*found) == text.get<std::string>());
            }
        }
        std::vector<std::string> wanted, found;
        for (const auto& frame : truth["bt"])
            if (!frame["inline"].get<bool>() && !frame["name"].get<std::string>().starts_with("0x"))
                wanted.emplace_back(without_suffix(frame["name"].get<std::string>()));
        for (const facts::Stack& stack : result->stacks)
            if (stack.role == facts::StackRole::panic)
                for (const Frame& frame : stack.frames)
                    found.emplace_back(without_suffix(frame.function));
        // drgn names the last frame by its DWARF function, kallsyms by the label in entry_64.S.
        if (!wanted.empty() && wanted.back() == "entry_SYSCALL_64" && !found.empty())
            wanted.back() = found.back();
        CHECK(found == wanted);
    }
}

TEST_CASE("a crash gives the same signature and the same top rule as dump and as console log") {
    if (corpus() == nullptr) return;
    Scratch scratch;
    for (const Expected& expected : kExpected) {
        INFO(expected.name);
        fs::path base = fs::path(corpus()) / "dumps" / expected.name;
        auto dump = triage_file(dump_file(base, scratch));
        auto log = triage_file(base.string() + ".console.txt");
        REQUIRE(dump);
        REQUIRE(log);
        REQUIRE(dump->signature);
        REQUIRE(log->signature);
        CHECK(dump->signature->text == log->signature->text);
        const verdict::Diagnosis &of_log = log->verdicts[0], &of_dump = dump->verdicts[0];
        if (of_log.rule != of_dump.rule) {
            // The log may offer a candidate that the dump's memory refutes.
            CHECK(of_log.status == Status::candidate);
            CHECK(std::any_of(dump->near_misses.begin(), dump->near_misses.end(),
                              [&](const auto& miss) { return miss.rule == of_log.rule; }));
            continue;
        }
        // Else it may say less, never more: the statuses are ordered best known first.
        CHECK(static_cast<int>(of_log.status) >= static_cast<int>(of_dump.status));
        CHECK(static_cast<int>(of_log.confidence) <= static_cast<int>(of_dump.confidence));
    }
}

TEST_CASE("two runs over the same dump give the same bytes") {
    if (corpus() == nullptr) return;
    Scratch scratch;
    fs::path path = dump_file(fs::path(corpus()) / "dumps" / kExpected[0].name, scratch);
    report::JsonOptions stable;
    stable.stable = true;
    CHECK(report::to_json(*triage_file(path), stable) ==
          report::to_json(*triage_file(path), stable));
}

TEST_CASE("no rule claims a log that is labelled as not NFS") {
    if (corpus() == nullptr) return;
    std::ifstream labels(fs::path(corpus()) / "logs" / "labels.jsonl");
    REQUIRE(labels);
    unsigned checked = 0;
    for (std::string line; std::getline(labels, line);) {
        auto label = nlohmann::json::parse(line);
        if (label["nfs"].is_null() || label["nfs"].get<bool>() || label["ambiguous"].get<bool>())
            continue;
        std::string file = label["file"];
        INFO(file);
        auto result = triage_file(fs::path(corpus()) / "logs" / file);
        REQUIRE(result);
        ++checked;
        for (const verdict::Diagnosis& diagnosis : result->verdicts) {
            CHECK(diagnosis.status != Status::known_bug);
            CHECK(diagnosis.status != Status::candidate);
        }
    }
    CHECK(checked > 10);
}

TEST_CASE("the five cases' logs give what is expected of them") {
    if (corpus() == nullptr) return;
    struct Case {
        const char* file;
        Status status;
        const char* rule;
    };
    const Case kCases[] = {
        {"000_nfs_wb_page_soft_lockup.txt", Status::candidate, "nfs-wb-page-fatal-error-loop"},
        {"001_rpc_execute_soft_lockup.txt", Status::candidate, "rpc-execute-spin"},
        {"002_nfs_unlock_request_bug.txt", Status::candidate, "nfs-redirty-request-twice"},
        {"003_arm64_no_vmcore.txt", Status::not_nfs, "kdump-never-started"},
        {"004_nfsd_radix_tree_private_list.txt", Status::known_bug, "nfsd-stid-radix-tree"},
    };
    for (const Case& expected : kCases) {
        INFO(expected.file);
        auto result = triage_file(fs::path(corpus()) / "cases" / expected.file);
        REQUIRE(result);
        CHECK(to_string(result->verdicts[0].status) == to_string(expected.status));
        CHECK(result->verdicts[0].rule == expected.rule);
    }
}

namespace {

struct Named {
    const char* dump;
    const char* function;
    const char* parameter;
};

// Objects that the truth files name: the one that was damaged, and those that the tasks on the
// blamed stacks worked on.
const Named kNamed[] = {
    {"x86_64/nfs-page-list-poison-gpf", "nfs_inode_remove_request", "req"},
    {"x86_64/unlock-request-bug", "nfs_end_page_writeback", "req"},
    {"x86_64/wb-page-softlockup", "nfs_wb_page", "page"},
    {"x86_64/nfsd-write-null", "nfsd_vfs_write", "rqstp"},
    {"x86_64/rpc-queue-lock-softlockup", "xprt_request_enqueue_receive", "task"},
    {"x86_64/rpc-queue-lock-softlockup", "xprt_transmit", "task"},
    {"x86_64/server-gone-hung-task", "__rpc_execute", "task"},
    {"x86_64/server-gone-hung-task", "rpc_call_sync", "clnt"},
    {"aarch64/xprt-alloc-slot-softlockup-nokaslr", "xprt_alloc_slot", "xprt"},
    {"aarch64/xprt-alloc-slot-softlockup-nokaslr", "xprt_alloc_slot", "task"},
    {"aarch64/xprt-alloc-slot-softlockup-nokaslr", "nfs4_do_call_sync", "server"},
    {"aarch64/xprt-reserve-null-kaslr-zstd", "xprt_reserve", "task"},
    {"aarch64/xprt-reserve-null-kaslr-zstd", "rpc_call_sync", "clnt"},
};

std::string truth_of(const fs::path& base) {
    std::string text;
    for (const char* kind : {".truth-crash.txt", ".truth-drgn.json", ".truth-drgn.txt"}) {
        std::ifstream file(base.string() + kind);
        text.append(std::istreambuf_iterator<char>(file), {});
    }
    return text;
}

const Argument* find_argument(const verdict::Verdict& verdict, const Named& named) {
    for (const facts::Stack& stack : verdict.stacks)
        for (const Frame& frame : stack.frames) {
            if (without_suffix(frame.function) != named.function) continue;
            for (const Argument& argument : frame.arguments)
                if (argument.name == named.parameter) return &argument;
        }
    return nullptr;
}

}  // namespace

TEST_CASE("the objects that the truth files name are recovered from the stacks alone") {
    if (corpus() == nullptr) return;
    Scratch scratch;
    std::map<std::string, Result<verdict::Verdict>> verdicts;
    for (const Named& named : kNamed) {
        INFO(named.dump << ": " << named.parameter << " of " << named.function);
        fs::path base = fs::path(corpus()) / "dumps" / named.dump;
        auto known = verdicts.find(named.dump);
        if (known == verdicts.end())
            known = verdicts.emplace(named.dump, triage_file(dump_file(base, scratch))).first;
        REQUIRE(known->second);
        const Argument* argument = find_argument(*known->second, named);
        REQUIRE(argument != nullptr);
        REQUIRE(argument->value);
        CHECK(argument->trust < Trust::scan);
        CHECK(argument->doubt.empty());
        CHECK_THAT(truth_of(base), ContainsSubstring(hex(*argument->value).substr(2)));
    }
}
