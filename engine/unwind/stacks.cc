// Per-CPU stacks of x86_64 and aarch64, and the order of visiting them.
#include "unwind/stacks.h"

#include <algorithm>
#include <array>

#include "base/bytes.h"

namespace nfstriage::unwind {
namespace {

constexpr std::uint64_t kUnknownStack = 16 * 1024;  // THREAD_SIZE and IRQ_STACK_SIZE without KASAN
constexpr std::size_t kMaxSwitches = 8;             // more stacks than a CPU can be nested in
constexpr std::uint64_t kPage = 4096;

struct CpuView {
    const dump::Memory& memory;
    const layout::Types& types;
    const layout::Symbols& symbols;
    std::uint64_t offset;  // of this CPU's per-CPU area

    // The pointer that the per-CPU variable `name` holds.
    std::optional<VAddr> pointer(std::string_view name, std::uint64_t into = 0) const {
        auto symbol = symbols.address(name);
        if (!symbol) return std::nullopt;
        auto value = memory.pointer(VAddr{symbol->value + offset + into});
        if (!value || value->is_null()) return std::nullopt;
        return *value;
    }
};

std::optional<CpuView> view_of(const dump::Memory& memory, const layout::Types& types,
                               const layout::Symbols& symbols, unsigned cpu) {
    auto table = symbols.address("__per_cpu_offset");
    if (!table) return std::nullopt;
    auto offset = memory.u64(*table + std::uint64_t{cpu} * 8);
    if (!offset) return std::nullopt;
    return CpuView{memory, types, symbols, *offset};
}

void add(std::vector<StackRegion>& out, VAddr begin, std::uint64_t size, StackKind kind,
         std::string name) {
    auto end = checked_add(begin.value, size);
    if (!end || size == 0 || size > (1 << 20)) return;
    out.push_back({begin, {*end}, kind, std::move(name)});
}

// The pointer stands a few words below the end of the stack (8 bytes; 64 before v5.1).
void add_below(std::vector<StackRegion>& out, VAddr top, std::uint64_t size, StackKind kind,
               std::string name) {
    std::uint64_t end = (top.value + kPage - 1) & ~(kPage - 1);
    if (end < size) return;
    add(out, VAddr{end - size}, size, kind, std::move(name));
}

void x86_irq_stack(std::vector<StackRegion>& out, const CpuView& cpu) {
    std::optional<VAddr> top = cpu.pointer("hardirq_stack_ptr");  // v5.8, and again since v6.15
    if (!top) {
        auto into = cpu.types.offset_of("struct pcpu_hot", "hardirq_stack_ptr");  // v6.2 to v6.14
        if (into) top = cpu.pointer("pcpu_hot", *into);
    }
    if (!top) top = cpu.pointer("irq_stack_ptr");  // before v5.8
    if (!top) return;
    auto size = cpu.types.size_of("struct irq_stack");
    if (!size) size = cpu.types.size_of("union irq_stack_union");
    add_below(out, *top, size.value_or(kUnknownStack), StackKind::irq, "hardirq");
}

void x86_exception_stacks(std::vector<StackRegion>& out, const CpuView& cpu) {
    // v5.1 and later: one structure in the CPU entry area, guard pages between the stacks.
    struct Named {
        std::string_view member, name;
    };
    constexpr std::array<Named, 6> kStacks{{{"DF_stack", "#DF"},
                                            {"NMI_stack", "NMI"},
                                            {"DB_stack", "#DB"},
                                            {"MCE_stack", "#MC"},
                                            {"VC_stack", "#VC"},
                                            {"VC2_stack", "#VC2"}}};
    if (auto area = cpu.pointer("cea_exception_stacks")) {
        for (const Named& stack : kStacks) {
            auto member = cpu.types.member("struct cea_exception_stacks", stack.member);
            if (member)
                add(out, *area + member->offset, member->type.size, StackKind::exception,
                    std::string(stack.name));
        }
        return;
    }
    // Before: orig_ist.ist[] holds the top of each; one page each, #DB larger and so cut short.
    auto ist = cpu.symbols.address("orig_ist");
    if (!ist) return;
    for (std::uint64_t i = 0; i < 7; ++i) {
        auto top = cpu.memory.pointer(VAddr{ist->value + cpu.offset + i * 8});
        if (top && top->value % kPage == 0 && top->value > kPage)
            add(out, *top - kPage, kPage, StackKind::exception, "IST");
    }
}

void arm_stacks(std::vector<StackRegion>& out, const CpuView& cpu, std::uint64_t thread_size) {
    struct Named {
        std::string_view symbol;
        StackKind kind;
        std::string_view name;
    };
    constexpr std::array<Named, 3> kPointers{
        {{"irq_stack_ptr", StackKind::irq, "irq"},
         {"sdei_stack_normal_ptr", StackKind::sdei, "SDEI"},
         {"sdei_stack_critical_ptr", StackKind::sdei, "SDEI critical"}}};
    for (const Named& stack : kPointers)
        if (auto base = cpu.pointer(stack.symbol))
            add(out, *base, thread_size, stack.kind, std::string(stack.name));
    if (auto base = cpu.symbols.address("overflow_stack"))
        add(out, VAddr{base->value + cpu.offset}, kPage, StackKind::overflow, "overflow");
}

}  // namespace

std::string_view to_string(StackKind kind) {
    switch (kind) {
        case StackKind::task:
            return "task";
        case StackKind::irq:
            return "irq";
        case StackKind::softirq:
            return "softirq";
        case StackKind::exception:
            return "exception";
        case StackKind::overflow:
            return "overflow";
        case StackKind::sdei:
            return "sdei";
        case StackKind::unknown:
            break;
    }
    return "unknown";
}

std::uint64_t thread_size(const layout::Types& types, Arch arch, std::uint64_t page_size) {
    auto size = types.size_of("union thread_union");
    // x86_64 gives both kinds of stacks the same order of pages.
    if (!size && arch == Arch::x86_64) size = types.size_of("struct irq_stack");
    if (size && *size >= kPage && *size <= (1 << 20)) return *size;
    return arch == Arch::aarch64 && page_size > kUnknownStack ? page_size : kUnknownStack;
}

std::vector<StackRegion> cpu_stacks(const dump::Memory& memory, const layout::Types& types,
                                    const layout::Symbols& symbols, Arch arch, unsigned cpu,
                                    std::uint64_t thread_size) {
    std::vector<StackRegion> out;
    auto view = view_of(memory, types, symbols, cpu);
    if (!view) return out;
    if (arch == Arch::x86_64) {
        x86_irq_stack(out, *view);
        x86_exception_stacks(out, *view);
    } else if (arch == Arch::aarch64) {
        arm_stacks(out, *view, thread_size);  // IRQ_STACK_SIZE and SDEI_STACK_SIZE are THREAD_SIZE
    }
    return out;
}

StackTrack::StackTrack(std::vector<StackRegion> regions, VAddr start)
    : regions_(std::move(regions)), entered_(start), position_(start) {}

const StackRegion* StackTrack::region_of(VAddr address) const {
    for (const StackRegion& region : regions_)
        if (region.contains(address)) return &region;
    // The position may stand just behind the last word, as at a kernel thread's first frame.
    for (const StackRegion& region : regions_)
        if (region.end == address) return &region;
    return nullptr;
}

const StackRegion* StackTrack::region() const { return region_of(position_); }

VAddr StackTrack::limit() const {
    if (const StackRegion* current = region()) return current->end;
    return {checked_add(position_.value, kUnknownStack).value_or(UINT64_MAX)};
}

Maybe<void> StackTrack::advance(VAddr next) {
    if (next.value % 8 != 0)
        return unknown(Reason::corrupt, "stack position " + hex(next) + " is not aligned");
    const StackRegion* from = region_of(position_);
    const StackRegion* to = region_of(next);
    bool same = from != nullptr
                    ? from == to
                    : to == nullptr && next >= position_ && next - position_ < kUnknownStack;
    if (same) {
        if (next <= position_)
            return unknown(Reason::corrupt,
                           "stack position " + hex(next) + " does not lie above " + hex(position_));
        position_ = next;
        return {};
    }
    if (from != nullptr && from->kind == StackKind::task)
        return unknown(Reason::corrupt, "stack position " + hex(next) + " leaves the task's stack");
    if (left_.size() >= kMaxSwitches)
        return unknown(Reason::corrupt, "more stack switches than a CPU has stacks");
    left_.push_back(from != nullptr ? *from
                                    : StackRegion{entered_, position_ + 8, StackKind::unknown, {}});
    for (const StackRegion& old : left_) {
        if (old.contains(next))
            return unknown(Reason::corrupt, "the stack at " + hex(next) + " was left before");
    }
    entered_ = position_ = next;
    return {};
}

}  // namespace nfstriage::unwind
