// Scores the parser on a corpus of labelled public logs that is not part of the repository: set
// NFSTRIAGE_CORPUS to its directory. Prints a table per field and every miss.
#include <cstdio>
#include <cstdlib>
#include <fstream>
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
            if (it == kMeans.end()) kinds.insert(word(alt));
            else kinds.insert(it->second.begin(), it->second.end());
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

TEST_CASE("labelled logs are read right in at least 95 of 100 fields") {
    const char* root = corpus();
    if (!root) return;
    std::ifstream labels(std::string(root) + "/logs/labels.jsonl");
    REQUIRE(labels);
    std::map<std::string, std::pair<int, int>> score;
    std::string line;
    while (std::getline(labels, line)) {
        auto label = json::parse(line);
        if (label["ambiguous"]) continue;
        auto text = slurp(std::string(root) + "/logs/" + std::string(label["file"]));
        auto parsed = log::parse(text);
        const auto* event = parsed.crash ? &parsed.events[*parsed.crash] : nullptr;
        auto ours = reading_of(event);
        auto count = [&](const char* field, bool right, const std::string& got, const std::string& want) {
            ++score[field].second;
            if (right) ++score[field].first;
            else std::printf("miss %-36s %-10s got '%s' want '%s'\n", std::string(label["id"]).c_str(),
                             field, got.c_str(), want.c_str());
        };
        auto compare = [&](const json& want, bool print) {
            auto kinds = kinds_of(want);
            if (&want != &label)
                for (const auto& alt : kinds_of(label)) kinds.insert(alt);
            struct Field { const char* name; bool right; std::string got, want; };
            Field fields[] = {
                {"kind", kinds.count(ours.kind) > 0, ours.kind, text_of(want["kind"])},
                {"comm", comm_matches(ours.comm, text_of(want["comm"])), ours.comm, text_of(want["comm"])},
                {"pid", ours.pid == text_of(want["pid"]), ours.pid, text_of(want["pid"])},
                {"cpu", ours.cpu == text_of(want["cpu"]), ours.cpu, text_of(want["cpu"])},
                {"top", ours.top == function_of(text_of(want["top_function"])), ours.top,
                 text_of(want["top_function"])}};
            int right = 0;
            for (const auto& field : fields) right += field.right;
            if (print)
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
    int right = 0, all = 0;
    for (const auto& [field, counts] : score) {
        std::printf("%-10s %3d of %3d  %.1f %%\n", field.c_str(), counts.first, counts.second,
                    100.0 * counts.first / counts.second);
        right += counts.first;
        all += counts.second;
    }
    std::printf("%-10s %3d of %3d  %.2f %%\n", "all", right, all, 100.0 * right / all);
    CHECK(right * 100 >= all * 95);
}
