// Searching stacks for the call into the capture kernel.
#include "unwind/kexec_call.h"

#include <algorithm>
#include <array>

namespace nfstriage::unwind {
namespace {

constexpr std::size_t kMaxCandidates = 8;

struct Range {
    VAddr begin, end;
};

// Below the fault on its own stack, then the stacks that its handler may have switched to.
std::vector<Range> ranges(const Kernel& kernel, const Start& fault, VAddr sp) {
    std::vector<StackRegion> regions = fault.stacks;
    if (fault.task_stack)
        regions.push_back(
            {*fault.task_stack, *fault.task_stack + fault.thread_size, StackKind::task, "task"});
    std::vector<Range> out;
    for (const StackRegion& region : regions)
        if (region.contains(sp)) out.push_back({region.begin, sp});
    // Stacks are aligned to their size where the kernel maps them one by one (VMAP_STACK).
    if (out.empty()) out.push_back({VAddr{sp.value - sp.value % kernel.thread_size}, sp});
    for (const StackRegion& region : regions)
        if (!region.contains(sp) && region.kind != StackKind::task)
            out.push_back({region.begin, region.end});
    return out;
}

}  // namespace

std::vector<Start> calls_to_kexec(const Kernel& kernel, const Start& fault, Budget& budget) {
    std::vector<Start> out;
    std::vector<VAddr> targets;
    for (std::string_view name : {"machine_kexec", "__crash_kexec"})
        if (auto address = kernel.symbols.address(name)) targets.push_back(*address);
    auto sp = fault.registers.sp(kernel.arch);
    if (!sp || targets.empty()) return out;

    for (const Range& range : ranges(kernel, fault, VAddr{*sp})) {
        for (VAddr at = range.begin; at < range.end; at = at + 8) {
            if (at.value % 128 == 0 && !budget.spend()) return out;
            auto word = kernel.memory.pointer(at);
            if (!word) {  // nothing more of this page
                at = VAddr{(at.value | 4095) - 7};
                continue;
            }
            VAddr back = kernel.strip(*word);
            if (back.value < 4096) continue;  // most words of a stack that is not in use
            if (!kernel.symbols.is_text(back)) continue;
            auto site = call_before(kernel.memory, kernel.arch, back);
            bool hit = site && site->target &&
                       std::find(targets.begin(), targets.end(), *site->target) != targets.end();
            if (!hit) continue;
            Start start = fault;
            start.precise = false;
            start.registers = {};
            if (kernel.arch == Arch::aarch64) {
                auto next = kernel.memory.u64(at - 8);
                if (!next) continue;
                start.registers.set("x29", *next);
                start.registers.set("sp", at.value + 8);
                start.registers.set("pc", back.value);
            } else {
                start.registers.set("rsp", at.value + 8);
                start.registers.set("rip", back.value);
            }
            out.push_back(std::move(start));
            if (out.size() >= kMaxCandidates) return out;
        }
    }
    return out;
}

}  // namespace nfstriage::unwind
