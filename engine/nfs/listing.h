// A list of objects read from a dump, and what is missing from it.
#pragma once

#include <deque>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "kernel/containers.h"

namespace nfstriage::nfs {

template <class T, class Items = std::vector<T>>
struct Listing {
    Items items;
    bool complete = true;           // false: there are, or may be, more
    std::vector<std::string> gaps;  // one sentence each: where a walk stopped and why
    bool limited = false;           // a walk stopped at its limit, not where the dump does

    void add_gap(std::string what) {
        complete = false;
        gaps.push_back(std::move(what));
    }
    // What a walk did not see: `of` says of what ("rpc_tasks of rpc_clnt 0xffff...").
    void add_gap(const kernel::Walk& walk, const std::string& of) {
        if (walk.complete) return;
        add_gap(of + ": " + std::to_string(walk.objects.size()) + " seen, then " +
                to_string(walk.why));
        limited = limited || walk.why.reason == Reason::budget;
    }
    void add_gap(const Unknown& why, const std::string& of) {
        add_gap(of + ": " + to_string(why));
        limited = limited || why.reason == Reason::budget;
    }
    // What was not seen because a list that leads here is not complete. Several that do may have
    // the same gap, from the one that leads to them all.
    template <class Other>
    void add_gaps(const Other& list) {
        const std::set<std::string> known(gaps.begin(), gaps.end());
        for (const std::string& gap : list.gaps)
            if (known.count(gap) == 0) add_gap(gap);
        limited = limited || list.limited;
    }
    void append(Listing other) {
        for (T& item : other.items) items.push_back(std::move(item));
        for (std::string& gap : other.gaps) gaps.push_back(std::move(gap));
        complete = complete && other.complete;
        limited = limited || other.limited;
    }
};

// For many large objects: one more moves none of those that are there.
template <class T>
using LongListing = Listing<T, std::deque<T>>;

}  // namespace nfstriage::nfs
