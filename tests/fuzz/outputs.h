// What must hold of everything that is written for people and machines, whatever was read: JSON
// parses and follows its schema, text is UTF-8 without control characters.
#pragma once

#include "base/text.h"
#include "input.h"
#include "report/schema.h"
#include "report/html.h"
#include "report/json.h"
#include "report/markdown.h"
#include "report/text.h"
#include "report/ticket.h"

namespace nfstriage::fuzz {

// Valid UTF-8 in which only newlines, and tabs of markup, are control characters.
inline void check_printable(std::string_view text, bool tabs = false) {
    for (std::size_t i = 0; i < text.size();) {
        auto byte = static_cast<unsigned char>(text[i]);
        require(byte != 0x7f && (byte >= 0x20 || byte == '\n' || (tabs && byte == '\t')),
                "text has no control characters");
        std::size_t length = byte < 0x80 ? 1 : byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2;
        require(byte < 0x80 || (byte >= 0xc2 && byte < 0xf5), "text is UTF-8");
        require(text.size() - i >= length, "a character is whole");
        for (std::size_t k = 1; k < length; ++k)
            require((static_cast<unsigned char>(text[i + k]) & 0xc0) == 0x80, "text is UTF-8");
        if (byte == 0xc2)
            require(static_cast<unsigned char>(text[i + 1]) >= 0xa0, "no control characters of C1");
        i += length;
    }
}

// Parses, and follows engine/report/`schema`; that costs much and is left out unless `validate`.
inline void check_json(const std::string& text, const test::DocumentSchema& schema, bool validate) {
    check_printable(text);
    auto document = nlohmann::json::parse(text, nullptr, false);
    require(!document.is_discarded(), "JSON parses");
    if (validate) require(schema.complaint(document).empty(), "JSON follows its schema");
}

// One verdict in every form. `choice` says which of the costly ones.
inline void check_verdict(const verdict::Verdict& verdict, const facts::Scene& scene,
                          std::uint8_t choice) {
    static const test::DocumentSchema schema("verdict.schema.json"), ticket_schema("ticket.schema.json");
    require(!verdict.verdicts.empty(), "there is always a verdict");
    check_json(report::to_json(verdict, {true, -1}), schema, (choice & 1) != 0);
    report::TextOptions narrow;
    narrow.width = 40;
    check_printable(report::to_text(verdict, narrow));
    if ((choice & 2) != 0) check_printable(report::to_markdown(verdict));
    if ((choice & 4) != 0) {
        report::HtmlParts parts;
        parts.scene = &scene;
        check_printable(report::to_html(verdict, parts), true);
    }
    if ((choice & 8) != 0)
        check_json(report::ticket_to_json(report::make_ticket(verdict), verdict, {}), ticket_schema,
                   true);
}

}  // namespace nfstriage::fuzz
