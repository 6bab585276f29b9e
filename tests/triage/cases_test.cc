// Crashes of 4.19 kernels without BTF, rebuilt from what bug reports show of them (samples/cases):
// with the matching kernel profile typed answers, without it what log and symbols give, and no
// verdict that rests on an invented word.
#include <sys/wait.h>
#include <unistd.h>
#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <regex>

#include "catch.h"
#include "debuginfo/build_profile.h"
#include "debuginfo/find_debuginfo.h"
#include "mkdump/recipe.h"
#include "mkdump/types_file.h"
#include "report/json.h"
#include "triage.h"
#include "triage/catalogue.h"

using namespace nfstriage;
namespace fs = std::filesystem;
using test::catalogue;
using verdict::Status;

namespace {

struct Case {
    const char* name;
    const char* rule;
    Status with_profile, without;
};

constexpr Case kCases[] = {
    {"000-x86_64", "nfs-wb-page-fatal-error-loop", Status::known_bug, Status::candidate},
    {"000-aarch64", "nfs-wb-page-fatal-error-loop", Status::candidate, Status::candidate},
    {"001", "rpc-execute-spin", Status::candidate, Status::candidate},
    {"002", "nfs-redirty-request-twice", Status::candidate, Status::candidate},
    {"004", "nfsd-stid-radix-tree", Status::known_bug, Status::known_bug},
};

fs::path folder_of(const Case& one) {
    return fs::path(NFSTRIAGE_SOURCE_DIR) / "samples/cases" / one.name;
}
fs::path profile_of(const Case& one) { return folder_of(one) / "kernel.nfsprofile"; }

std::string text_of(const fs::path& path) {
    std::ifstream in(path, std::ios::binary);
    REQUIRE(in);
    return std::string(std::istreambuf_iterator<char>(in), {});
}

verdict::Verdict triaged(const fs::path& dump, const fs::path& profile) {
    Input input;
    input.parts = {dump};
    input.name = "the dump";
    TriageOptions options;
    options.profiles.file = profile;
    auto result = triage(input, catalogue(), options);
    if (!result) FAIL(to_string(result.error()));
    return std::move(*result);
}

std::string shown(const verdict::Verdict& verdict) { return report::to_json(verdict, {true, 1}); }

mkdump::Built built(const Case& one, const layout::Types* types) {
    auto result = mkdump::build_scene(text_of(folder_of(one) / "scene.recipe"), one.name, types);
    if (!result) FAIL(to_string(result.error()));
    return std::move(*result);
}

struct Folder {
    fs::path path;
    explicit Folder(const char* name)
        : path(fs::temp_directory_path() / ("nfstriage-" + std::to_string(getpid()) + "-" + name)) {
        fs::create_directories(path);
    }
    ~Folder() {
        std::error_code ignored;
        fs::remove_all(path, ignored);
    }
    fs::path write(const char* name, const void* bytes, std::size_t size) const {
        std::ofstream out(path / name, std::ios::binary);
        out.write(static_cast<const char*>(bytes), static_cast<std::streamsize>(size));
        return path / name;
    }
};

// Of the task that panicked, or where none did of the one that is blamed.
const facts::Stack* running_stack(const verdict::Verdict& verdict) {
    for (facts::StackRole role : {facts::StackRole::panic, facts::StackRole::crash})
        for (const facts::Stack& stack : verdict.stacks)
            if (stack.role == role) return &stack;
    return nullptr;
}

std::vector<std::string> functions_from_blame(const facts::Stack& stack) {
    std::vector<std::string> names;
    for (std::size_t i = stack.culprit; i < stack.frames.size(); ++i)
        if (!stack.frames[i].inlined) names.push_back(stack.frames[i].function);
    return names;
}

}  // namespace

TEST_CASE("a 4.19 kernel without BTF gets the right verdict with its profile") {
    for (const Case& one : kCases) {
        INFO(one.name);
        verdict::Verdict v = triaged(folder_of(one) / "vmcore", profile_of(one));
        CHECK(v.verdicts[0].status == one.with_profile);
        CHECK(v.verdicts[0].rule == one.rule);
        CHECK(v.kernel.layout.types == std::vector<std::string>{"profile"});
        REQUIRE_FALSE(v.kernel.layout.symbols.empty());
        CHECK(v.kernel.layout.symbols.back() == "profile");
        for (const std::string& missing : v.input.missing)
            CHECK_THAT(missing, !ContainsSubstring("profile"));
    }
}

