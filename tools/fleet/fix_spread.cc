#include "fleet/fix_spread.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "knowledge/package.h"
#include "knowledge/status.h"

namespace nfstriage::fleet {
namespace {

using knowledge::HereStatus;

constexpr std::int64_t kRecords = 3;
constexpr std::size_t kFixedKernels = 3, kFixedIn = 6;

// By the name of the kernel alone: its package, or its release where it is plain upstream.
HereStatus by_name(const knowledge::Record& record, const std::string& release,
                   const std::string& version) {
    facts::Scene scene;
    if (!release.empty()) scene.kernel.release = release;
    if (!version.empty()) scene.kernel.version = version;
    return knowledge::status_here(record, scene).status;
}

std::string kernel_name(const std::string& release, const std::string& version) {
    auto package = knowledge::package_of(version);
    return package ? fmt::format("{} ({} {})", release, package->distribution, package->version)
                   : release;
}

std::vector<std::string> fixed_in(const knowledge::Record& record) {
    std::vector<std::string> names;
    auto add = [&names](const std::string& name) {
        bool is_new = std::find(names.begin(), names.end(), name) == names.end();
        if (!name.empty() && is_new && names.size() < kFixedIn) names.push_back(name);
    };
    if (record.fix_sets.empty()) return names;
    for (const knowledge::Commit& commit : record.fix_sets.front().commits) {
        if (commit.role != knowledge::Role::fix) continue;
        add(commit.release);
        for (const std::string& stable : commit.stable) add(stable);
        for (const knowledge::PackagedCommit& package : commit.packages)
            if (!package.reverted) add(package.distribution + " " + package.version);
    }
    return names;
}

}  // namespace

FixFacts::FixFacts(Database& database, const knowledge::Library& library,
                   const std::unordered_map<std::int64_t, std::uint64_t>& hosts_of_kernel)
    : database_(database),
      library_(library),
      records_(database.prepare("SELECT record FROM signature_record WHERE signature = ?1"
                                " ORDER BY results DESC, record LIMIT ?2")) {
    Statement row = database.prepare("SELECT release, version, arch FROM kernel WHERE id = ?1");
    for (const auto& [id, hosts] : hosts_of_kernel) {
        row.bind(id);
        if (row.row())
            kernels_.push_back({id, row.text(0), row.text(1), row.text(2), hosts});
        else
            nameless_hosts_ += hosts;
    }
    std::sort(kernels_.begin(), kernels_.end(), [](const Kernel& a, const Kernel& b) {
        auto key = [](const Kernel& k) { return k.release + " " + k.version + " " + k.arch; };
        return a.hosts != b.hosts ? a.hosts > b.hosts : key(a) < key(b);
    });
}

std::vector<FixSpread> FixFacts::of_signature(std::int64_t signature) {
    std::vector<FixSpread> spreads;
    records_.bind(signature, kRecords);
    while (records_.row())
        if (std::string record = records_.text(0); library_.find(record) != nullptr)
            spreads.push_back(spread_of(record));
    return spreads;
}

std::map<std::int64_t, HereStatus> FixFacts::said_of(const std::string& record) {
    std::map<std::int64_t, std::set<HereStatus>> answers;
    Statement rows =
        database_.prepare("SELECT DISTINCT kernel, status FROM record_kernel WHERE record = ?1");
    rows.bind(record);
    while (rows.row()) answers[rows.number(0)].insert(static_cast<HereStatus>(rows.number(1)));
    std::map<std::int64_t, HereStatus> said;
    for (auto& [kernel, statuses] : answers) {
        // A thinner dump could not tell what another could.
        statuses.erase(HereStatus::unknown);
        said[kernel] = statuses.size() == 1 ? *statuses.begin() : HereStatus::unknown;
    }
    return said;
}

const FixSpread& FixFacts::spread_of(const std::string& id) {
    auto [place, is_new] = spreads_.try_emplace(id);
    FixSpread& spread = place->second;
    if (!is_new) return spread;
    const knowledge::Record& record = *library_.find(id);
    spread.record = id;
    spread.title = record.title;
    spread.fixed_in = fixed_in(record);
    spread.unknown = nameless_hosts_;
    std::map<std::int64_t, HereStatus> said = said_of(id);
    for (const Kernel& kernel : kernels_) {
        auto told = said.find(kernel.id);
        HereStatus status =
            told != said.end() ? told->second : by_name(record, kernel.release, kernel.version);
        switch (status) {
            case HereStatus::fixed:
                spread.fixed += kernel.hosts;
                if (spread.fixed_kernels.size() < kFixedKernels)
                    spread.fixed_kernels.push_back(kernel_name(kernel.release, kernel.version));
                break;
            case HereStatus::partly_fixed:
                spread.partly_fixed += kernel.hosts;
                break;
            case HereStatus::affected:
                spread.affected += kernel.hosts;
                break;
            case HereStatus::not_affected:
                spread.not_affected += kernel.hosts;
                break;
            case HereStatus::unknown:
                spread.unknown += kernel.hosts;
                break;
        }
    }
    return spread;
}

}  // namespace nfstriage::fleet
