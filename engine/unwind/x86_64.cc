// Unwinding x86_64: by ORC (arch/x86/kernel/unwind_orc.c), in kernels without ORC by frame pointers
// (unwind_frame.c), and where either fails by the call frame information of a profile, by a frame
// pointer that proves itself, or by looking for a return address on the stack. Stack switches need
// no code of their own: the ORC entries of the entry code lead through the saved stack pointer or
// the saved registers.
// We promise: what a step relies on is checked (alignment, order of stacks, selectors of saved
// registers); everything behind a weaker step is trusted no more than that step.
#include <array>
#include <utility>

#include "unwind/prologue.h"
#include "unwind/walk.h"

namespace nfstriage::unwind {
namespace {

constexpr std::uint64_t kTextMapping = 0xffffffff80000000;  // vmlinux, modules, BPF, trampolines
constexpr std::uint64_t kScanWords = 1024;   // as far as a scan looks for a return address
constexpr std::uint64_t kMatchWords = 128;   // and goes on looking for a better one
constexpr std::uint64_t kPrologue = 64;      // bytes in which a function sets up its frame
constexpr std::uint64_t kStackPadding = 16;  // above the pt_regs of a task, with FRED (v6.9)

class X86 {
public:
    explicit X86(Walk& walk)
        : walk_(walk), kernel_(walk.kernel()), track_(regions(walk.start()), sp_of(walk.start())) {
        place_.registers = walk.start().registers;
        place_.precise = walk.start().precise;
        place_.trust = place_.precise           ? Trust::registers
                       : kernel_.unwinds_by_orc ? Trust::orc
                                                : Trust::frame_pointer;
    }

    void run() {
        auto pc = place_.registers.get("rip");
        if (!pc || !place_.registers.get("rsp")) {
            walk_.stop({Reason::corrupt, "neither rip nor rsp to begin with"});
            return;
        }
        place_.pc = {*pc};
        bool user =
            from_user_mode(place_.registers, Arch::x86_64).value_or(*pc >> 63 == 0 && *pc >= 4096);
        if (place_.precise && user) {
            walk_.finish("the CPU was in user mode");
            return;
        }
        // A task that was created and never ran returns to the beginning of ret_from_fork.
        if (!place_.precise && is_fork_start(place_.pc)) place_.precise = true;
        while (walk_.push(place_) && step()) {
        }
    }

private:
    enum class Outcome { next, done, failed };

    static std::vector<StackRegion> regions(const Start& start) {
        std::vector<StackRegion> all = start.stacks;
        if (start.task_stack)
            all.push_back({*start.task_stack, *start.task_stack + start.thread_size,
                           StackKind::task, "task"});
        return all;
    }
    static VAddr sp_of(const Start& start) { return {start.registers.get("rsp").value_or(0)}; }

    std::uint64_t sp() const { return place_.registers.get("rsp").value_or(0); }

    bool is_fork_start(VAddr pc) const {
        for (std::string_view name : {"ret_from_fork", "ret_from_fork_asm"})
            if (auto address = kernel_.symbols.address(name); address && *address == pc)
                return true;
        return false;
    }

    Outcome fail(Unknown why) {
        if (!why_) why_ = std::move(why);
        return Outcome::failed;
    }

    // To the caller of place_; false when the walk is over.
    bool step() {
        why_.reset();
        if (lost_) {
            walk_.stop(*lost_);
            return false;
        }
        Outcome outcome = Outcome::failed;
        if (kernel_.hooks.is_hook(place_.pc)) return conclude(by_scan());
        if (place_.precise && !kernel_.symbols.is_text(place_.pc)) outcome = by_call_just_made();
        if (outcome == Outcome::failed) outcome = kernel_.unwinds_by_orc ? by_orc() : by_chain();
        if (outcome == Outcome::failed) outcome = by_cfi();
        if (outcome == Outcome::failed) outcome = by_prologue();
        if (outcome == Outcome::failed && kernel_.unwinds_by_orc)
            outcome = by_proven_frame_pointer();
        return conclude(outcome == Outcome::failed ? by_scan() : outcome);
    }

