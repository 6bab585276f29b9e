#include "facts/state_of_dump.h"

#include "facts/sleepers.h"

namespace nfstriage::facts {
namespace {

// Steps: PID_MAX_LIMIT processes, and each once more as its own thread.
constexpr std::uint64_t kMostTasks = 8'388'608;

}  // namespace

std::shared_ptr<nfs::State> state_of_dump(const dump::Dump& dump,
                                          const layout::KernelLayout& layout,
                                          std::optional<VAddr> any_task,
                                          std::int64_t last_record_ns) {
    auto tasks = [&dump, &layout, any_task]() -> Maybe<kernel::TaskList> {
        std::optional<VAddr> any = any_task;
        if (auto init = layout.symbols->address("init_task")) any = *init;
        if (!any) return unknown(Reason::no_symbol, "nothing leads to the list of tasks");
        return kernel::read_tasks(dump.memory(), *layout.types, *any, Budget(kMostTasks));
    };
    auto sleepers = [&dump, &layout](const nfs::Listing<kernel::TaskInfo>& all) {
        return read_sleepers(dump, layout, all);
    };
    nfs::StateInput input{dump, *layout.types, *layout.symbols, std::move(tasks),
                          std::move(sleepers)};
    input.last_record_ns = last_record_ns;
    return std::make_shared<nfs::State>(std::move(input));
}

}  // namespace nfstriage::facts
