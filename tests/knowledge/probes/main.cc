// Fix probes on real kernels: every probe of a table of known ones is asked of a dump, with the
// kernel's profile or without, and the answers are compared with the kernel's own changelog. A
// commit that the changelog names and that is answered "absent" is an error; "unknown" is counted.
// usage: nfstriage_probes PROBES.json CHANGELOG DUMP [PROFILE]
#include <algorithm>
#include <cstdio>
#include <ctime>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>

#include <nlohmann/json.hpp>

#include "../changelog_text.h"
#include "dump/dump.h"
#include "facts/code.h"
#include "facts/scene.h"
#include "knowledge/status.h"
#include "layout/kernel_layout.h"

namespace {

using namespace nfstriage;
using nlohmann::json;
using test::flat;

std::string contents(const char* file) {
    std::ifstream stream(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), {}};
}

double cpu_ms() {
    timespec now{};
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) * 1e3 + static_cast<double>(now.tv_nsec) / 1e6;
}

std::string structure_of(const json& detail) {
    return "struct " + detail.at("struct").get<std::string>();
}

// Nothing for kinds that show nothing alone, or that records do not have.
std::optional<knowledge::Probe> probe_of(const json& given, bool takes_profile) {
    using knowledge::ProbeKind;
    const std::string kind = given.at("kind");
    const json& detail = given.at("detail");
    knowledge::Probe probe;
    if (kind == "symbol" || kind == "enum") {
        probe.kind = kind == "enum" ? ProbeKind::enumerator : ProbeKind::symbol;
        probe.name = detail.at("name");
    } else if (kind == "member") {
        probe.kind = ProbeKind::member;
        probe.structure = structure_of(detail);
        probe.member = detail.at("member");
    } else if (kind == "call" || kind == "inlines") {
        probe.kind = kind == "call" ? ProbeKind::call : ProbeKind::inlines;
        probe.caller = detail.at("caller");
        probe.callee = detail.at("callee");
        probe.own = takes_profile;
    } else if (kind == "string") {
        probe.kind = ProbeKind::text;
        probe.name = detail.at("text");
    } else if (kind == "instruction" &&
               detail.at("pattern") == "lock btr $9,offsetof(struct sock_xprt,sock_state)") {
        probe.kind = ProbeKind::instruction;
        probe.caller = detail.at("function");
        probe.structure = "struct sock_xprt";
        probe.member = "sock_state";
        probe.bit = 9;
    } else {
        return std::nullopt;
    }
    return probe;
}

knowledge::Commit commit_of(const json& entry) {
    knowledge::Commit commit;
    commit.subject = entry.at("subject");
    commit.commit = entry.value("commit", "");
    const json& probe = entry.at("probe");
    bool takes_profile = probe.value("needs", "").find("DWARF") != std::string::npos;
    json all = probe.value("any_of", json::array({probe}));
    for (const json& one : all)
        if (auto made = probe_of(one, takes_profile)) commit.any_of.push_back(*made);
    return commit;
}

}  // namespace

int main(int count, char** arguments) try {
    if (count < 4) return 77;
    json probes = json::parse(contents(arguments[1]));
    std::string changelog = flat(contents(arguments[2]));
    auto dump = dump::Dump::open({arguments[3]});
    if (!dump) {
        std::puts(to_string(dump.error()).c_str());
        return 2;
    }
    layout::KernelLayout layout = layout::load_kernel_layout(
        **dump,
        [&](const layout::KernelIdentity&) -> Result<std::shared_ptr<const layout::Profile>> {
            if (count < 5) return std::shared_ptr<const layout::Profile>();
            auto profile = layout::Profile::open(arguments[4]);
            if (!profile) return tl::unexpected<Error>(profile.error());
            return std::shared_ptr<const layout::Profile>(std::move(*profile));
        });
    if (count > 4 && !layout.profile) {
        std::puts("the profile is not of this kernel");
        return 2;
    }
    facts::Scene scene;
    scene.input.is_dump = true;
    scene.memory = &(*dump)->memory();
    scene.types = layout.types.get();
    scene.symbols = layout.symbols.get();
    scene.code = facts::code_of_dump(**dump, layout);
    std::size_t present = 0, absent = 0, unknown = 0, wrong = 0, index = 0;
    for (const json& entry : probes) {
        knowledge::Commit commit = commit_of(entry);
        double before = cpu_ms();
        knowledge::CommitHere here = knowledge::presence_of(commit, scene);
        double cost = cpu_ms() - before;
        bool listed = changelog.find(flat(commit.subject).substr(0, 60)) != std::string::npos;
        present += here.presence == knowledge::Presence::present;
        absent += here.presence == knowledge::Presence::absent;
        unknown += here.presence == knowledge::Presence::unknown;
        bool bad = listed && here.presence == knowledge::Presence::absent;
        wrong += bad;
        std::printf("%3zu %-8s %-6s %7.2f ms %s%s | %s\n", index++,
                    std::string(to_string(here.presence)).c_str(), listed ? "listed" : "-", cost,
                    bad ? "WRONG " : "", commit.subject.substr(0, 50).c_str(), here.why.c_str());
    }
    std::printf("present %zu, absent %zu, unknown %zu; wrong by the changelog: %zu\n", present,
                absent, unknown, wrong);
    return wrong == 0 ? 0 : 1;
} catch (const json::exception& bad) {
    std::puts(bad.what());
    return 2;
}