    bool conclude(Outcome outcome) {
        if (outcome == Outcome::failed)
            walk_.stop(why_.value_or(Unknown{Reason::corrupt, "no way to the caller"}));
        return outcome == Outcome::next;
    }

    // A call through a bad pointer: the return address was pushed, nothing else happened.
    Outcome by_call_just_made() {
        auto back = kernel_.memory.pointer(VAddr{sp()});
        if (!back) return fail(back.error());
        if (!kernel_.is_return_address(*back, false)) return Outcome::failed;
        auto moved = track_.advance(VAddr{sp() + 8});
        if (!moved) return fail(moved.error());
        return caller(*back, sp() + 8, place_.registers.get("rbp"), Trust::orc);
    }

    Maybe<OrcEntry> orc_entry() const {
        VAddr inside = place_.precise ? place_.pc : place_.pc - 1;
        auto entry = kernel_.orc_at(inside);
        if (entry || entry.error().reason != Reason::no_symbol) return entry;
        auto original = ftrace_original(kernel_.memory, kernel_.types, kernel_.symbols, inside);
        return original ? kernel_.orc_at(*original) : entry;
    }

    Outcome by_orc() {
        auto entry = orc_entry();
        if (!entry) return fail(entry.error());
        if (entry->type == OrcType::end_of_stack) {
            walk_.finish("the stack begins here");
            return Outcome::done;
        }
        if (entry->type == OrcType::undefined)
            return fail({Reason::no_symbol, "ORC does not describe " + hex(place_.pc)});
        auto base = caller_sp(*entry);
        if (!base) return fail(base.error());
        if (entry->type == OrcType::call) return call_step(*entry, *base);
        return regs_step(*entry, *base);
    }

    Maybe<std::uint64_t> known(std::string_view name) const {
        if (auto value = place_.registers.get(name)) return *value;
        return unknown(Reason::no_symbol,
                       "ORC needs " + std::string(name) + " at " + hex(place_.pc));
    }

    // The caller's stack pointer, or where the saved registers stand.
    Maybe<std::uint64_t> caller_sp(const OrcEntry& entry) const {
        auto offset = static_cast<std::uint64_t>(std::int64_t{entry.sp_offset});
        switch (entry.sp_reg) {
            case OrcRegister::sp:
                return sp() + offset;
            case OrcRegister::bp:
                return known("rbp").map([&](auto bp) { return bp + offset; });
            // The offset is behind the dereference since aa3d60e05011 (v5.13); it was 0 before.
            case OrcRegister::sp_indirect:
                return kernel_.memory.u64(VAddr{sp()}).map([&](auto top) { return top + offset; });
            case OrcRegister::bp_indirect:
                return known("rbp").and_then(
                    [&](auto bp) { return kernel_.memory.u64(VAddr{bp + offset}); });
            case OrcRegister::r10:
                return known("r10");
            case OrcRegister::r13:
                return known("r13");
            case OrcRegister::di:
                return known("rdi");
            case OrcRegister::dx:
                return known("rdx");
            default:
                break;
        }
        return unknown(Reason::corrupt, "ORC entry at " + hex(place_.pc) + " has no stack pointer");
    }

    // rbp of the caller; nothing when the word it was saved in is not in the dump.
    std::optional<std::uint64_t> caller_bp(const OrcEntry& entry, std::uint64_t base,
                                           std::optional<std::uint64_t> same) const {
        auto offset = static_cast<std::uint64_t>(std::int64_t{entry.bp_offset});
        Maybe<std::uint64_t> saved = 0;
        if (entry.bp_reg == OrcRegister::prev_sp) {
            saved = kernel_.memory.u64(VAddr{base + offset});
        } else if (entry.bp_reg == OrcRegister::bp) {
            saved = known("rbp").and_then(
                [&](auto bp) { return kernel_.memory.u64(VAddr{bp + offset}); });
        } else {
            return same;
        }
        return saved ? std::optional<std::uint64_t>(*saved) : std::nullopt;
    }

