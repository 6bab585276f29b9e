// Which part of the NFS state is to be shown: sections, filters, how many rows. Counts are always
// of everything.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "nfs/state.h"

namespace nfstriage::report {

struct StateView {
    std::set<std::string, std::less<>> sections;  // empty: all
    std::optional<std::int64_t> pid;              // objects that belong to this task
    std::string server;                           // ... to this server, by name or address
    std::optional<std::size_t> limit;             // objects printed of each list
    bool verbose = false;                         // every member, not only the columns
    bool origins = false;                         // where each value was read
};

// The names of all sections, in the order in which they are shown.
std::vector<std::string_view> state_sections();

// One list as it is to be shown.
struct ShownList {
    const nfs::ListKind* kind = nullptr;
    nfs::AnyListing listing;
    std::vector<std::size_t> shown;  // indices, at most view.limit
    std::size_t matching = 0;        // that pass the filters
    bool filtered = false;           // a filter was given
};

// Reads the lists of the wanted sections. With a filter, lists whose objects cannot be told apart
// by it are left out.
std::vector<ShownList> select(nfs::State& state, const StateView& view);

// A value as a short piece of text: "0xffff...", "43.2 s", "64 KiB", "QUEUED|ACTIVE". Empty when it
// is not known. Not escaped.
std::string value_text(const nfs::MemberInfo& member);

// A member's name over a column of such texts, which carry their unit: "age_ns" -> "age".
std::string heading(std::string_view name);
// Its values are numbers, which stand at the right.
bool is_number(const nfs::MemberInfo& member);

}  // namespace nfstriage::report