TEST_CASE("without a profile a 4.19 kernel gets what log and symbols give, and nothing more") {
    for (const Case& one : kCases) {
        INFO(one.name);
        verdict::Verdict v = triaged(folder_of(one) / "vmcore", {});
        CHECK(v.verdicts[0].status == one.without);
        CHECK(v.verdicts[0].rule == one.rule);
        CHECK(v.kernel.layout.types.empty());
        CHECK(v.kernel.layout.symbols == std::vector<std::string>{"kallsyms"});
        CHECK(v.stacks.size() < 6);  // none of the idle CPUs, although nothing leads to their tasks
        for (const rules::Evidence& evidence : v.verdicts[0].evidence)
            for (const rules::Operand& operand : evidence.operands)
                CHECK_FALSE(operand.provenance.starts_with("struct "));
    }
}

TEST_CASE("the profile of another kernel is refused") {
    for (const Case& one : kCases) {
        const Case& other = kCases[(&one - kCases + 1) % std::size(kCases)];
        INFO(one.name << " with the profile of " << other.name);
        verdict::Verdict v = triaged(folder_of(one) / "vmcore", profile_of(other));
        CHECK(v.verdicts[0].status == one.without);
        CHECK(v.kernel.layout.types.empty());
        bool said = std::any_of(v.input.missing.begin(), v.input.missing.end(), [](auto& text) {
            return text.find("no profile") != std::string::npos;
        });
        CHECK(said);
    }
}

TEST_CASE("stacks of a 4.19 kernel are unwound as the reports show them") {
    using Names = std::vector<std::string>;
    auto stack = [](const Case& one) {
        verdict::Verdict v = triaged(folder_of(one) / "vmcore", profile_of(one));
        const facts::Stack* found = running_stack(v);
        REQUIRE(found);
        CHECK(found->complete);
        return functions_from_blame(*found);
    };
    CHECK(stack(kCases[0]) == Names{"page_mapping", "clear_page_dirty_for_io", "nfs_wb_page",
                                    "nfs_writepage_setup", "nfs_updatepage", "nfs_write_end",
                                    "generic_perform_write", "nfs_file_write", "new_sync_write",
                                    "__vfs_write", "vfs_write", "ksys_write", "__x64_sys_write",
                                    "do_syscall_64", "entry_SYSCALL_64_after_hwframe"});
    CHECK(stack(kCases[1]) == Names{"nfs_commit_end", "__nfs_commit_inode", "nfs_wb_page",
                                    "nfs_writepage_setup", "nfs_updatepage", "nfs_write_end",
                                    "generic_perform_write", "nfs_file_write", "__vfs_write",
                                    "vfs_write", "ksys_write", "__arm64_sys_write",
                                    "el0_svc_common", "el0_svc_handler", "el0_svc"});
    CHECK(stack(kCases[2]) == Names{"__x86_indirect_thunk_r15", "__rpc_execute", "process_one_work",
                                    "worker_thread", "kthread", "ret_from_fork"});
    Names redirty = stack(kCases[3]);
    REQUIRE(redirty.size() > 4);
    redirty.resize(5);
    CHECK(redirty == Names{"nfs_unlock_request", "nfs_end_page_writeback", "nfs_redirty_request",
                           "nfs_do_writepage", "nfs_writepages_callback"});
    Names callback = stack(kCases[4]);
    REQUIRE(callback.size() > 2);
    CHECK(callback[1] == "rcu_process_callbacks");
    CHECK(callback[2] == "__do_softirq");
}

