#include "hook/strength.h"

#include <array>
#include <string>
#include <tuple>

#include <nlohmann/json.hpp>

#include "base/files.h"

namespace nfstriage::hook {
namespace {

using verdict::Confidence;
using verdict::Status;

constexpr std::size_t kLargestVerdict = 64 << 20;

// A healthy dump is as decided as a named bug; of two that name nothing, a signature is more.
constexpr std::array<Status, 7> kFromWeakest{
    Status::inconclusive, Status::unknown_signature, Status::candidate, Status::no_crash,
    Status::not_nfs,      Status::known_condition,   Status::known_bug};

int position(Status status) {
    for (std::size_t i = 0; i < kFromWeakest.size(); ++i)
        if (kFromWeakest[i] == status) return static_cast<int>(i);
    return 0;
}

}  // namespace

bool says_more(const Strength& one, const Strength& other) {
    const Strength& finished = one.finished ? one : other;
    if (one.finished != other.finished && finished.status > 0) return one.finished;
    return std::tie(one.status, one.confidence, one.finished) >
           std::tie(other.status, other.confidence, other.finished);
}

Strength strength_of(const verdict::Verdict& verdict) {
    const verdict::Diagnosis& first = verdict.verdicts.front();
    return {position(first.status), static_cast<int>(first.confidence),
            !verdict.limits.deadline_hit};
}

std::optional<Strength> strength_of_file(const std::filesystem::path& json) try {
    auto text = read_small_file(json, kLargestVerdict);
    if (!text) return std::nullopt;
    auto all = nlohmann::json::parse(*text);
    const auto& first = all.at("verdicts").at(0);
    std::string status = first.at("status"), confidence = first.at("confidence");
    Strength strength;
    for (Status each : kFromWeakest)
        if (to_string(each) == status) strength.status = position(each);
    for (Confidence each : {Confidence::possible, Confidence::likely, Confidence::certain})
        if (to_string(each) == confidence) strength.confidence = static_cast<int>(each);
    strength.finished = !all.at("limits").at("deadline_hit").get<bool>();
    return strength;
} catch (const nlohmann::json::exception&) {
    return std::nullopt;
}

}  // namespace nfstriage::hook
