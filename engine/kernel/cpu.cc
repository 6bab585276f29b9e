#include "kernel/cpu.h"

#include <algorithm>

namespace nfstriage::kernel {
namespace {

constexpr unsigned kMostCpus = 8192;  // CONFIG_NR_CPUS is at most 8192

// nr_cpu_ids; where it is a constant (CONFIG_FORCE_NR_CPUS) there is no such symbol.
unsigned cpu_limit(const dump::Memory& memory, const layout::Symbols& symbols) {
    if (auto at = symbols.address("nr_cpu_ids"))
        if (auto value = memory.u32(*at)) return std::min(*value, kMostCpus);
    return kMostCpus;
}

// A bit of a cpumask variable; nothing when the mask is not there.
std::optional<bool> mask_bit(const dump::Memory& memory, const layout::Symbols& symbols,
                             std::string_view mask, unsigned cpu) {
    auto at = symbols.address(mask);
    if (!at) return std::nullopt;
    auto word = memory.u64(*at + cpu / 64 * 8);
    if (!word) return std::nullopt;
    return (*word >> cpu % 64 & 1) != 0;
}

}  // namespace

Maybe<VAddr> per_cpu(const dump::Memory& memory, const layout::Symbols& symbols,
                     std::string_view variable, unsigned cpu) {
    auto symbol = symbols.address(variable);
    if (!symbol) return symbol;
    auto offsets = symbols.address("__per_cpu_offset");
    if (!offsets) return offsets;
    auto offset = memory.u64(*offsets + std::uint64_t{cpu} * 8);
    if (!offset) return tl::unexpected<Unknown>(offset.error());
    return *symbol + *offset;
}

Maybe<std::vector<CpuState>> read_cpus(const dump::Memory& memory, const layout::Types& types,
                                       const layout::Symbols& symbols) {
    auto curr = types.offset_of("struct rq", "curr");
    if (!curr) return tl::unexpected<Unknown>(curr.error());
    if (auto symbol = symbols.address("runqueues"); !symbol)
        return tl::unexpected<Unknown>(symbol.error());
    std::vector<CpuState> cpus;
    for (unsigned cpu = 0, limit = cpu_limit(memory, symbols); cpu < limit; ++cpu) {
        auto possible = mask_bit(memory, symbols, "__cpu_possible_mask", cpu);
        if (possible && !*possible) continue;
        auto rq = per_cpu(memory, symbols, "runqueues", cpu);
        if (!rq) {
            if (!possible) break;  // behind the last CPU
            continue;
        }
        auto task = memory.pointer(*rq + *curr);
        if (!task) {
            if (!possible) break;
            continue;
        }
        auto info = read_task(memory, types, *task);
        if (!info) continue;
        CpuState state;
        state.cpu = cpu;
        state.online = mask_bit(memory, symbols, "__cpu_online_mask", cpu).value_or(true);
        state.current = std::move(*info);
        cpus.push_back(std::move(state));
    }
    return cpus;
}

Maybe<std::optional<unsigned>> read_panic_cpu(const dump::Memory& memory,
                                              const layout::Symbols& symbols) {
    auto at = symbols.address("panic_cpu");
    if (!at) return tl::unexpected<Unknown>(at.error());
    auto value = memory.value<std::int32_t>(*at);
    if (!value) return tl::unexpected<Unknown>(value.error());
    if (*value < 0) return std::optional<unsigned>{};  // PANIC_CPU_INVALID
    return std::optional<unsigned>{static_cast<unsigned>(*value)};
}

}  // namespace nfstriage::kernel
