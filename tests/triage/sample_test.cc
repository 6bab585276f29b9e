// The samples of the repository, from the file to the verdict; and what bad input gets.
#include <unistd.h>
#include <filesystem>
#include <fstream>

#include "catch.h"
#include "inputs.h"
#include "triage.h"
#include "triage/catalogue.h"

using namespace nfstriage;
namespace fs = std::filesystem;
using test::catalogue;

namespace {

fs::path sample(const char* name) { return fs::path(NFSTRIAGE_SOURCE_DIR) / "samples" / name; }

verdict::Verdict triaged(const fs::path& path) {
    Input input;
    input.parts = {path};
    auto result = triage(input, catalogue());
    REQUIRE(result);
    return std::move(*result);
}

std::vector<std::string> functions(const verdict::Verdict& verdict, facts::StackRole role,
                                   unsigned cpu) {
    std::vector<std::string> names;
    for (const facts::Stack& stack : verdict.stacks)
        if (stack.role == role && stack.cpu == cpu)
            for (std::size_t i = stack.culprit; i < stack.frames.size(); ++i)
                names.push_back(stack.frames[i].function);
    return names;
}

struct Folder {
    fs::path path = fs::temp_directory_path() / ("nfstriage-test-" + std::to_string(getpid()));
    Folder() { fs::create_directories(path); }
    ~Folder() {
        std::error_code ignored;
        fs::remove_all(path, ignored);
    }
    fs::path write(const char* name, std::string_view text) const {
        std::ofstream(path / name, std::ios::binary) << text;
        return path / name;
    }
};

std::string bytes_of(const fs::path& path, std::size_t size) {
    std::ifstream file(path, std::ios::binary);
    std::string text(size, '\0');
    file.read(text.data(), static_cast<std::streamsize>(size));
    text.resize(static_cast<std::size_t>(file.gcount()));
    return text;
}

}  // namespace

TEST_CASE("rules and records of the repository load without complaint") {
    CHECK(catalogue().rejected_rules.empty());
    CHECK(catalogue().knowledge.errors.empty());
    CHECK(catalogue().rules.size() >= 5);
}

TEST_CASE("the x86_64 sample: exception frame, ORC stack, candidate") {
    verdict::Verdict v = triaged(sample("unlock-request-bug-x86_64.vmcore"));
    REQUIRE(v.crash);
    CHECK(v.crash->kind == CrashKind::bug);
    CHECK(v.crash->task.comm == "kworker/u4:7");
    CHECK(v.crash->cpu == 1u);
    CHECK(v.kernel.release == "6.1.0-56-cloud-amd64");
    CHECK(v.crash->registers.get("rbx") == 0xffff8a0382491300u);
    auto stack = functions(v, facts::StackRole::panic, 1);
    CHECK(stack == std::vector<std::string>{
                       "nfs_unlock_request_checked.cold", "nfs_end_page_writeback",
                       "nfs_write_completion", "rpc_free_task", "rpc_async_release",
                       "process_one_work", "worker_thread", "kthread", "ret_from_fork"});
    CHECK(v.verdicts[0].status == verdict::Status::candidate);
    CHECK(v.verdicts[0].rule == "nfs-unlock-request-bug");
    REQUIRE(v.signature);
    CHECK(v.signature->text ==
          "v1:bug:nfs_client:nfs_end_page_writeback>nfs_write_completion>rpc_free_task");
}

TEST_CASE("the aarch64 sample: no data symbols, and the lock's holder is on the other CPU") {
    verdict::Verdict v = triaged(sample("xprt-lock-softlockup-aarch64.vmcore"));
    REQUIRE(v.panic);
    CHECK(v.panic->task.comm == "cat");
    CHECK(v.panic->cpu == 1u);
    CHECK(v.culprit.function == "xprt_alloc_slot");
    CHECK(v.verdicts[0].status == verdict::Status::unknown_signature);
    auto other = functions(v, facts::StackRole::other, 0);
    REQUIRE(other.size() > 3);
    CHECK(other[1] == "call_reserve");
    CHECK(other[2] == "__rpc_execute");
}

TEST_CASE("unusable input is an error with a place and a remedy") {
    Folder folder;
    std::string whole = bytes_of(sample("unlock-request-bug-x86_64.vmcore"), 400);
    auto refused = [&](const fs::path& path) {
        Input input;
        input.parts = {path};
        auto result = triage(input, catalogue());
        REQUIRE_FALSE(result);
        CHECK_FALSE(result.error().file.empty());
        CHECK_FALSE(result.error().expected.empty());
        CHECK_FALSE(result.error().remedy.empty());
    };
    refused(folder.write("empty", ""));
    refused(folder.path / "missing");
    refused(folder.path);
    refused(folder.write("binary", std::string(5000, '\x01')));
    for (std::size_t size = 1; size < whole.size(); size += 13)
        refused(folder.write("cut", std::string_view(whole).substr(0, size)));
}