    Outcome call_step(const OrcEntry& entry, std::uint64_t base) {
        auto back = kernel_.memory.pointer(VAddr{base - 8});
        if (!back) return fail(back.error());
        if (back->value < kTextMapping)
            return fail(
                {Reason::corrupt, "return address at " + hex(base - 8) + " is " + hex(*back)});
        auto bp = caller_bp(entry, base, place_.registers.get("rbp"));
        auto moved = track_.advance(VAddr{base});
        if (!moved) return fail(moved.error());
        return caller(*back, base, bp, Trust::orc);
    }

    Outcome regs_step(const OrcEntry& entry, std::uint64_t base) {
        bool full = entry.type == OrcType::regs;
        if (!full) return partial_step(base);
        auto registers = read_pt_regs(kernel_.memory, kernel_.regs, VAddr{base});
        if (!registers) return fail(registers.error());
        if (auto bp = caller_bp(entry, base, registers->get("rbp"))) registers->set("rbp", *bp);
        return enter(VAddr{base}, std::move(*registers), true, entry.signal);
    }

    // Only what the CPU pushed: rip, cs, eflags, rsp, ss. The other registers still hold.
    Outcome partial_step(std::uint64_t base) {
        constexpr std::array<std::string_view, 5> kPushed{"rip", "cs", "eflags", "rsp", "ss"};
        Registers registers = place_.registers;
        for (std::size_t i = 0; i < kPushed.size(); ++i) {
            auto value = kernel_.memory.u64(VAddr{base + i * 8});
            if (!value) return fail(value.error());
            registers.set(kPushed[i], *value);
        }
        return enter(VAddr{base}, std::move(registers), false, true);
    }

    // Out of an exception, interrupt or system call into what it interrupted.
    Outcome enter(VAddr address, Registers registers, bool full, bool precise) {
        bool user = from_user_mode(registers, Arch::x86_64).value_or(false);
        if (!user && !from_kernel_mode(registers, Arch::x86_64))
            return fail({Reason::corrupt, "no saved registers at " + hex(address)});
        if (address != track_.position()) {
            auto moved = track_.advance(address);
            if (!moved) return fail(moved.error());
        }
        if (user) {
            walk_.push_context(address, std::move(registers), full, true);
            walk_.finish("entered from user mode");
            return Outcome::done;
        }
        // A bad stack pointer may be the fault itself: the frame is shown, and is the last one.
        auto moved = track_.advance(VAddr{registers.get("rsp").value_or(0)});
        if (!moved) lost_ = moved.error();
        walk_.push_context(address, registers, full, false);
        place_ = {VAddr{registers.get("rip").value_or(0)}, precise,
                  full ? Trust::registers : Trust::orc, std::move(registers)};
        return Outcome::next;
    }

    // The place behind a call. track_ has been moved to `stack` already.
    Outcome caller(VAddr pc, std::uint64_t stack, std::optional<std::uint64_t> bp, Trust trust) {
        if (kernel_.hooks.is_hook(pc) && walk_.start().task) {
            auto original = kernel_.hooks.original(*walk_.start().task, VAddr{stack - 8});
            if (original) pc = *original;
        }
        // The trampoline that stands for a caller we cannot name is shown by its own name.
        bool hooked = kernel_.hooks.is_hook(pc);
        Registers registers;
        registers.set("rip", pc.value);
        registers.set("rsp", stack);
        if (bp) registers.set("rbp", *bp);
        place_ = {pc, hooked, trust, std::move(registers)};
        return Outcome::next;
    }

    // Kernels without ORC: every function links {rbp, return address}; entry code marks saved
    // registers by an odd rbp (ENCODE_FRAME_POINTER).
    Outcome by_chain() {
        // Where rbp is not set up yet, or never will be (assembly), the chain misses one caller.
        if (place_.precise) {
            Outcome early = by_unlinked_prologue();
            if (early != Outcome::failed) return early;
        }
        auto bp = known("rbp");
        if (!bp) return fail(bp.error());
        if (*bp & 1) return encoded_registers(VAddr{*bp & ~std::uint64_t{1}});
        if (*bp == 0) {
            walk_.finish("the chain of frame pointers ends here");
            return Outcome::done;
        }
        return frame_step(*bp, true);
    }

