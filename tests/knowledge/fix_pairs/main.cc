// The records of the repository on real kernels: two packages of one distribution, of which the
// later one's changelog tells what was added between them. For every record whose fixes it names,
// the answers for both kernels are compared with that; answering "fixed" for a kernel without the
// commit, or "affected" for one with it, is an error. "unknown" is counted.
// usage: nfstriage_fix_pairs KNOWLEDGE CHANGELOG OLD[,PROFILE] NEW[,PROFILE] LEAST [probes]
// CHANGELOG: unpacked, of NEW or later; for kernels of two series those of both, FILE,FILE. Between
// series, a commit counts as missing in the older one if its changelog never names it, nor does the
// record a stable release of it, and mainline is ahead of it. LEAST: percent of the answers that
// have to be other than unknown, where the two differ. "probes": the package that a kernel names is
// kept from it, so that only the kernel itself can tell.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "../changelog_text.h"
#include "kernel_scene.h"
#include "knowledge/package.h"
#include "knowledge/release.h"
#include "verdict/fix_list.h"

namespace {

using namespace nfstriage;
using knowledge::HereStatus;
using knowledge::Role;
using test::flat;

struct Block {  // of a changelog
    std::string version, text;
};

void read_changelog(const std::string& path, std::vector<Block>& blocks) {
    std::ifstream file(path);
    for (std::string line; std::getline(file, line);) {
        if (line.starts_with("linux (")) {
            std::string version = line.substr(7, line.find(')') - 7);
            blocks.push_back({std::string(knowledge::without_rebuild(version)), ""});
        } else if (!blocks.empty()) {
            blocks.back().text += line + "\n";
        }
    }
}

std::vector<Block> read_changelogs(std::string paths) {
    std::vector<Block> blocks;
    for (std::size_t at = 0; at != std::string::npos;) {
        std::size_t comma = paths.find(',', at);
        read_changelog(paths.substr(at, comma - at), blocks);
        at = comma == std::string::npos ? comma : comma + 1;
    }
    for (Block& block : blocks) block.text = flat(block.text);
    return blocks;
}

struct Listed {
    std::optional<std::string> first;  // version that names it
    bool reverted = false;             // or a revert of it: then the order is not followed here
};

bool same_series(const std::string& a, const std::string& b) {
    auto left = knowledge::base_release(a), right = knowledge::base_release(b);
    return left && right && left->same_series(*right);
}

// What the changelog of that package's series says of it.
Listed find(const std::vector<Block>& blocks, const std::string& subject,
            const std::string& package) {
    Listed listed;
    std::string wanted = flat(subject);
    if (wanted.empty()) return listed;
    constexpr std::string_view kRevert = "revert \"";
    for (const Block& block : blocks) {
        if (!same_series(block.version, package)) continue;
        for (std::size_t at = block.text.find(wanted); at != std::string::npos;
             at = block.text.find(wanted, at + 1)) {
            bool revert = at >= kRevert.size() &&
                          block.text.compare(at - kRevert.size(), kRevert.size(), kRevert) == 0;
            listed.reverted = listed.reverted || revert;
            // A longer subject that ends so is another commit.
            bool whole = at >= 2 && (block.text[at - 2] == '-' || block.text[at - 2] == '*' ||
                                     block.text[at - 2] == ']');
            if (revert || !whole) continue;
            bool earlier =
                !listed.first || knowledge::compare_versions(block.version, *listed.first) < 0;
            if (earlier) listed.first = block.version;
        }
    }
    return listed;
}

struct Kernel {
    facts::KernelScene scene;
    std::string package;
};

std::optional<Kernel> open_kernel(std::string argument, bool probes_only) {
    KernelOptions options;
    auto comma = argument.find(',');
    if (comma != std::string::npos) options.reading.profiles.file = argument.substr(comma + 1);
    argument.resize(std::min(comma, argument.size()));
    auto scene = scene_of_kernel(argument, options);
    if (!scene) {
        std::puts(to_string(scene.error()).c_str());
        return std::nullopt;
    }
    auto package = knowledge::package_of(scene->scene.kernel.version.value_or(""));
    if (!package) {
        std::printf("%s does not name its package\n", argument.c_str());
        return std::nullopt;
    }
    if (probes_only) scene->scene.kernel.version.reset();
    return Kernel{std::move(*scene), std::string(knowledge::without_rebuild(package->version))};
}

// Whether this package has the commit; nothing if the changelog does not say.
std::optional<bool> has_commit(const knowledge::Commit& commit, const Listed& listed,
                               const std::string& package, bool silence_counts) {
    if (listed.reverted) return std::nullopt;
    auto base = knowledge::base_release(package);
    auto mainline = commit.release.starts_with("v")
                        ? knowledge::parse_release(std::string_view(commit.release).substr(1))
                        : std::nullopt;
    if (base && mainline && *base >= *mainline) return true;
    if (listed.first) return knowledge::compare_versions(package, *listed.first) >= 0;
    bool in_stable =
        std::any_of(commit.stable.begin(), commit.stable.end(),
                    [&](const std::string& release) { return same_series(release, package); });
    if (silence_counts && mainline && !in_stable) return false;
    return std::nullopt;
}

bool repairs(const knowledge::Commit& commit) {
    return commit.role == Role::fix || commit.role == Role::prerequisite;
}

// Whether the kernel has a whole set; nothing if that is not known.
std::optional<bool> is_fixed(const knowledge::Record& record, const std::vector<Block>& blocks,
                             const std::string& package, bool silence_counts) {
    bool known = true;
    for (const knowledge::FixSet& set : record.fix_sets) {
        bool all = true, some = false;
        for (const knowledge::Commit& commit : set.commits) {
            if (!repairs(commit)) continue;
            auto has =
                has_commit(commit, find(blocks, commit.subject, package), package, silence_counts);
            known = known && has.has_value();
            some = true;
            all = all && has.value_or(false);
        }
        if (all && some) return true;
    }
    if (!known || record.fix_sets.empty()) return std::nullopt;
    return false;
}

struct Score {
    std::size_t right = 0, unknown = 0, wrong = 0;
    std::map<std::string, std::size_t> by_basis;

