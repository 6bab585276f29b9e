// A line for each record under the heading of its status: what needs attention comes first. With
// evidence: the reason, and the answer of every probe below it.
#include <algorithm>
#include <array>

#include "base/text.h"
#include "report/columns.h"
#include "report/fixes.h"
#include "report/page.h"
#include "report/words.h"

namespace nfstriage::report {
namespace {

namespace kn = nfstriage::knowledge;

struct Heading {
    kn::HereStatus status;
    std::string_view words;
    Ink ink;
};
constexpr std::array<Heading, 5> kHeadings{{
    {kn::HereStatus::affected, "Affected: the fix is not in this kernel", Ink::red},
    {kn::HereStatus::partly_fixed, "Partly fixed: some commits are in this kernel, some are not",
     Ink::yellow},
    {kn::HereStatus::unknown, "Unknown: what was read does not show it", Ink::bold},
    {kn::HereStatus::fixed, "Fixed: the fix is in this kernel", Ink::green},
    {kn::HereStatus::not_affected, "Not affected: this kernel never had the bug", Ink::green},
}};
constexpr std::size_t kWidestId = 40;
constexpr std::size_t kHash = 12;

std::size_t count_of(const verdict::FixList& list, kn::HereStatus status) {
    return static_cast<std::size_t>(
        std::count_if(list.records.begin(), list.records.end(),
                      [status](const auto& record) { return record.status == status; }));
}

// "6.1.0-56-cloud-amd64 x86_64 · #1 SMP Debian 6.1.192-2 · kernel files"
std::string kernel_text(const verdict::FixList& list) {
    std::string text;
    if (list.kernel.release) text = *list.kernel.release;
    if (list.kernel.arch) join(text, to_string(*list.kernel.arch), " ");
    if (list.kernel.version) join(text, *list.kernel.version, " · ");
    join(text, list.input.format, " · ");
    return text;
}

std::string counts_text(const verdict::FixList& list) {
    std::string text =
        std::to_string(list.records.size()) + (list.records.size() == 1 ? " record" : " records");
    std::string_view separator = ": ";
    for (const Heading& heading : kHeadings) {
        std::size_t count = count_of(list, heading.status);
        if (count == 0) continue;
        std::string words(kn::to_string(heading.status));
        std::replace(words.begin(), words.end(), '_', ' ');
        join(text, std::to_string(count) + " " + words, separator);
        separator = ", ";
    }
    return text;
}

// The commit to look for: of the fixes the first that is missing here, else the first.
const verdict::FixHere* fix_to_name(const verdict::RecordHere& record) {
    const verdict::FixHere* named = nullptr;
    for (const verdict::FixHere& fix : record.fixes) {
        if (fix.role != kn::Role::fix && fix.role != kn::Role::prerequisite) continue;
        if (named == nullptr) named = &fix;
        if (fix.presence != kn::Presence::present && named->presence == kn::Presence::present)
            named = &fix;
    }
    return named;
}

void write_record(Page& page, const verdict::RecordHere& record, std::size_t id_width,
                  bool verbose) {
    const verdict::FixHere* fix = fix_to_name(record);
    std::string basis =
        record.basis == kn::Basis::none ? "-" : std::string(kn::to_string(record.basis));
    std::string commit = fix == nullptr || fix->commit.empty() ? "-" : fix->commit.substr(0, kHash);
    page.row(pad(clip(escape(record.id), id_width), id_width) + "  " + pad(basis, 7) + "  " +
                 pad(escape(commit), kHash) + "  " + escape(record.title),
             2);
    if (!verbose) return;
    page.paragraph(record.why + ".", 6);
    for (const std::string& evidence : record.evidence) page.paragraph(evidence, 6, Ink::dim);
}

}  // namespace

std::string fixes_to_text(const verdict::FixList& list, bool verbose, const TextOptions& options) {
    TextPage page(std::max<std::size_t>(options.width, 40), options.colour);
    page.paragraph(kernel_text(list), 0, Ink::bold);
    page.paragraph(counts_text(list), 0);
    std::size_t widest = 0;
    for (const verdict::RecordHere& record : list.records)
        widest = std::max(widest, display_width(escape(record.id)));
    widest = std::min({widest, kWidestId, page.width() / 3});
    for (const Heading& heading : kHeadings) {
        if (count_of(list, heading.status) == 0) continue;
        page.blank();
        page.paragraph(heading.words, 0, heading.ink);
        for (const verdict::RecordHere& record : list.records)
            if (record.status == heading.status) write_record(page, record, widest, verbose);
    }
    if (!list.input.missing.empty()) page.section("Not read");
    for (const std::string& missing : list.input.missing) page.paragraph(missing, 2);
    if (!list.records_not_loaded.empty()) page.section("Records that were not loaded");
    for (const std::string& error : list.records_not_loaded) page.paragraph(error, 2);
    return std::move(page).take();
}

}  // namespace nfstriage::report