    Outcome by_unlinked_prologue() {
        auto start = kernel_.function_start(place_.pc);
        if (!start || place_.pc < *start) return Outcome::failed;
        std::uint64_t offset = place_.pc - *start;
        auto code = kernel_.memory.bytes(*start, offset < kPrologue ? offset : kPrologue);
        if (!code || read_prologue(ByteSpan{*code}, offset).frame_pointer) return Outcome::failed;
        return by_prologue();
    }

    // By what the function's first instructions put on the stack. Believed where the walk is still
    // among them, else when the word found is the return address of a call to this very function.
    Outcome by_prologue() {
        VAddr inside = place_.precise ? place_.pc : place_.pc - 1;
        auto start = kernel_.function_start(inside);
        if (!start || inside < *start) return Outcome::failed;
        std::uint64_t offset = place_.pc - *start;
        auto code = kernel_.memory.bytes(*start, offset < kPrologue ? offset : kPrologue);
        if (!code) return Outcome::failed;
        Prologue prologue = read_prologue(ByteSpan{*code}, offset);
        std::uint64_t slot = sp() + prologue.depth;
        auto back = kernel_.memory.pointer(VAddr{slot});
        if (!back) return fail(back.error());
        if (!kernel_.is_return_address(*back, false)) return Outcome::failed;
        auto site = call_before(kernel_.memory, Arch::x86_64, *back);
        bool confirmed = site && site->target && *site->target == *start;
        if (!confirmed && !(place_.precise && prologue.reached)) return Outcome::failed;
        std::optional<std::uint64_t> bp = place_.registers.get("rbp");
        if (prologue.rbp_depth) {
            auto saved = kernel_.memory.u64(VAddr{slot - *prologue.rbp_depth});
            bp = saved ? std::optional<std::uint64_t>(*saved) : std::nullopt;
        }
        auto moved = track_.advance(VAddr{slot + 8});
        if (!moved) return fail(moved.error());
        return caller(*back, slot + 8, bp, Trust::cfi);
    }

    // By the compiler's call frame information. Assembly has none that holds: the word found must
    // be a return address.
    Outcome by_cfi() {
        constexpr std::uint16_t kRbp = 6, kRsp = 7;  // DWARF numbers, x86_64 psABI table 3.36
        auto row = kernel_.cfi_at(place_.precise ? place_.pc : place_.pc - 1);
        if (!row || !row->cfa || (row->cfa->reg != kRbp && row->cfa->reg != kRsp))
            return Outcome::failed;
        auto base = place_.registers.get(row->cfa->reg == kRbp ? "rbp" : "rsp");
        const auto* saved = row->find(row->return_address);
        if (!base || saved == nullptr || saved->rule != layout::CfiRow::Rule::saved)
            return Outcome::failed;
        std::uint64_t frame = *base + static_cast<std::uint64_t>(row->cfa->offset);
        auto back =
            kernel_.memory.pointer(VAddr{frame + static_cast<std::uint64_t>(saved->offset)});
        if (!back) return fail(back.error());
        if (!kernel_.hooks.is_hook(*back) && !kernel_.is_return_address(*back, true))
            return fail({Reason::corrupt, "no return address below " + hex(frame)});
        std::optional<std::uint64_t> bp = place_.registers.get("rbp");
        if (const auto* rule = row->find(kRbp)) {
            Maybe<std::uint64_t> value = unknown(Reason::no_symbol);
            if (rule->rule == layout::CfiRow::Rule::saved)
                value = kernel_.memory.u64(VAddr{frame + static_cast<std::uint64_t>(rule->offset)});
            bp = value ? std::optional<std::uint64_t>(*value) : std::nullopt;
        }
        auto moved = track_.advance(VAddr{frame});
        if (!moved) return fail(moved.error());
        return caller(*back, frame, bp, Trust::cfi);
    }

