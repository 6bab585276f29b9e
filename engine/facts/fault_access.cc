#include "facts/fault_access.h"

#include <fmt/format.h>

#include "arguments/call_target.h"
#include "kernel/member.h"

namespace nfstriage::facts {
namespace {

bool is_fault(CrashKind kind) {
    return kind == CrashKind::null_deref || kind == CrashKind::paging_request ||
           kind == CrashKind::gpf || kind == CrashKind::unaligned;
}

void fill(Fault& fault, const arguments::FaultingAccess& found) {
    if (!fault.address) fault.address = found.access.address;
    bool is_fetch = found.access.kind == arguments::AccessKind::execute;
    if (!fault.access || is_fetch) fault.access = to_string(found.access.kind);
    fault.instruction = found.instruction;
    fault.operand = found.access.operand;
    if (found.access.size != 0) fault.size = found.access.size;
    fault.expression = found.expression;
    fault.object = found.object.empty() ? found.access.base_name : found.object;
    fault.type = found.type;
    fault.member = found.member;
    fault.origin = found.origin;
    fault.pointer = found.access.base_value;
    if (found.access.base_value || is_fetch) {
        fault.pointer_kind = to_string(found.base.kind);
        fault.pointer_words = found.base.sentence();
    }
    fault.sentence = found.sentence();
}

void fill(std::optional<CallTarget>& to, const arguments::CallTarget& found) {
    CallTarget target;
    target.through = found.through;
    target.expression = found.expression;
    target.address = found.address;
    target.function = found.function;
    target.module = found.module;
    target.offset = found.offset;
    target.has_happened = found.has_happened;
    to = std::move(target);
}

// A report that is lost leaves the address in the task: thread.cr2 (arch/x86/mm/fault.c),
// thread.fault_address (arch/arm64/mm/fault.c). It stays there from older faults too, so that it
// counts only where the instruction agrees.
std::optional<std::uint64_t> noted_address(const Crash& crash, const dump::Dump& dump,
                                           const layout::Types& types) {
    if (crash.fault.address || !crash.task.address) return crash.fault.address;
    for (std::string_view member : {"thread.cr2", "thread.fault_address"})
        if (auto value = kernel::read_member(dump.memory(), types, "struct task_struct", member,
                                             *crash.task.address))
            return *value;
    return std::nullopt;
}

// The stack that shows the crash: its own, else that of the panic.
const Stack* stack_of_crash(const Scene& scene) {
    const Stack* stack = scene.stack(StackRole::crash);
    return stack != nullptr ? stack : scene.stack(StackRole::panic);
}

// Where the innermost function returns to, if the unwinder found its caller.
std::optional<VAddr> return_address(const Stack* stack, VAddr pc) {
    if (stack == nullptr) return std::nullopt;
    for (std::size_t i = 0; i + 1 < stack->frames.size(); ++i) {
        const Frame& frame = stack->frames[i];
        if (frame.inlined || frame.address != pc.value) continue;
        for (std::size_t next = i + 1; next < stack->frames.size(); ++next) {
            const Frame& caller = stack->frames[next];
            if (caller.inlined && caller.address == frame.address) continue;
            if (caller.address) return VAddr{*caller.address};
            return std::nullopt;
        }
    }
    return std::nullopt;
}

}  // namespace

std::string sentence(const CallTarget& target) {
    std::string out = target.has_happened ? "called " : "about to call ";
    if (target.function.empty()) {
        out += hex(target.address);
    } else {
        out += target.function;
        if (target.offset != 0) out += fmt::format(" + {:#x}", target.offset);
        if (!target.module.empty()) out += " [" + target.module + "]";
    }
    if (!target.through.empty()) out += " through " + target.through;
    if (!target.expression.empty()) out += " (" + target.expression + ")";
    return out;
}

void add_fault(Scene& scene, const arguments::AccessReaders& readers) {
    if (!scene.crash) return;
    Crash& crash = *scene.crash;
    auto pc = crash.registers.pc(readers.code.arch());
    if (!pc) return;
    VAddr at{*pc};
    if (auto target = arguments::call_target(readers, crash.registers, at,
                                             return_address(stack_of_crash(scene), at)))
        fill(crash.call_target, *target);
    if (!is_fault(crash.kind)) return;
    auto noted = noted_address(crash, readers.dump, readers.types);
    auto found = arguments::faulting_access(readers, crash.registers, at, noted);
    if (!found && !crash.fault.address)
        found = arguments::faulting_access(readers, crash.registers, at, std::nullopt);
    if (found) fill(crash.fault, *found);
}

void add_fault(Crash& crash, const log::Event& event) {
    if (!event.arch) return;
    Registers registers = event.registers;
    // An address without a symbol is printed instead of one: the processor went astray.
    if (event.top && event.top->function.empty() && event.top->address)
        registers.set(*event.arch == Arch::x86_64 ? "rip" : "pc", *event.top->address);
    ByteSpan bytes;
    if (event.code && event.code->fault < event.code->bytes.size())
        bytes = ByteSpan(event.code->bytes).subspan(event.code->fault);
    isa::Decoder decoder(*event.arch);
    std::string_view function = event.top ? std::string_view(event.top->function) : "";
    if (auto target = arguments::call_target(decoder, function, bytes, registers))
        fill(crash.call_target, *target);
    if (!is_fault(event.kind)) return;
    if (auto found = arguments::faulting_access(decoder, bytes, registers, event.fault_address))
        fill(crash.fault, *found);
}

}  // namespace nfstriage::facts
