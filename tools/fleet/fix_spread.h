// Who has the fix: the answers of the store's dumps for each kernel, and for kernels of which no
// dump told, what is recorded of the package or release that the kernel names. A kernel that dumps
// say different things of is unknown, and one that they leave unknown stays so.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <unordered_map>
#include <vector>

#include "fleet/fleet_view.h"

namespace nfstriage::fleet {

class FixFacts {
public:
    // `hosts_of_kernel`: how many run each kernel, by its id; 0: kernel not known. All must outlive
    // this.
    FixFacts(Database& database, const knowledge::Library& library,
             const std::unordered_map<std::int64_t, std::uint64_t>& hosts_of_kernel);

    // Of the records that the verdicts with this signature name, the most named first.
    std::vector<FixSpread> of_signature(std::int64_t signature);

private:
    struct Kernel {
        std::int64_t id = 0;
        std::string release, version, arch;
        std::uint64_t hosts = 0;
    };
    const FixSpread& spread_of(const std::string& record);
    std::map<std::int64_t, knowledge::HereStatus> said_of(const std::string& record);

    Database& database_;
    const knowledge::Library& library_;
    std::uint64_t nameless_hosts_ = 0;  // whose kernel is not known
    std::vector<Kernel> kernels_;       // that hosts run, most hosts first
    std::map<std::string, FixSpread> spreads_;
    Statement records_;
};

}  // namespace nfstriage::fleet