    Outcome encoded_registers(VAddr address) {
        auto registers = read_pt_regs(kernel_.memory, kernel_.regs, address);
        if (!registers) return fail(registers.error());
        // A kernel thread's stack begins with registers that copy_thread() left mostly zero.
        const auto& start = walk_.start();
        std::uint64_t end = address.value + kernel_.regs.size;
        bool outermost = start.task_stack && end <= (*start.task_stack + start.thread_size).value &&
                         end + kStackPadding >= (*start.task_stack + start.thread_size).value;
        bool blank =
            registers->get("cs") == std::uint64_t{0} && registers->get("rip") == std::uint64_t{0};
        if (blank || (outermost && !from_user_mode(*registers, Arch::x86_64).value_or(false))) {
            walk_.finish("the kernel thread begins here");
            return Outcome::done;
        }
        return enter(address, std::move(*registers), true, true);
    }

    // In an ORC kernel rbp may hold anything: believed only if a call to this code stands there.
    Outcome by_proven_frame_pointer() {
        auto bp = place_.registers.get("rbp");
        if (!bp || *bp < sp() || VAddr{*bp} >= track_.limit()) return Outcome::failed;
        return frame_step(*bp, false);
    }

    Outcome frame_step(std::uint64_t bp, bool text_may_be_absent) {
        auto next = kernel_.memory.u64(VAddr{bp});
        if (!next) return fail(next.error());
        auto back = kernel_.memory.pointer(VAddr{bp + 8});
        if (!back) return fail(back.error());
        bool plausible = kernel_.hooks.is_hook(*back) ||
                         kernel_.is_return_address(*back, text_may_be_absent) ||
                         (text_may_be_absent && back->value >= kTextMapping);
        if (!plausible || (!text_may_be_absent && calls_another(*back)))
            return fail({Reason::corrupt, "no return address at " + hex(bp + 8)});
        auto moved = track_.advance(VAddr{bp + 16});
        if (!moved) return fail(moved.error());
        if (!text_may_be_absent) walk_.weaken(Trust::frame_pointer);
        return caller(*back, bp + 16, *next, Trust::frame_pointer);
    }

    // The call before `back` goes directly to a function other than the current one.
    bool calls_another(VAddr back) const {
        auto here = kernel_.function_start(place_.precise ? place_.pc : place_.pc - 1);
        auto site = call_before(kernel_.memory, Arch::x86_64, back);
        return here && site && site->target && *site->target != *here;
    }

    // Looks upwards for a return address: best the one behind a call to the current function, else
    // the first behind an indirect call, else the first at all.
    Outcome by_scan() {
        std::optional<VAddr> indirect, any, match;
        auto here = kernel_.function_start(place_.precise ? place_.pc : place_.pc - 1);
        for (std::uint64_t i = 0; i < kScanWords && !match; ++i) {
            VAddr at{sp() + i * 8};
            if (at >= track_.limit() || (any && i >= kMatchWords)) break;
            if (i % 16 == 0 && !walk_.spend(1)) return Outcome::done;
            auto word = kernel_.memory.pointer(at);
            if (!word) {
                fail(word.error());
                break;
            }
            if (!kernel_.is_return_address(*word, false)) continue;
            if (!any) any = at;
            auto site = call_before(kernel_.memory, Arch::x86_64, *word);
            bool direct = site && site->target && !is_thunk(*site->target);
            if (!direct && !indirect) indirect = at;
            if (!here || (direct && *site->target == *here)) match = at;
        }
        auto chosen = match ? match : indirect ? indirect : any;
        if (!chosen) return fail({Reason::corrupt, "no return address above " + hex(sp())});
        auto back = kernel_.memory.pointer(*chosen);
        if (!back) return fail(back.error());
        auto moved = track_.advance(*chosen + 8);
        if (!moved) return fail(moved.error());
        walk_.weaken(Trust::scan);
        return caller(*back, chosen->value + 8, std::nullopt, Trust::scan);
    }

    bool is_thunk(VAddr target) const {
        auto at = kernel_.symbols.find(target);
        return at && at->symbol.name.starts_with("__x86_indirect");
    }

    Walk& walk_;
    const Kernel& kernel_;
    StackTrack track_;
    Place place_;
    std::optional<Unknown> why_;   // why the first way to the caller failed
    std::optional<Unknown> lost_;  // there is no stack to go on with
};

}  // namespace

void unwind_x86_64(Walk& walk) { X86(walk).run(); }

}  // namespace nfstriage::unwind
