// The names that are wanted: in C spelling, "struct rpc_task", with a star at the end for families.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

namespace nfstriage::debuginfo {

class NameSet {
public:
    void add(std::string_view pattern) {
        if (!pattern.empty() && pattern.back() == '*')
            prefixes_.emplace_back(pattern.substr(0, pattern.size() - 1));
        else
            exact_.emplace(pattern);
    }
    bool has_exact(std::string_view name) const { return exact_.count(std::string(name)) != 0; }
    bool has_family(std::string_view name) const {
        return std::any_of(prefixes_.begin(), prefixes_.end(), [&](const std::string& prefix) {
            return name.substr(0, prefix.size()) == prefix;
        });
    }
    bool has(std::string_view name) const { return has_exact(name) || has_family(name); }
    const std::unordered_set<std::string>& exact() const { return exact_; }

private:
    std::unordered_set<std::string> exact_;
    std::vector<std::string> prefixes_;
};

}  // namespace nfstriage::debuginfo
