#include "rules/rule.h"

#include "rules/evaluate.h"

namespace nfstriage::rules {

std::string_view to_string(RuleStatus status) {
    switch (status) {
        case RuleStatus::experimental:
            return "experimental";
        case RuleStatus::stable:
            return "stable";
        case RuleStatus::deprecated:
            return "deprecated";
    }
    return "experimental";
}

std::string_view to_string(Conclusion conclusion) {
    switch (conclusion) {
        case Conclusion::known_bug:
            return "known_bug";
        case Conclusion::known_condition:
            return "known_condition";
        case Conclusion::not_nfs:
            return "not_nfs";
    }
    return "known_bug";
}

std::string_view to_string(Role role) {
    switch (role) {
        case Role::required:
            return "required";
        case Role::supporting:
            return "supporting";
        case Role::refuting:
            return "refuting";
    }
    return "required";
}

std::string_view to_string(Need need) {
    switch (need) {
        case Need::crash:
            return "crash";
        case Need::first_error:
            return "first_error";
        case Need::panic:
            return "panic";
        case Need::log:
            return "log";
        case Need::dump:
            return "dump";
        case Need::symbols:
            return "symbols";
        case Need::types:
            return "types";
    }
    return "crash";
}

std::string_view to_string(Outcome outcome) {
    switch (outcome) {
        case Outcome::not_applicable:
            return "not_applicable";
        case Outcome::no_match:
            return "no_match";
        case Outcome::undecided:
            return "undecided";
        case Outcome::match:
            return "match";
    }
    return "not_applicable";
}

std::string_view to_string(Confidence confidence) {
    switch (confidence) {
        case Confidence::possible:
            return "possible";
        case Confidence::likely:
            return "likely";
        case Confidence::certain:
            return "certain";
    }
    return "possible";
}

std::string_view to_string(MatchStatus status) {
    switch (status) {
        case MatchStatus::none:
            return "none";
        case MatchStatus::candidate:
            return "candidate";
        case MatchStatus::known_bug:
            return "known_bug";
        case MatchStatus::known_condition:
            return "known_condition";
        case MatchStatus::not_nfs:
            return "not_nfs";
    }
    return "none";
}

}  // namespace nfstriage::rules
