#include "facts/lost_report.h"

#include <algorithm>

#include "facts/from_log.h"
#include "log/choose.h"

namespace nfstriage::facts {
namespace {

constexpr double kNanoseconds = 1e9;
// What one pass of a detector prints lies this close together; the log's times are rounded.
constexpr double kPassSeconds = 2;

// All that both have are equal, and that is most of a set.
bool same_registers(const Registers& a, const Registers& b) {
    constexpr std::size_t kMost = 12;
    std::size_t equal = 0;
    for (const auto& [name, value] : a.values) {
        auto other = b.get(name);
        if (other && *other != value) return false;
        equal += other.has_value();
    }
    return equal >= kMost;
}

// Whether a report of kind `reported` enters the kernel as `entered`: an exception does not tell
// what its handler found.
bool may_enter_as(CrashKind reported, CrashKind entered) {
    using enum CrashKind;
    switch (reported) {
        case null_deref:
        case kfence:
            return entered == paging_request || entered == warning;
        case warning:
        case refcount:
        case list_corruption:
        case ubsan:
        case cfi:
        case odebug:
        case kasan:
        case kcsan:
        case kmsan:
        case atomic_sleep:
        case bad_page:
            return entered == reported || entered == warning || entered == bug;
        default:
            return entered == reported;
    }
}

class Doubt {
public:
    Doubt(const log::ConsoleLog& log, const std::vector<kernel::PrintkGap>& gaps,
          const CpuStack* panicked, const std::optional<Entry>& entry, Arch arch)
        : log_(log), gaps_(gaps), panicked_(panicked), entry_(entry), arch_(arch) {}

    // Whether the log lost something that would have made another report the crash.
    bool is_due() const {
        if (gaps_.empty() || !log_.crash) return false;
        const log::Event& crash = log_.events[*log_.crash];
        // Without the panic, or with nothing but it, what led there may be anywhere.
        if (!log_.panic || log_.panic == log_.crash || !crash.time_s) return true;
        const log::Event& panic = log_.events[*log_.panic];
        bool of_another = panic.pid && crash.pid != panic.pid && crash.kind != CrashKind::hung_task;
        return !panic.time_s || of_another || lost_between(*crash.time_s, *panic.time_s);
    }

    // The last report of what memory shows.
    std::optional<std::size_t> report_of_the_entry() const {
        if (!entry_ || panicked_ == nullptr) return std::nullopt;
        for (std::size_t i = log_.events.size(); i-- > 0;)
            if (i != log_.panic && fits(log_.events[i])) return i;
        if (log_.panic && log_.crash == log_.panic && fits(log_.events[*log_.panic]))
            return log_.panic;
        return std::nullopt;
    }

    // Whether what is left of a report, without the lines that say where and who, may be of what
    // memory shows.
    bool may_be_of_the_entry(const log::Event& event) const {
        return entry_ && !event.top && !event.pid && may_enter_as(event.kind, entry_->kind);
    }

private:
    bool lost_between(double from, double to) const {
        return std::any_of(gaps_.begin(), gaps_.end(), [&](const kernel::PrintkGap& gap) {
            return static_cast<double>(gap.to_ns) / kNanoseconds >= from - kPassSeconds &&
                   static_cast<double>(gap.from_ns) / kNanoseconds <= to;
        });
    }

    bool fits(const log::Event& event) const {
        const std::vector<Frame>& frames = panicked_->unwound.frames;
        if (entry_->context && event.top && entry_->context->frame < frames.size())
            return is_same_context(event.top, event.registers, frames[entry_->context->frame],
                                   entry_->context->registers, arch_);
        bool same_task = event.pid && panicked_->task && *event.pid == panicked_->task->pid;
        return same_task && !entry_->of_another && may_enter_as(event.kind, entry_->kind);
    }

    const log::ConsoleLog& log_;
    const std::vector<kernel::PrintkGap>& gaps_;
    const CpuStack* panicked_;
    const std::optional<Entry>& entry_;
    Arch arch_;
};

}  // namespace

bool is_same_context(const std::optional<Frame>& top_a, const Registers& registers_a,
                     const Frame& top_b, const Registers& registers_b, Arch arch) {
    auto pc_a = registers_a.pc(arch);
    auto pc_b = registers_b.pc(arch);
    if (pc_a && pc_b && *pc_a == *pc_b) return true;
    if (same_registers(registers_a, registers_b)) return true;
    return top_a && without_suffix(top_a->function) == without_suffix(top_b.function) &&
           top_a->offset == top_b.offset;
}

void doubt_the_report(Scene& scene, const std::vector<kernel::PrintkGap>& gaps,
                      const CpuStack* panicked, const std::optional<Entry>& entry, Arch arch) {
    Doubt doubt(scene.log, gaps, panicked, entry, arch);
    if (!doubt.is_due()) return;
    std::optional<std::size_t> report = doubt.report_of_the_entry();
    if (report == scene.log.crash) return;
    bool is_told = entry && entry->kind != CrashKind::none;
    scene.input.missing.push_back(
        report ? "the log lost messages around the panic: the report that memory confirms is taken"
        : is_told ? "the log lost the report of the crash: what memory tells of it is taken"
                  : "the log lost messages: which of its reports led to the panic is not certain");
    log::blame(scene.log, report);
    // First ahead of what is not known, or what is left of the lost report itself.
    std::optional<std::size_t>& first = scene.log.first_error;
    if (!report && first && (!is_told || doubt.may_be_of_the_entry(scene.log.events[*first])))
        first.reset();
    place_reports(scene);
}

}  // namespace nfstriage::facts
