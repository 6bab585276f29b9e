#include "damage/run_one.h"

#include "damage/weaker.h"

namespace nfstriage::damage {
namespace {

constexpr std::size_t kPageEvery = 8;  // an HTML page walks the whole state
constexpr std::size_t kMostSentences = 8;

std::string joined(const std::vector<std::string>& sentences) {
    std::string text;
    for (std::size_t i = 0; i < sentences.size() && i < kMostSentences; ++i)
        text += (i == 0 ? "" : "; ") + sentences[i];
    if (sentences.size() > kMostSentences)
        text += "; and " + std::to_string(sentences.size() - kMostSentences) + " more";
    return text;
}

}  // namespace

Workplace::Workplace(const Target& target, const Kind& kind, std::filesystem::path folder)
    : target_(target), kind_(kind) {
    const Sample& sample = target.sample;
    std::filesystem::remove_all(folder);
    std::filesystem::create_directories(folder);
    undamaged_ = {sample.file, sample.profile};
    if (kind.of_profile) {
        copy_ = std::make_unique<Copy>(sample.profile, folder / sample.profile.filename());
        undamaged_.profile = copy_->path();
        return;
    }
    if (sample.form == Form::directory) std::filesystem::copy(sample.file.parent_path(), folder);
    copy_ = std::make_unique<Copy>(sample.file, folder / sample.file.filename());
    undamaged_.path = sample.form == Form::directory ? folder : copy_->path();
}

Judged Workplace::run(std::uint64_t seed, std::size_t at) {
    Random random(seed, target_.sample.name + "/" + std::string(kind_.name), at);
    Subject subject = undamaged_;
    Damage damage{at, random, *copy_, subject};
    kind_.apply(target_, damage);
    bool ordered = kind_.loses && target_.sample.form == Form::dump;
    auto answer = analyze(subject, {ordered, ordered, at % kPageEvery == 0});
    copy_->restore();
    Judged judged{answer.has_value(), complaint_about(subject.path, answer),
                  json_of(subject.path, answer)};
    if (judged.complaint.empty() && ordered && answer)
        judged.complaint =
            joined(not_weaker(target_.reference.answer, *answer, !target_.sample.invented_code));
    return judged;
}

}  // namespace nfstriage::damage
