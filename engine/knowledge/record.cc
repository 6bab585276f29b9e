#include "knowledge/record.h"

namespace nfstriage::knowledge {

std::string_view to_string(RecordKind kind) {
    return kind == RecordKind::bug ? "bug" : "condition";
}

std::string_view to_string(Role role) {
    switch (role) {
        case Role::fix:
            return "fix";
        case Role::prerequisite:
            return "prerequisite";
        case Role::follow_up:
            return "follow_up";
        case Role::introduces:
            return "introduces";
        case Role::reverted:
            return "reverted";
    }
    return "fix";
}

std::string_view to_string(ProbeKind kind) {
    switch (kind) {
        case ProbeKind::symbol:
            return "symbol";
        case ProbeKind::member:
            return "member";
        case ProbeKind::enumerator:
            return "enumerator";
        case ProbeKind::call:
            return "call";
        case ProbeKind::no_call:
            return "no_call";
        case ProbeKind::inlines:
            return "inlines";
        case ProbeKind::instruction:
            return "instruction";
        case ProbeKind::text:
            return "text";
    }
    return "symbol";
}

std::string describe(const Probe& probe) {
    switch (probe.kind) {
        case ProbeKind::symbol:
            return "symbol " + probe.name;
        case ProbeKind::member:
            return probe.structure + "." + probe.member;
        case ProbeKind::enumerator:
            return "enumerator " + probe.name;
        case ProbeKind::call:
            return probe.caller + " calls " + probe.callee;
        case ProbeKind::no_call:
            return probe.caller + " does not call " + probe.callee;
        case ProbeKind::inlines:
            return probe.caller + " inlines or calls " + probe.callee;
        case ProbeKind::instruction:
            return probe.caller + " changes bit " + std::to_string(probe.bit) + " of " +
                   probe.structure + "." + probe.member;
        case ProbeKind::text:
            return "string \"" + probe.name + "\"";
    }
    return {};
}

}  // namespace nfstriage::knowledge
