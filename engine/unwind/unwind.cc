// The unwinder's front: gathers tables and layouts once, begins a walk, starts sleeping tasks.
#include "unwind/unwind.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>
#include <vector>

#include "unwind/kexec_call.h"
#include "unwind/walk.h"

namespace nfstriage::unwind {
namespace {

// A register by our name, and the member that holds it while a task sleeps.
struct Saved {
    std::string_view ours, kernel;
};

// Where a sleeping task keeps what its stack begins with. Asked for once: there are many tasks.
struct SavedPlaces {
    struct Register {
        std::string_view ours;
        Maybe<std::uint64_t> offset;
        bool optional = false;
    };
    Maybe<std::uint64_t> stack = unknown(Reason::no_type);
    Maybe<std::uint64_t> sp = unknown(Reason::no_type), frame_size = sp;  // of x86_64
    std::vector<Register> registers;
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

SavedPlaces saved_places(const layout::Types& types, Arch arch) {
    SavedPlaces places;
    places.stack = types.offset_of("struct task_struct", "stack");
    auto add = [&](std::string_view type, const std::string& prefix, auto& names) {
        for (const Saved& saved : names)
            // Some releases save the flags, most do not.
            places.registers.push_back({saved.ours,
                                        types.offset_of(type, prefix + std::string(saved.kernel)),
                                        saved.kernel == "flags"});
    };
    if (arch == Arch::aarch64) {
        add("struct task_struct", "thread.cpu_context.", kCpuContext);
    } else if (arch == Arch::x86_64) {
        places.sp = types.offset_of("struct task_struct", "thread.sp");
        places.frame_size = types.size_of("struct inactive_task_frame");
        add("struct inactive_task_frame", "", kInactive);
    }
    return places;
}

}  // namespace

struct Unwinder::Parts {
    Kernel kernel;
    std::optional<SavedPlaces> saved = std::nullopt;
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
    if (!parts_->saved) parts_->saved = saved_places(kernel.types, kernel.arch);
    const SavedPlaces& places = *parts_->saved;
    if (places.stack) {
        auto base = kernel.memory.pointer(task + *places.stack);
        if (base && !base->is_null()) start.task_stack = *base;
    }
    auto copy = [&](VAddr base) -> Maybe<void> {
        for (const SavedPlaces::Register& saved : places.registers) {
            if (!saved.offset && saved.optional) continue;
            if (!saved.offset) return tl::unexpected<Unknown>(saved.offset.error());
            auto value = kernel.memory.u64(base + *saved.offset);
            if (!value) return tl::unexpected<Unknown>(value.error());
            start.registers.set(saved.ours, *value);
        }
        return {};
    };
    if (kernel.arch == Arch::aarch64) {
        auto done = copy(task);
        if (!done) return tl::unexpected<Unknown>(done.error());
        return start;
    }
    if (kernel.arch != Arch::x86_64) return unknown(Reason::unsupported_arch, "sleeping tasks");
    if (!places.sp) return tl::unexpected<Unknown>(places.sp.error());
    auto frame = kernel.memory.pointer(task + *places.sp);
    if (!frame) return tl::unexpected<Unknown>(frame.error());
    if (!places.frame_size) return tl::unexpected<Unknown>(places.frame_size.error());
    auto done = copy(*frame);
    if (!done) return tl::unexpected<Unknown>(done.error());
    start.registers.set("rsp", frame->value + *places.frame_size);
    return start;
}

}  // namespace nfstriage::unwind