    void add(const knowledge::Record& record, const knowledge::Here& here, bool fixed,
             const std::string& package, bool show) {
        bool bad = fixed ? here.status == HereStatus::affected : here.status == HereStatus::fixed;
        bool answered = here.status != HereStatus::unknown;
        right += answered && !bad;
        unknown += !answered;
        wrong += bad;
        if (answered) ++by_basis[std::string(to_string(here.basis))];
        if (bad || show)
            std::printf(
                "%-7s %-38s %-12s %-8s %s: %s\n",
                bad        ? "WRONG"
                : answered ? "right"
                           : "-",
                record.id.c_str(), std::string(to_string(here.status)).c_str(),
                std::string(to_string(here.basis)).c_str(), package.c_str(),
                bad && !here.evidence.empty() ? here.evidence.front().c_str() : here.why.c_str());
    }
    void print(const char* what) const {
        std::printf("%s: right %zu, unknown %zu, wrong %zu", what, right, unknown, wrong);
        for (const auto& [basis, count] : by_basis)
            std::printf(", by %s %zu", basis.c_str(), count);
        std::puts("");
    }
    double answered_percent() const {
        std::size_t all = right + unknown + wrong;
        return all == 0 ? 100.0
                        : 100.0 * static_cast<double>(right + wrong) / static_cast<double>(all);
    }
};

}  // namespace

int main(int count, char** arguments) {
    if (count < 6) return 77;
    bool probes_only = count > 6 && std::string_view(arguments[6]) == "probes";
    knowledge::Library library = knowledge::load_directory(arguments[1]);
    std::vector<Block> blocks = read_changelogs(arguments[2]);
    auto older = open_kernel(arguments[3], probes_only);
    auto newer = open_kernel(arguments[4], probes_only);
    if (!older || !newer || blocks.empty() || library.records.empty()) return 2;
    Score differing, all;
    std::size_t records = 0;
    bool two_series = !same_series(older->package, newer->package);
    for (const auto& [id, record] : library.records) {
        auto was = is_fixed(record, blocks, older->package, two_series);
        auto is = is_fixed(record, blocks, newer->package, false);
        bool differs = was && is && *was != *is;
        records += differs;
        knowledge::Here before = knowledge::status_here(record, older->scene.scene);
        knowledge::Here after = knowledge::status_here(record, newer->scene.scene);
        if (was) all.add(record, before, *was, older->package, differs);
        if (is) all.add(record, after, *is, newer->package, differs);
        if (differs) differing.add(record, before, *was, older->package, false);
        if (differs) differing.add(record, after, *is, newer->package, false);
    }
    std::printf("%s against %s, %s: %zu of %zu records differ\n", older->package.c_str(),
                newer->package.c_str(), probes_only ? "probes only" : "everything", records,
                library.records.size());
    all.print("all that the changelog tells of");
    differing.print("those that differ");
    std::printf("answered where they differ: %.0f %%\n", differing.answered_percent());
    return all.wrong == 0 && differing.answered_percent() >= std::atof(arguments[5]) ? 0 : 1;
}
