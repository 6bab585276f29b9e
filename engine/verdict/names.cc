// Names of the enumerations of a verdict, as the JSON contract spells them.
#include "verdict/verdict.h"

namespace nfstriage::verdict {

std::string_view to_string(Status status) {
    switch (status) {
        case Status::known_bug:
            return "known_bug";
        case Status::known_condition:
            return "known_condition";
        case Status::not_nfs:
            return "not_nfs";
        case Status::candidate:
            return "candidate";
        case Status::unknown_signature:
            return "unknown_signature";
        case Status::no_crash:
            return "no_crash";
        case Status::inconclusive:
            break;
    }
    return "inconclusive";
}

std::string_view to_string(Confidence confidence) {
    return confidence == Confidence::certain  ? "certain"
           : confidence == Confidence::likely ? "likely"
                                              : "possible";
}

}  // namespace nfstriage::verdict
