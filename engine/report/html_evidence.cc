// The tree of a verdict's evidence: what decides is open, the rest opens.
#include <string>

#include "base/text.h"
#include "report/html_sections.h"
#include "report/words.h"

namespace nfstriage::report {
namespace {

std::string_view class_of(Tri result) {
    switch (result) {
        case Tri::yes:
            return "good";
        case Tri::no:
            return "quiet";
        case Tri::unknown:
            break;
    }
    return "warn";
}

std::string_view role_text(rules::Role role) {
    switch (role) {
        case rules::Role::refuting:
            return "would speak against it";
        case rules::Role::supporting:
            return "supporting";
        case rules::Role::required:
            break;
    }
    return "required";
}

void write_operands(HtmlWriter& writer, const rules::Evidence& evidence) {
    if (evidence.operands.empty()) return;
    writer.table("Values of " + evidence.clause, {"Value", "Is", "Read from", "Trust"}, [&] {
        for (const rules::Operand& operand : evidence.operands) {
            auto row = writer.in("tr");
            auto cell = [&](std::string_view text) {
                auto td = writer.in("td");
                writer.element("code", text);
            };
            cell(operand.name);
            cell(operand.value);
            writer.element("td", operand.provenance);
            writer.element("td", to_string(operand.trust));
        }
    });
}

void write_clause(HtmlWriter& writer, const rules::Evidence& evidence) {
    bool decisive = evidence.role == rules::Role::required;
    writer.markup(decisive ? "<details class=\"clause\" open>\n" : "<details class=\"clause\">\n");
    {
        auto summary = writer.in("summary");
        writer.element("strong", spoken(evidence.result),
                       {{"class", "chip " + std::string(class_of(evidence.result))}});
        writer.element("code", evidence.clause);
        writer.element("span", role_text(evidence.role), {{"class", "quiet"}});
    }
    if (!evidence.text.empty()) {
        auto line = writer.in("p");
        writer.element("code", evidence.text);
    }
    write_operands(writer, evidence);
    for (const Unknown& missing : evidence.missing)
        writer.element("p", spoken(missing), {{"class", "warn"}});
    writer.markup("</details>\n");
}

}  // namespace

void write_evidence(HtmlWriter& writer, const verdict::Diagnosis& diagnosis) {
    if (diagnosis.evidence.empty()) return;
    writer.section("Why");
    for (const rules::Evidence& evidence : diagnosis.evidence) write_clause(writer, evidence);
}

}  // namespace nfstriage::report
