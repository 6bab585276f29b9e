#include "damage/state.h"

#include <set>
#include <sstream>

#include "base/address.h"
#include "base/frame.h"
#include "report/state_view.h"

namespace nfstriage::damage {
namespace {

class Collector : public nfs::Visitor {
public:
    void object(std::string_view, VAddr at) override { address = at.value; }
    void member(const nfs::MemberInfo& info) override {
        // Bits whose names were in the lost page are the same bits.
        auto* flags = std::get_if<const nfs::Field<nfs::Flags>*>(&info.value);
        bool is_word = flags != nullptr && (*flags)->known();
        members[std::string(info.name)] = is_word ? hex((**flags)->bits) : report::value_text(info);
    }
    std::uint64_t address = 0;
    std::map<std::string, std::string> members;
};

// Sums and sentences over a list of objects: with fewer objects they say less.
bool sums_up(const std::string& list) {
    static const std::set<std::string> kSums{"wait_chains", "wait_cycles", "writeback_totals",
                                             "caches", "nfsd_nets"};
    return kSums.count(list) != 0;
}

// Words about several objects: they say less where one of them is missing.
bool is_sentence(const std::string& member) {
    static const std::set<std::string> kSentences{"chain", "object_name", "doubt", "how", "found"};
    return kSentences.count(member) != 0;
}

// The more, the less a frame can be trusted.
unsigned doubt(const std::string& trust) {
    unsigned most = static_cast<unsigned>(Trust::guess);
    for (unsigned i = 0; i <= most; ++i)
        if (to_string(static_cast<Trust>(i)) == trust) return i;
    return most;
}

// "the grace period of the lock manager of 192.0.2.1", "frozen file system ext4 vda": without a
// word the same, said less precisely.
bool lacks_words(const std::string& before, const std::string& after) {
    std::istringstream words(before), wanted(after);
    std::string word, want;
    while (wanted >> want) {
        do
            if (!(words >> word)) return false;
        while (word != want);
    }
    return true;
}

bool is_weaker(const std::string& member, const std::string& before, const std::string& after) {
    if (member == "trust") return doubt(after) >= doubt(before);
    if (member == "head") return lacks_words(before, after);
    return before == after;
}

using Item = std::map<std::string, std::string>;

// One of several that would do: "a thread of rpciod like kworker/0:1[7]".
bool names_an_example(const Item& wait) {
    auto chain = wait.find("chain");
    return chain != wait.end() && chain->second.find(" like ") != std::string::npos;
}

void compare_items(const std::string& place, const Item& before, const Item& after,
                   std::vector<std::string>& found) {
    for (const auto& [name, value] : after) {
        if (value.empty() || is_sentence(name)) continue;
        const std::string& old = before.at(name);
        if (name.starts_with("holder") && names_an_example(before)) continue;
        if (!is_weaker(name, old, value))
            found.push_back(place + name + " was '" + old + "', became '" + value + "'");
    }
}

// "0xffff...", "nothing"
std::string first_missing(const StateList& before, const StateList& after) {
    for (const auto& [key, unused] : before.items)
        if (after.items.find(key) == after.items.end()) return hex(key.first);
    return "nothing";
}

}  // namespace

State state_of(nfs::State& state) {
    State lists;
    for (const nfs::ListKind& kind : nfs::list_kinds()) {
        nfs::AnyListing listing = kind.read(state);
        StateList& list = lists[std::string(kind.name)];
        list.complete = listing.complete;
        list.size = listing.size;
        std::map<std::uint64_t, unsigned> seen;
        for (std::size_t i = 0; i < listing.size; ++i) {
            Collector item;
            listing.describe(i, item);
            list.items[{item.address, seen[item.address]++}] = std::move(item.members);
        }
    }
    return lists;
}

std::vector<std::string> not_weaker(const State& before, const State& after) {
    std::vector<std::string> found;
    for (const auto& [name, list] : after) {
        auto known = before.find(name);
        if (known == before.end()) {
            found.push_back("list " + name + " appeared");
            continue;
        }
        const StateList& whole = known->second;
        std::string sizes = "list " + name + ": " + std::to_string(whole.size) + " became " +
                            std::to_string(list.size) +
                            (list.complete ? ", complete" : ", incomplete");
        bool same_size = sums_up(name) || list.size == whole.size;
        if (list.complete && !(whole.complete && same_size))
            found.push_back(sizes + " without " + first_missing(whole, list));
        if (sums_up(name)) continue;
        if (list.size > whole.size) found.push_back(sizes);
        for (const auto& [key, item] : list.items) {
            std::string place = "list " + name + ", object " + hex(key.first) + ": ";
            auto old = whole.items.find(key);
            if (old == whole.items.end())
                found.push_back(place + "appeared");
            else
                compare_items(place, old->second, item, found);
        }
    }
    return found;
}

}  // namespace nfstriage::damage
