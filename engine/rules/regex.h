// A regular expression of a clause, compiled when it is first asked: most rules are never looked at
// for a given crash, and compiling costs more than all the rest of loading them.
#pragma once

#include <memory>
#include <mutex>
#include <string>

namespace re2 {
class RE2;
}

namespace nfstriage::rules {

class Regex {
public:
    Regex();
    explicit Regex(std::string pattern);
    ~Regex();

    const std::string& pattern() const { return pattern_; }
    // Its ok() is false if the pattern is none. Lives as long as this.
    const re2::RE2& compiled() const;

    // For packed.h.
    template <class Archive>
    friend void fields(Archive& archive, Regex& regex) {
        archive(regex.pattern_);
    }

private:
    std::string pattern_;
    mutable std::once_flag once_;
    mutable std::unique_ptr<re2::RE2> compiled_;
};

}  // namespace nfstriage::rules
