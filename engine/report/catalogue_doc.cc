#include "report/catalogue_doc.h"

#include <algorithm>

#include "report/page.h"
#include "report/words.h"

namespace nfstriage::report {
namespace {

namespace kn = nfstriage::knowledge;

constexpr std::size_t kLabel = 15, kIndent = 2, kNarrowest = 40;

// Text inside a line or a table's cell of Markdown.
std::string plain(std::string_view text) {
    std::string out;
    for (char c : text) {
        if (c == '\n' || c == '\r') c = ' ';
        if (c == '|' || c == '*' || c == '<' || c == '`' || c == '[' || c == '\\') out += '\\';
        out += c;
    }
    return out;
}

std::string code(std::string_view text) { return "`" + std::string(text) + "`"; }

std::string kinds_of(const std::vector<CrashKind>& kinds, std::string_view otherwise) {
    return listed(
        kinds, [](CrashKind kind) { return to_string(kind); }, otherwise);
}

// "v5.3, 5.2.17, debian linux 6.1.129-1"
std::string releases_of(const kn::Commit& commit) {
    std::string text = commit.release;
    for (const std::string& stable : commit.stable) join(text, stable, ", ");
    for (const kn::PackagedCommit& packaged : commit.packages)
        if (!packaged.reverted)
            join(text, packaged.distribution + " " + packaged.package + " " + packaged.version,
                 ", ");
    return text;
}

std::string hash_of(const kn::Commit& commit) {
    return commit.commit.empty() ? "no hash" : commit.commit.substr(0, 12);
}

// What the commit is to the bug.
std::string_view does(kn::Role role) {
    switch (role) {
        case kn::Role::fix:
            return "fix";
        case kn::Role::prerequisite:
            return "needed with it";
        case kn::Role::follow_up:
            return "later repair";
        case kn::Role::introduces:
            return "brought it in";
        case kn::Role::reverted:
            break;
    }
    return "reverted";
}

// "nfsd: fix a thing (v5.3, 5.2.17)"
std::string commit_text(const kn::Commit& commit) {
    std::string text = commit.subject, releases = releases_of(commit);
    if (!releases.empty()) join(text, "(" + releases + ")", " ");
    return text;
}

std::string heading_of(const kn::Record& record) {
    std::string text = record.title;
    for (const std::string& alias : record.aliases) join(text, alias, ", ");
    return text;
}

void markdown(std::string& out, const kn::Record& record) {
    out += "\n### " + record.id + "\n\n" + plain(heading_of(record)) + "\n\n";
    out +=
        "- " + record.component + ", " + kinds_of(record.kinds, "kind of crash not known") + "\n";
    out += "- Effect: " + plain(record.effect) + "\n";
    for (const kn::FixSet& set : record.fix_sets)
        for (const kn::Commit& commit : set.commits)
            out += "- " + std::string(does(commit.role)) + ": " + code(hash_of(commit)) + " " +
                   plain(commit_text(commit)) + "\n";
    for (const kn::Regression& regression : record.regressions)
        out +=
            "- " + code(regression.by.substr(0, 12)) + " brought along: " + plain(regression.what) +
            (regression.repair.empty() ? ""
                                       : ", repaired by " + code(regression.repair.substr(0, 12))) +
            "\n";
    if (!record.workaround.empty()) out += "- Until then: " + plain(record.workaround) + "\n";
}

void write_rule(Page& page, const rules::Rule& rule) {
    page.between(rule.id,
                 std::string(rules::to_string(rule.status)) + " · " +
                     std::string(rules::to_string(rule.concludes)),
                 0, Ink::bold);
    page.paragraph(rule.title, kIndent);
    page.paragraph(rule.component + " · " + kinds_of(rule.kinds, "any kind"), kIndent);
    std::string records = listed(
        rule.records, [](const std::string& id) { return id; }, "");
    if (!records.empty()) page.labelled("records", records, kLabel, kIndent);
}

void write_record(Page& page, const kn::Record& record) {
    page.between(record.id, record.component, 0, Ink::bold);
    page.paragraph(heading_of(record), kIndent);
    page.labelled("effect", record.effect, kLabel, kIndent);
    for (const kn::FixSet& set : record.fix_sets)
        for (const kn::Commit& commit : set.commits)
            page.labelled(does(commit.role), hash_of(commit) + " " + commit_text(commit), kLabel,
                          kIndent);
    for (const kn::Regression& regression : record.regressions)
        page.labelled(
            "brought along",
            regression.by.substr(0, 12) + ": " + regression.what +
                (regression.repair.empty() ? ""
                                           : ", repaired by " + regression.repair.substr(0, 12)),
            kLabel, kIndent);
    if (!record.workaround.empty()) page.labelled("until then", record.workaround, kLabel, kIndent);
}

}  // namespace

std::string catalogue_to_markdown(std::span<const rules::Rule> rules,
                                  const knowledge::Library& library) {
    std::string out = "# What nfstriage knows\n\nWritten by `nfstriage rules doc`.\n\n## Rules (" +
                      std::to_string(rules.size()) +
                      ")\n\n| rule | what it recognises | status | concludes | component | kinds "
                      "| records |\n|-|-|-|-|-|-|-|\n";
    for (const rules::Rule& rule : rules) {
        auto link = [](const std::string& id) { return "[" + id + "](#" + id + ")"; };
        out += "| " + rule.id + " | " + plain(rule.title) + " | " +
               std::string(rules::to_string(rule.status)) + " | " +
               std::string(rules::to_string(rule.concludes)) + " | " + rule.component + " | " +
               kinds_of(rule.kinds, "any") + " | " + listed(rule.records, link, "") + " |\n";
    }
    out += "\n## Records (" + std::to_string(library.records.size()) + ")\n";
    for (const auto& [id, record] : library.records) markdown(out, record);
    return out;
}

std::string catalogue_to_text(std::span<const rules::Rule> rules, const knowledge::Library& library,
                              const TextOptions& options) {
    TextPage page(std::max(options.width, kNarrowest), options.colour);
    page.paragraph("Rules: " + std::to_string(rules.size()), 0, Ink::bold);
    for (const rules::Rule& rule : rules) {
        page.blank();
        write_rule(page, rule);
    }
    page.section("Records: " + std::to_string(library.records.size()));
    for (const auto& [id, record] : library.records) {
        page.blank();
        write_record(page, record);
    }
    return std::move(page).take();
}

}  // namespace nfstriage::report
