// The unwinder's front: gathers tables and layouts once, begins a walk, starts sleeping tasks.
#include "unwind/unwind.h"

#include <algorithm>
#include <array>
#include <utility>

#include "unwind/kexec_call.h"
#include "unwind/walk.h"

namespace nfstriage::unwind {
namespace {

// A register by our name, and the member that holds it while a task sleeps.
struct Saved {
    std::string_view ours, kernel;
};

constexpr std::array<Saved, 8> kInactive{{{"r15", "r15"},
                                          {"r14", "r14"},
                                          {"r13", "r13"},
                                          {"r12", "r12"},
                                          {"rbx", "bx"},
                                          {"rbp", "bp"},
                                          {"eflags", "flags"},
                                          {"rip", "ret_addr"}}};

constexpr std::array<Saved, 13> kCpuContext{{{"x19", "x19"},
                                             {"x20", "x20"},
                                             {"x21", "x21"},
                                             {"x22", "x22"},
                                             {"x23", "x23"},
                                             {"x24", "x24"},
                                             {"x25", "x25"},
                                             {"x26", "x26"},
                                             {"x27", "x27"},
                                             {"x28", "x28"},
                                             {"x29", "fp"},
                                             {"sp", "sp"},
                                             {"pc", "pc"}}};

Kernel kernel_of(const dump::Memory& memory, const layout::Types& types,
                 const layout::Symbols& symbols, Options options) {
    auto layout = OrcLayout::from(types);
    auto vmlinux = vmlinux_orc_tables(symbols, layout);
    std::vector<OrcTable> tables = std::move(options.modules);
    auto text = symbols.address("_stext");
    bool by_orc = vmlinux.has_value() ||
                  (options.code != nullptr && text && options.code->orc(*text).has_value());
    if (vmlinux) tables.insert(tables.end(), vmlinux->begin(), vmlinux->end());
    return {memory,
            types,
            symbols,
            options.arch,
            PtRegsLayout::from(types, options.arch),
            OrcTables(memory, layout, std::move(tables)),
            by_orc,
            options.code,
            ReturnHooks(memory, types, symbols),
            options.pac_mask,
            options.max_frames,
            thread_size(types, options.arch, options.page_size)};
}

}  // namespace

struct Unwinder::Parts {
    Kernel kernel;
};

Unwinder::Unwinder(const dump::Memory& memory, const layout::Types& types,
                   const layout::Symbols& symbols, Options options)
    : parts_(new Parts{kernel_of(memory, types, symbols, std::move(options))}) {}

Unwinder::~Unwinder() = default;

Result Unwinder::unwind(const Start& start, Budget& budget) const {
    Result result;
    Walk walk(parts_->kernel, start, budget, result);
    switch (parts_->kernel.arch) {
        case Arch::x86_64:
            unwind_x86_64(walk);
            break;
        case Arch::aarch64:
            unwind_aarch64(walk);
            break;
        default:
            walk.stop({Reason::unsupported_arch, "unwinding"});
    }
    return result;
}

Start Unwinder::on_cpu(Registers registers, std::optional<unsigned> cpu,
                       const kernel::TaskInfo* current) const {
    const Kernel& kernel = parts_->kernel;
    Start start;
    start.registers = std::move(registers);
    start.thread_size = kernel.thread_size;
    if (cpu)
        start.stacks = cpu_stacks(kernel.memory, kernel.types, kernel.symbols, kernel.arch, *cpu,
                                  kernel.thread_size);
    if (current != nullptr) {
        start.task = current->address;
        start.task_stack = current->stack;
    }
    return start;
}

std::optional<Start> Unwinder::below_fault(const Start& fault, Budget& budget) const {
    const Kernel& kernel = parts_->kernel;
    auto pc = fault.registers.pc(kernel.arch);
    auto sp = fault.registers.sp(kernel.arch);
    if (!pc || !sp) return std::nullopt;
    for (const Start& candidate : calls_to_kexec(kernel, fault, budget)) {
        Result result = unwind(candidate, budget);
        auto reached = std::find_if(
            result.interrupted.begin(), result.interrupted.end(), [&](const InterruptedContext& c) {
                return c.registers.pc(kernel.arch) == pc && c.registers.sp(kernel.arch) == sp;
            });
        if (reached == result.interrupted.end()) continue;
        // From an old stack word a search upwards may get there as well.
        bool searched =
            std::any_of(result.frames.begin(),
                        result.frames.begin() + static_cast<std::ptrdiff_t>(reached->frame),
                        [](const Frame& frame) { return frame.trust >= Trust::scan; });
        if (!searched) return candidate;
    }
    return std::nullopt;
}

Maybe<Start> Unwinder::sleeping(VAddr task) const {
    const Kernel& kernel = parts_->kernel;
    Start start;
    start.precise = false;
    start.task = task;
    start.thread_size = kernel.thread_size;
    if (auto stack = kernel.types.offset_of("struct task_struct", "stack")) {
        auto base = kernel.memory.pointer(task + *stack);
        if (base && !base->is_null()) start.task_stack = *base;
    }
    auto copy = [&](VAddr base, std::string_view type, std::string_view prefix,
                    auto& names) -> Maybe<void> {
        for (const Saved& saved : names) {
            auto offset =
                kernel.types.offset_of(type, std::string(prefix) + std::string(saved.kernel));
            bool optional = saved.kernel == "flags";  // some releases save it, most do not
            if (!offset && optional) continue;
            if (!offset) return tl::unexpected<Unknown>(offset.error());
            auto value = kernel.memory.u64(base + *offset);
            if (!value) return tl::unexpected<Unknown>(value.error());
            start.registers.set(saved.ours, *value);
        }
        return {};
    };
    if (kernel.arch == Arch::aarch64) {
        auto done = copy(task, "struct task_struct", "thread.cpu_context.", kCpuContext);
        if (!done) return tl::unexpected<Unknown>(done.error());
        return start;
    }
    if (kernel.arch != Arch::x86_64) return unknown(Reason::unsupported_arch, "sleeping tasks");
    auto at = kernel.types.offset_of("struct task_struct", "thread.sp");
    if (!at) return tl::unexpected<Unknown>(at.error());
    auto frame = kernel.memory.pointer(task + *at);
    if (!frame) return tl::unexpected<Unknown>(frame.error());
    auto size = kernel.types.size_of("struct inactive_task_frame");
    if (!size) return tl::unexpected<Unknown>(size.error());
    auto done = copy(*frame, "struct inactive_task_frame", "", kInactive);
    if (!done) return tl::unexpected<Unknown>(done.error());
    start.registers.set("rsp", frame->value + *size);
    return start;
}

}  // namespace nfstriage::unwind
