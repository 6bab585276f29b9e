#include "rules/regex.h"

#include <re2/re2.h>

namespace nfstriage::rules {
namespace {

constexpr std::int64_t kMemory = 1 << 20;

}  // namespace

Regex::Regex() = default;
Regex::Regex(std::string pattern) : pattern_(std::move(pattern)) {}
Regex::~Regex() = default;

const re2::RE2& Regex::compiled() const {
    std::call_once(once_, [this] {
        re2::RE2::Options options;
        options.set_log_errors(false);
        options.set_max_mem(kMemory);
        compiled_ = std::make_unique<re2::RE2>(pattern_, options);
    });
    return *compiled_;
}

}  // namespace nfstriage::rules