TEST_CASE("a dump cut behind its headers still gives a verdict that says what is missing") {
    Folder folder;
    fs::path original = sample("unlock-request-bug-x86_64.vmcore");
    for (std::size_t size : {20'000u, 200'000u, 1'000'000u, 3'000'000u, 5'000'000u}) {
        INFO(size);
        verdict::Verdict v = triaged(folder.write("cut", bytes_of(original, size)));
        CHECK_FALSE(v.input.complete);
        CHECK_FALSE(v.input.missing.empty());
        CHECK(v.verdicts[0].status != verdict::Status::known_bug);
        CHECK(v.verdicts[0].status != verdict::Status::not_nfs);
    }
}

TEST_CASE("a directory is its newest vmcore with the log beside it") {
    Folder folder;
    auto inputs = [&] { return gather_inputs({folder.path.string()}, 1 << 20); };
    CHECK_FALSE(inputs().at(0).input);  // nothing in it
    folder.write("vmcore-dmesg.txt", "[    1.0] nothing\n");
    REQUIRE(inputs().at(0).input);
    CHECK(inputs().at(0).input->parts.at(0).filename() == "vmcore-dmesg.txt");
    folder.write("vmcore", "KDUMP   ");
    REQUIRE(inputs().at(0).input);
    CHECK(inputs().at(0).input->parts.at(0).filename() == "vmcore");
    CHECK(inputs().at(0).input->log.filename() == "vmcore-dmesg.txt");
}

TEST_CASE("a packed dump is unpacked, within the limit, and gives the same verdict") {
    Folder folder;
    fs::path original = sample("unlock-request-bug-x86_64.vmcore");
    fs::path packed = folder.path / "upload.gz";
    std::string command = "gzip -c '" + original.string() + "' > '" + packed.string() + "'";
    REQUIRE(std::system(command.c_str()) == 0);
    auto inputs = gather_inputs({packed.string()}, 1ull << 30);
    REQUIRE(inputs.at(0).input);
    auto result = triage(*inputs[0].input, catalogue());
    REQUIRE(result);
    CHECK(result->verdicts[0].rule == "nfs-unlock-request-bug");
    CHECK(result->input.path == packed.string());
    fs::path unpacked = inputs[0].folder->path();
    CHECK(fs::exists(unpacked));
    inputs.clear();
    CHECK_FALSE(fs::exists(unpacked));

    auto limited = gather_inputs({packed.string()}, 1 << 20);
    REQUIRE_FALSE(limited.at(0).input);
    CHECK_THAT(limited.at(0).input.error().remedy, ContainsSubstring("--max-unpacked"));
}

TEST_CASE("a directory whose dump kdump-tools compressed as a whole is unpacked") {
    Folder folder;
    folder.write("dmesg.202611220100", "[    1.0] nothing\n");
    fs::path packed = folder.path / "dump.202611220100.gz";
    std::string command = "gzip -c '" + sample("unlock-request-bug-x86_64.vmcore").string() +
                          "' > '" + packed.string() + "'";
    REQUIRE(std::system(command.c_str()) == 0);
    auto inputs = gather_inputs({folder.path.string()}, 1ull << 30);
    REQUIRE(inputs.at(0).input);
    CHECK(inputs[0].input->log.filename() == "dmesg.202611220100");
    CHECK(inputs[0].input->parts.at(0).parent_path() == inputs[0].folder->path());
    auto result = triage(*inputs[0].input, catalogue());
    REQUIRE(result);
    CHECK(result->verdicts[0].rule == "nfs-unlock-request-bug");
    CHECK(result->input.path == folder.path.string());
}

TEST_CASE("a console log joined to a dump that contradicts it is said to do so") {
    Folder folder;
    Input input;
    input.parts = {sample("unlock-request-bug-x86_64.vmcore")};
    input.log = folder.write("console.txt",
                             "[   10.000000] CPU: 0 PID: 1 Comm: init Not tainted 5.10.0 #1\n"
                             "[   10.000001] Kernel panic - not syncing: other\n"
                             "[   10.000002] CPU: 0 PID: 1 Comm: init Not tainted 5.10.0 #1\n");
    auto result = triage(input, catalogue());
    REQUIRE(result);
    bool said = false;
    for (const std::string& missing : result->input.missing)
        said = said || missing.find("left aside") != std::string::npos;
    CHECK(said);
    CHECK(result->crash->kind == CrashKind::bug);
}