TEST_CASE("the objects of each case are recovered from the stack and the code alone") {
    struct Object {
        const char* function;
        unsigned index;
        std::uint64_t value;
        const char* type;
    };
    const std::vector<Object> objects[] = {
        {{"page_mapping", 0, 0xffffea0004cbebc0, "struct page *"},
         {"clear_page_dirty_for_io", 0, 0xffffea0004cbebc0, "struct page *"},
         {"nfs_wb_page", 0, 0xffff88812a8cc380, "struct inode *"},
         {"nfs_wb_page", 1, 0xffffea0004cbebc0, "struct page *"},
         {"nfs_writepage_setup", 1, 0xffffea0004cbebc0, "struct page *"},
         {"nfs_updatepage", 1, 0xffffea0004cbebc0, "struct page *"},
         {"nfs_write_end", 1, 0xffff88812a8cc4f0, "struct address_space *"},
         {"nfs_write_end", 5, 0xffffea0004cbebc0, "struct page *"}},
        {{"nfs_commit_end", 0, 0xfffffaa3936354b8, "struct nfs_mds_commit_info *"},
         {"__nfs_commit_inode", 0, 0xfffffaa393635598, "struct inode *"},
         {"nfs_wb_page", 0, 0xfffffaa393635598, "struct inode *"},
         {"nfs_write_end", 1, 0xfffffaa393635708, "struct address_space *"}},
        {{"__rpc_execute", 0, 0xffff9a3319bd4a18, "struct rpc_task *"},
         {"process_one_work", 1, 0xffff9a3319bd4a58, "struct work_struct *"}},
        {{"nfs_unlock_request", 0, 0xffff9bf9f048da00, "struct nfs_page *"},
         {"nfs_end_page_writeback", 0, 0xffff9bf9f048da00, "struct nfs_page *"},
         {"nfs_redirty_request", 0, 0xffff9bf9f048da00, "struct nfs_page *"},
         {"nfs_do_writepage", 0, 0xfffffb9dd6f34dc0, "struct page *"},
         {"nfs_writepages_callback", 0, 0xfffffb9dd6f34dc0, "struct page *"}},
        // The panic is in a callback without code; the warning has its registers in the log, whose
        // stack is gone: what the code says that they hold.
        {{"delete_node", 0, 0xffffc64a6c17c7c0, "struct radix_tree_root *"},
         {"delete_node", 1, 0xffffa628c7d2bb10, "struct radix_tree_node *"},
         {"__radix_tree_delete", 1, 0xffffa628c7d2bb10, "struct radix_tree_node *"},
         {"idr_remove", 0, 0xffffc64a6c17c7c0, "struct idr *"}},
    };
    for (std::size_t i = 0; i < std::size(kCases); ++i) {
        INFO(kCases[i].name);
        verdict::Verdict v = triaged(folder_of(kCases[i]) / "vmcore", profile_of(kCases[i]));
        const facts::Stack* stack = running_stack(v);
        for (const facts::Stack& other : v.stacks)
            if (other.role == facts::StackRole::first_error) stack = &other;
        REQUIRE(stack);
        for (const Object& object : objects[i]) {
            INFO("argument " << object.index << " of " << object.function);
            const Argument* found = nullptr;
            for (std::size_t k = stack->culprit; k < stack->frames.size(); ++k)
                if (without_suffix(stack->frames[k].function) == object.function)
                    for (const Argument& argument : stack->frames[k].arguments)
                        if (found == nullptr && argument.index == object.index) found = &argument;
            REQUIRE(found);
            CHECK(found->type == object.type);
            REQUIRE(found->value);
            CHECK(*found->value == object.value);
            CHECK(found->trust < Trust::scan);
            CHECK(found->doubt.empty());
        }
    }
}

TEST_CASE("the step that an RPC task was about to take is named") {
    verdict::Verdict v = triaged(folder_of(kCases[2]) / "vmcore", profile_of(kCases[2]));
    REQUIRE(v.crash);
    REQUIRE(v.crash->call_target);
    CHECK(v.crash->call_target->through == "r15");
    CHECK(v.crash->call_target->address == 0xffffffffc10597a0);
    CHECK(v.crash->call_target->function == "call_transmit");
    CHECK_FALSE(v.crash->call_target->has_happened);
}

