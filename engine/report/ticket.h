// A ticket made of a verdict, ready to file: what it is called, how bad it is and why, which
// tickets it belongs with, and what to ask the customer. Nothing in it is decided anew: each
// sentence comes from the verdict.
#pragma once

#include <string>
#include <vector>

#include "report/json.h"
#include "verdict/verdict.h"

namespace nfstriage::report {

enum class Severity : std::uint8_t { unknown, low, medium, high, critical };

std::string_view to_string(Severity severity);

struct Ticket {
    std::string title;  // one line, not escaped
    Severity severity = Severity::unknown;
    std::string ground;                       // of the severity, one sentence
    std::string grouping_key;                 // id of the signature; "" without one
    std::vector<std::string> alternate_keys;  // texts of signatures that belong to the same group
    std::vector<knowledge::Step> questions;   // what to ask for, the most telling first
};

Ticket make_ticket(const verdict::Verdict& verdict);

// The body: the ticket's own lines, then the verdict.
std::string ticket_to_markdown(const Ticket& ticket, const verdict::Verdict& verdict);
// As engine/report/ticket.schema.json describes it, with the body as Markdown in it.
std::string ticket_to_json(const Ticket& ticket, const verdict::Verdict& verdict,
                           const JsonOptions& options);

}  // namespace nfstriage::report
