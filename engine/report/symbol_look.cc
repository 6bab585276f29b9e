// Symbols as text, one line each, and as JSON.
#include <algorithm>

#include <fmt/format.h>

#include "base/text.h"
#include "report/json_parts.h"
#include "report/look.h"
#include "report/page.h"
#include "report/words.h"

namespace nfstriage::report {
namespace {

constexpr std::size_t kIndent = 4;

// "nfs_wb_page+0xc0/0x200 [nfs]"
std::string symbol_text(const facts::SymbolMatch& match) {
    const layout::Symbol& symbol = match.symbol;
    std::string text = symbol.name;
    if (match.offset != 0) text += fmt::format("+{:#x}", match.offset);
    if (match.offset != 0 && symbol.size != 0) text += fmt::format("/{:#x}", symbol.size);
    if (!symbol.module.empty()) text += " [" + symbol.module + "]";
    return text;
}

// "text, 512 bytes"
std::string kind_text(const layout::Symbol& symbol) {
    std::string text(facts::section_of(symbol.type));
    if (text.empty()) text = std::string("type ") + symbol.type;
    if (symbol.size != 0)
        text += fmt::format(", {} byte{}", symbol.size, symbol.size == 1 ? "" : "s");
    return text;
}

void write_source(Page& page, const std::vector<layout::SourceFrame>& source) {
    for (const layout::SourceFrame& frame : source) {
        std::string text = frame.file;
        if (frame.line != 0) text += ":" + std::to_string(frame.line);
        if (text.empty()) continue;
        text += "  " + frame.function;
        if (frame.inlined) text += " (inlined)";
        page.paragraph(text, kIndent, Ink::dim);
    }
}

void write_answer(Page& page, const facts::SymbolAnswer& answer) {
    if (answer.matches.empty()) {
        std::string text = answer.asked + ": " + answer.why;
        page.paragraph(text, 0, Ink::yellow);
        if (!answer.nearest.empty())
            page.paragraph("near it: " + listed(answer.nearest, [](auto& name) { return name; }),
                           kIndent);
        return;
    }
    if (answer.clones)
        page.paragraph(
            answer.asked + ": no symbol has this name, but copies that the compiler made", 0,
            Ink::dim);
    for (const facts::SymbolMatch& match : answer.matches) {
        page.between(hex(match.address()) + " " + symbol_text(match), kind_text(match.symbol), 0);
        write_source(page, match.source);
    }
}

ordered_json match_json(const facts::SymbolMatch& match) {
    ordered_json json = object();
    json["address"] = hex(match.address());
    json["symbol"] = escape(match.symbol.name);
    json["offset"] = match.offset;
    put(json, "module", std::string_view(match.symbol.module));
    json["begin"] = hex(match.symbol.address);
    if (match.symbol.size != 0) json["size"] = match.symbol.size;
    json["type"] = escape(std::string(1, match.symbol.type));
    put(json, "section", facts::section_of(match.symbol.type));
    if (match.source.empty()) return json;
    json["source"] = ordered_json::array();
    for (const layout::SourceFrame& frame : match.source) {
        ordered_json line = object();
        put(line, "function", std::string_view(frame.function));
        put(line, "file", std::string_view(frame.file));
        if (frame.line != 0) line["line"] = frame.line;
        line["inlined"] = frame.inlined;
        json["source"].push_back(std::move(line));
    }
    return json;
}

}  // namespace

std::string symbols_to_text(const SymbolList& list, const TextOptions& options) {
    TextPage page(std::max<std::size_t>(options.width, 40), options.colour);
    for (const facts::SymbolAnswer& answer : list.answers) write_answer(page, answer);
    const bool all = std::all_of(list.answers.begin(), list.answers.end(),
                                 [](const auto& answer) { return !answer.matches.empty(); });
    if (all) return std::move(page).take();
    std::string_view label = "Missing";
    for (const std::string& missing : list.opened.input.missing) {
        page.labelled(label, missing, 9);
        label = "";
    }
    return std::move(page).take();
}

std::string symbols_to_json(const SymbolList& list, const JsonOptions& options) {
    ordered_json json = object();
    json["schema_version"] = kSchemaVersion;
    json["input"] = input_json(list.opened.input);
    json["kernel"] = kernel_json(list.opened.kernel, true);
    json["symbols"] = ordered_json::array();
    for (const facts::SymbolAnswer& answer : list.answers) {
        ordered_json entry = object();
        entry["asked"] = escape(answer.asked);
        if (answer.address) entry["address"] = hex(*answer.address);
        entry["matches"] = ordered_json::array();
        for (const facts::SymbolMatch& match : answer.matches)
            entry["matches"].push_back(match_json(match));
        if (answer.clones) entry["clones"] = true;
        put(entry, "why", std::string_view(answer.why));
        if (!answer.nearest.empty()) entry["nearest"] = texts(answer.nearest);
        json["symbols"].push_back(std::move(entry));
    }
    return json.dump(options.indent < 0 ? -1 : options.indent) + "\n";
}

}  // namespace nfstriage::report