TEST_CASE("no clause rests on a word or a line that the case does not show") {
    // But one that only supports: the case prints parts of the task, a dump holds the whole of it.
    const std::string status_of_the_task = "last_send_had_no_space";
    const std::regex memory_word(R"(^struct \S+ @0x([0-9a-f]+))");
    const std::regex log_line(R"(log line (\d+))");
    std::size_t words = 0, lines = 0;
    for (const Case& one : kCases) {
        auto types = mkdump::load_types(profile_of(one));
        REQUIRE(types);
        mkdump::Built scene = built(one, types->types.get());
        verdict::Verdict v = triaged(folder_of(one) / "vmcore", profile_of(one));
        for (const rules::Evidence& evidence : v.verdicts[0].evidence)
            for (const rules::Operand& operand : evidence.operands) {
                if (evidence.clause == status_of_the_task) continue;
                INFO(one.name << " " << evidence.clause << ": " << operand.name << " from "
                              << operand.provenance);
                std::smatch match;
                if (std::regex_search(operand.provenance, match, memory_word)) {
                    VAddr address{std::stoull(match[1].str(), nullptr, 16)};
                    if (operand.name.starts_with("task."))  // from the task's beginning
                        address = address + *types->types->offset_of("struct task_struct",
                                                                     operand.name.substr(5));
                    ++words;
                    CHECK(std::any_of(scene.shown.begin(), scene.shown.end(), [&](auto& range) {
                        return address >= range.begin && address - range.begin < range.size;
                    }));
                }
                if (std::regex_search(operand.provenance, match, log_line)) {
                    auto line = static_cast<unsigned>(std::stoul(match[1].str()));
                    ++lines;
                    CHECK(std::find(scene.shown_log_lines.begin(), scene.shown_log_lines.end(),
                                    line) != scene.shown_log_lines.end());
                }
            }
    }
    CHECK(words >= 3);
    CHECK(lines >= 15);
}

TEST_CASE("the samples are what their recipes make") {
    for (const Case& one : kCases) {
        INFO(one.name);
        auto types = mkdump::load_types(profile_of(one));
        REQUIRE(types);
        mkdump::Built scene = built(one, types->types.get());
        REQUIRE(scene.files.size() == 1);
        Folder folder(one.name);
        auto dump = folder.write("vmcore", scene.files[0].data(), scene.files[0].size());
        CHECK(shown(triaged(dump, profile_of(one))) ==
              shown(triaged(folder_of(one) / "vmcore", profile_of(one))));
    }
}

TEST_CASE("a profile made of the scene's C sources gives the same verdict") {
    for (const Case& one : kCases) {
        INFO(one.name);
        Folder folder(one.name);
        auto script = mkdump::linker_script(text_of(folder_of(one) / "scene.recipe"), one.name);
        REQUIRE(script);
        folder.write("vmlinux.ld", script->data(), script->size());
        std::string command = std::string(NFSTRIAGE_SOURCE_DIR "/samples/cases/make-debuginfo ") +
                              one.name + " '" + folder.path.string() + "'";
        int status = std::system(command.c_str());
        REQUIRE(WIFEXITED(status));
        if (WEXITSTATUS(status) == 77) {
            WARN("skipped: no compiler for the architecture of " << one.name);
            continue;
        }
        REQUIRE(WEXITSTATUS(status) == 0);
        auto files = debuginfo::find_debuginfo({folder.path}, {}, {});
        if (!files) FAIL(to_string(files.error()));
        auto profile = debuginfo::build_profile(*files, {}, {});
        if (!profile) FAIL(to_string(profile.error()));
        auto path = folder.write("new.nfsprofile", profile->bytes.data(), profile->bytes.size());
        CHECK(shown(triaged(folder_of(one) / "vmcore", path)) ==
              shown(triaged(folder_of(one) / "vmcore", profile_of(one))));
        // The recipe's objects lie where these types have them, too.
        auto types = mkdump::load_types(path);
        REQUIRE(types);
        mkdump::Built scene = built(one, types->types.get());
        auto dump = folder.write("vmcore", scene.files[0].data(), scene.files[0].size());
        CHECK(triaged(dump, profile_of(one)).verdicts[0].status == one.with_profile);
    }
}
