// Scores the parser on a corpus of labelled public logs that is not part of the repository: set
// NFSTRIAGE_CORPUS to its directory. Prints a table per field and every miss.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <iterator>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "base/frame.h"
#include "catch.h"
#include "log/event.h"
#include "nfs/family.h"

using namespace nfstriage;
using nlohmann::json;

namespace {

const char* corpus() {
    const char* path = std::getenv("NFSTRIAGE_CORPUS");
    if (!path) WARN("NFSTRIAGE_CORPUS is not set: labelled logs are not scored");
    return path;
}

std::string slurp(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

std::string word(std::string text) {
    for (char& c : text)
        if (c == '-') c = '_';
    return text;
}

std::set<std::string> kinds_of(const json& label) {
    std::set<std::string> kinds{word(label.value("kind", "none"))};
    static const std::map<std::string, std::vector<std::string>> kMeans = {
        {"oops", {"null_deref", "paging_request", "gpf"}},
        {"page_fault", {"paging_request", "null_deref"}},
        {"use_after_free", {"kasan", "kfence", "paging_request"}},
        {"out_of_bounds", {"kasan", "kfence", "paging_request"}}};
    if (label.contains("kind_alt"))
        for (const auto& alt : label["kind_alt"]) {
            auto it = kMeans.find(word(alt));
            if (it == kMeans.end())
                kinds.insert(word(alt));
            else
                kinds.insert(it->second.begin(), it->second.end());
        }
    return kinds;
}

std::string text_of(const json& value) {
    if (value.is_null()) return "";
    if (value.is_string()) return value;
    return value.dump();
}

std::string function_of(std::string text) { return std::string(without_suffix(text)); }

struct Reading {
    std::string kind, comm, pid, cpu, top;
};

Reading reading_of(const log::Event* event) {
    Reading r;
    r.kind = event ? to_string(event->kind) : "none";
    if (!event) return r;
    r.comm = event->comm.value_or("");
    r.pid = event->pid ? std::to_string(*event->pid) : "";
    r.cpu = event->cpu ? std::to_string(*event->cpu) : "";
    if (event->top) r.top = function_of(event->top->function);
    return r;
}

bool comm_matches(const std::string& ours, const std::string& label) {
    return ours == label || (label == "NFSv4" && ours == "NFSv4 callback");
}

}  // namespace

namespace {

using Score = std::map<std::string, std::pair<int, int>>;

// Scores one text against its label; misses are printed when `print` is set.
void score_one(const json& label, const std::string& text, Score& score, bool print) {
    auto parsed = log::parse(text);
    const auto* event = parsed.crash ? &parsed.events[*parsed.crash] : nullptr;
    auto ours = reading_of(event);
    auto count = [&](const char* field, bool right, const std::string& got,
                     const std::string& want) {
        ++score[field].second;
        if (right)
            ++score[field].first;
        else if (print)
            std::printf("miss %-36s %-10s got '%s' want '%s'\n", std::string(label["id"]).c_str(),
                        field, got.c_str(), want.c_str());
    };
    auto compare = [&](const json& want, bool take) {
        auto kinds = kinds_of(want);
        if (&want != &label)
            for (const auto& alt : kinds_of(label)) kinds.insert(alt);
        struct Field {
            const char* name;
            bool right;
            std::string got, want;
        };
        Field fields[] = {{"kind", kinds.count(ours.kind) > 0, ours.kind, text_of(want["kind"])},
                          {"comm", comm_matches(ours.comm, text_of(want["comm"])), ours.comm,
                           text_of(want["comm"])},
                          {"pid", ours.pid == text_of(want["pid"]), ours.pid, text_of(want["pid"])},
                          {"cpu", ours.cpu == text_of(want["cpu"]), ours.cpu, text_of(want["cpu"])},
                          {"top", ours.top == function_of(text_of(want["top_function"])), ours.top,
                           text_of(want["top_function"])}};
        int right = 0;
        for (const auto& field : fields) right += field.right;
        if (take)
            for (const auto& field : fields) count(field.name, field.right, field.got, field.want);
        return right;
    };
    bool has_last = label.contains("last_fatal_report") && label["last_fatal_report"].is_object();
    if (has_last && compare(label["last_fatal_report"], false) > compare(label, false))
        compare(label["last_fatal_report"], true);
    else
        compare(label, true);
    auto release = parsed.release.value_or("");
    count("release", release == text_of(label["release"]), release, text_of(label["release"]));
    auto arch = parsed.arch ? std::string(to_string(*parsed.arch)) : "";
    auto want_arch = text_of(label["arch"]);
    if (want_arch == "arm64") want_arch = "aarch64";
    if (want_arch == "riscv") want_arch = "riscv64";
    count("arch", arch == want_arch, arch, want_arch);
    const auto* nfs_frame = event ? nfs::first_nfs_frame(*event) : nullptr;
    auto first = nfs_frame ? function_of(nfs_frame->function) : "";
    auto want_first = function_of(text_of(label["first_nfs_function"]));
    count("first_nfs", first == want_first, first, want_first);
}

std::pair<int, int> total(const Score& score) {
    int right = 0, all = 0;
    for (const auto& [field, counts] : score) {
        right += counts.first;
        all += counts.second;
    }
    return {right, all};
}

// Calls `use(label, text)` for every log whose label is not ambiguous.
template <class Use>
void each_labelled(const std::string& root, Use use) {
    std::ifstream labels(root + "/logs/labels.jsonl");
    REQUIRE(labels);
    std::string line;
    while (std::getline(labels, line)) {
        auto label = json::parse(line);
        if (!label["ambiguous"]) use(label, slurp(root + "/logs/" + std::string(label["file"])));
    }
}

// `text` with every line changed by `change(line, index)`, which returns what replaces it.
template <class Change>
std::string by_line(const std::string& text, Change change) {
    std::string out, line;
    std::size_t index = 0;
    for (char c : text + "\n")
        if (c == '\n') {
            if (!line.empty() && line.back() == '\r') line.pop_back();
            out += change(line, index++);
            line.clear();
        } else {
            line += c;
        }
    return out;
}

std::string stamp_of(std::size_t i) {
    char text[64];
    std::snprintf(text, sizeof text, "Jan 26 %02zu:%02zu:%02zu", 10 + i / 3600, i / 60 % 60,
                  i % 60);
    return text;
}

}  // namespace

TEST_CASE("labelled logs are read right in at least 95 of 100 fields") {
    const char* root = corpus();
    if (!root) return;
    Score score;
    each_labelled(root, [&](const json& label, const std::string& text) {
        score_one(label, text, score, true);
    });
    for (const auto& [field, counts] : score)
        std::printf("%-10s %3d of %3d  %.1f %%\n", field.c_str(), counts.first, counts.second,
                    100.0 * counts.first / counts.second);
    auto [right, all] = total(score);
    std::printf("%-10s %3d of %3d  %.2f %%\n", "all", right, all, 100.0 * right / all);
    CHECK(right * 100 >= all * 95);
}

TEST_CASE("labelled logs survive what mail, consoles and exports do to them") {
    const char* root = corpus();
    if (!root) return;
    using Text = std::string;
    struct Mangling {
        const char* name;
        std::function<Text(const Text&)> apply;
        int percent;
    };
    auto line_wise = [](auto change) {
        return [change](const Text& text) { return by_line(text, change); };
    };
    const std::vector<Mangling> manglings = {
        {"CRLF", line_wise([](const Text& l, std::size_t) { return l + "\r\n"; }), 95},
        {"caret M", line_wise([](const Text& l, std::size_t) { return l + "^M\n"; }), 95},
        {"quoted", line_wise([](const Text& l, std::size_t) { return "> " + l + "\n"; }), 95},
        {"quoted twice", line_wise([](const Text& l, std::size_t) { return ">> " + l + "\n"; }),
         95},
        {"indented", line_wise([](const Text& l, std::size_t) { return "    " + l + "\n"; }), 95},
        {"colours",
         line_wise([](const Text& l, std::size_t) { return "\x1b[33m" + l + "\x1b[0m\n"; }), 95},
        {"console server", line_wise([](const Text& l, std::size_t i) {
             return "[" + stamp_of(i) + " 2024] " + l + "\n";
         }),
         93},
        {"syslog", line_wise([](const Text& l, std::size_t i) {
             return l.empty() ? "\n" : stamp_of(i) + " host kernel: " + l + "\n";
         }),
         90},
        {"no indentation", line_wise([](const Text& l, std::size_t) {
             auto at = l.find_first_not_of(" \t");
             return (at == Text::npos ? "" : l.substr(at)) + "\n";
         }),
         95},
        {"blank lines between", line_wise([](const Text& l, std::size_t) { return l + "\n\n"; }),
         88},
        {"trailing blanks", line_wise([](const Text& l, std::size_t) { return l + "   \n"; }), 95},
        {"HTML", line_wise([](const Text& l, std::size_t) {
             Text out;
             for (char c : l)
                 out += c == '<' ? "&lt;" : c == '>' ? "&gt;" : c == '&' ? "&amp;" : Text(1, c);
             return out + "\n";
         }),
         95},
        {"cut at 120 columns",
         line_wise([](const Text& l, std::size_t) { return l.substr(0, 120) + "\n"; }), 90},
        {"wrapped at 72", line_wise([](Text l, std::size_t) {
             Text out;
             while (l.size() > 72) {
                 auto at = l.rfind(' ', 72);
                 if (at == Text::npos || at < 24) break;
                 out += l.substr(0, at) + "\n";
                 l = l.substr(at + 1);
             }
             return out + l + "\n";
         }),
         92},
        {"doubled lines", line_wise([](const Text& l, std::size_t) { return l + "\n" + l + "\n"; }),
         80},
        {"every line tabbed", line_wise([](const Text& l, std::size_t) { return "\t" + l + "\n"; }),
         95},
        {"UTF-16",
         [](const Text& text) {
             Text out = "\xff\xfe";
             for (char c : text) (out += c) += '\0';
             return out;
         },
         90},
        {"NUL head", [](const Text& text) { return Text(512, '\0') + text; }, 95},
        {"prompt", [](const Text& text) { return "[root@host ~]# dmesg\n" + text; }, 95},
        {"cut in the middle of the last line",
         [](const Text& text) { return text.substr(0, text.size() * 9 / 10); }, 85},
        {"first line lost",
         [](const Text& text) {
             auto at = text.find('\n');
             return at == Text::npos ? text : text.substr(at + 1);
         },
         85},
        {"first five lines lost",
         [](Text text) {
             for (int i = 0; i < 5 && text.find('\n') != Text::npos; ++i)
                 text.erase(0, text.find('\n') + 1);
             return text;
         },
         60},
        {"a boot before it",
         [](const Text& text) {
             return "[    0.000000] Linux version 6.1.0 (a@b)\n[    0.100000] Command line: x\n" +
                    text;
         },
         95},
    };
    for (const auto& mangling : manglings) {
        Score score;
        each_labelled(root, [&](const json& label, const Text& text) {
            bool ascii = std::all_of(text.begin(), text.end(), [](char c) { return c > 0; });
            if (text.find('\0') == Text::npos && (ascii || Text(mangling.name) != "UTF-16"))
                score_one(label, mangling.apply(text), score,
                          std::getenv("NFSTRIAGE_MISSES") != nullptr);
        });
        auto [right, all] = total(score);
        std::printf("%-36s %3d of %3d  %.1f %%\n", mangling.name, right, all, 100.0 * right / all);
        CHECK(right * 100 >= all * mangling.percent);
    }
}

TEST_CASE("the consoles of the corpus' dumps name who panicked and what was wrong") {
    const char* root = corpus();
    if (!root) return;
    struct Dump {
        const char* name;
        CrashKind kind;
        unsigned cpu;
        std::int64_t pid;
        const char* panic_comm;
        const char* top;
        bool task_panicked;  // the blamed task is the one that panicked
    };
    const Dump dumps[] = {
        {"x86_64/sysrq-flattened-zlib", CrashKind::sysrq, 0, 1, "init", "sysrq_handle_crash", true},
        {"x86_64/rpc-queue-lock-softlockup", CrashKind::soft_lockup, 1, 173, "kworker/u4:6",
         "native_queued_spin_lock_slowpath", true},
        {"x86_64/wb-page-softlockup", CrashKind::soft_lockup, 0, 169, "nfsio-incompat",
         "native_queued_spin_lock_slowpath", true},
        {"x86_64/unlock-request-bug", CrashKind::bug, 1, 174, "kworker/u4:7", "", true},
        {"x86_64/server-gone-hung-task", CrashKind::hung_task, 0, 28, "khungtaskd", "", false},
        {"x86_64/nfsd-write-null", CrashKind::null_deref, 0, 125, "nfsd", "nfsd_vfs_write", true},
        {"x86_64/nfs-page-list-poison-gpf", CrashKind::gpf, 0, 154, "kworker/u4:3", "", true},
        {"aarch64/xprt-alloc-slot-softlockup-nokaslr", CrashKind::soft_lockup, 1, 326, "cat",
         "queued_spin_lock_slowpath", true},
        {"aarch64/xprt-reserve-null-kaslr-zstd", CrashKind::null_deref, 1, 324, "ls",
         "xprt_reserve", true},
    };
    for (const auto& dump : dumps) {
        INFO(dump.name);
        auto log = log::parse(slurp(std::string(root) + "/dumps/" + dump.name + ".console.txt"));
        REQUIRE(log.crash);
        REQUIRE(log.panic);
        const auto &crash = log.events[*log.crash], &panic = log.events[*log.panic];
        CHECK(std::string(to_string(crash.kind)) == std::string(to_string(dump.kind)));
        CHECK(panic.cpu == dump.cpu);
        CHECK(panic.pid == dump.pid);
        CHECK(panic.comm == dump.panic_comm);
        if (dump.task_panicked) {
            CHECK(crash.pid == dump.pid);
            CHECK(crash.cpu == dump.cpu);
        } else {
            CHECK_FALSE(crash.cpu);
        }
        if (*dump.top) {
            REQUIRE(crash.top);
            CHECK(crash.top->function == dump.top);
        }
        CHECK(log.release == (std::string(dump.name).starts_with("x86") ? "6.1.0-56-cloud-amd64"
                                                                        : "6.1.0-56-cloud-arm64"));
    }
}

TEST_CASE("the logs of the corpus' cases are read") {
    const char* root = corpus();
    if (!root) return;
    struct Case {
        const char* name;
        CrashKind kind;
        std::optional<unsigned> cpu;
        std::optional<std::int64_t> pid;
        const char* comm;
        const char* top;
    };
    const Case cases[] = {
        {"000_nfs_wb_page_soft_lockup", CrashKind::soft_lockup, 73, 2649529, "ICCCCEKF/ICCEqu",
         "nfs_commit_end"},
        {"001_rpc_execute_soft_lockup", CrashKind::soft_lockup, 110, 236027, "kworker/u257:2", ""},
        {"002_nfs_unlock_request_bug", CrashKind::bug, {}, {}, "", "nfs_end_page_writeback"},
        {"003_arm64_no_vmcore", CrashKind::soft_lockup, 24, 2333, "containerd", ""},
        {"004_nfsd_radix_tree_private_list", CrashKind::paging_request, 96, 0, "swapper/96", ""},
    };
    for (const auto& each : cases) {
        INFO(each.name);
        auto log = log::parse(slurp(std::string(root) + "/cases/" + each.name + ".txt"));
        REQUIRE(log.crash);
        const auto& crash = log.events[*log.crash];
        CHECK(std::string(to_string(crash.kind)) == std::string(to_string(each.kind)));
        CHECK(crash.cpu == each.cpu);
        CHECK(crash.pid == each.pid);
        CHECK(crash.comm.value_or("") == each.comm);
        if (*each.top) {
            REQUIRE(crash.top);
            CHECK(crash.top->function == each.top);
        }
    }
}
