#include "layout/profile_code.h"

#include <algorithm>

namespace nfstriage::layout {
namespace {

constexpr std::uint64_t kMostBytes = 64 * 1024;  // of one function

}  // namespace

void ProfileCode::place(const std::string& object, VAddr begin, std::uint64_t size,
                        std::uint64_t base) {
    auto bytes = profile_->section(ProfileSection::code, object);
    if (!bytes) return;
    auto table = CodeTable::open(*bytes);
    if (!table) return;
    placed_.push_back({object, begin, size, base, std::move(*table)});
    modules_ = modules_ || !object.empty();
}

bool ProfileCode::is_asked(const Placed& placed) const {
    return !modules_ || !placed.object.empty();
}

Maybe<std::vector<SourceFrame>> ProfileCode::source_of(VAddr address) const {
    for (const Placed& placed : placed_)
        if (address >= placed.begin && address - placed.begin < placed.size)
            return placed.table.source_of(address.value - placed.base);
    return unknown(Reason::no_symbol, hex(address) + " is in nothing that the profile describes");
}

std::vector<std::string> ProfileCode::hosts(std::string_view function) const {
    std::vector<std::string> all;
    for (const Placed& placed : placed_) {
        if (!is_asked(placed)) continue;
        for (std::string& host : placed.table.hosts(function)) all.push_back(std::move(host));
    }
    return all;
}

std::optional<VAddr> ProfileCode::inlined_at(std::string_view caller,
                                             std::string_view callee) const {
    for (const Placed& placed : placed_) {
        if (!is_asked(placed)) continue;
        for (std::uint64_t entry : placed.table.entries(caller)) {
            auto function = placed.table.function_at(entry);
            if (!function) continue;
            std::uint64_t end = std::min(function->end, entry + kMostBytes);
            for (std::uint64_t at = entry; at < end; ++at) {
                auto frames = placed.table.source_of(at);
                if (!frames) continue;
                for (std::size_t i = 0; i + 1 < frames->size(); ++i)
                    if ((*frames)[i].function == callee && (*frames)[i + 1].function == caller)
                        return VAddr{at + placed.base};
            }
        }
    }
    return std::nullopt;
}

}  // namespace nfstriage::layout
