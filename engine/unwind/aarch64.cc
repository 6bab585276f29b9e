// Unwinding aarch64 (arch/arm64/kernel/stacktrace.c): every kernel function links a frame record
// {x29 of the caller, return address} into a chain that begins at x29 and crosses the interrupt,
// overflow and SDEI stacks by itself. Where an exception interrupted the kernel, the chain runs
// through a record inside of struct pt_regs: up to v6.12 it repeats the interrupted x29 and pc,
// since c2c6b27b5aa1 (v6.13) it is zero and followed by a type. Kernels with pointer authentication
// sign return addresses in the bits above the virtual address. We promise: signatures are removed;
// the caller that only x30 knows (a leaf function, or a frame that is not pushed yet) is shown;
// every record is checked before it is followed.
#include <utility>

#include "unwind/walk.h"

namespace nfstriage::unwind {
namespace {

constexpr std::uint64_t kScanWords = 1024;
constexpr std::uint64_t kRecordTypeFinal = 1;   // FRAME_META_TYPE_FINAL
constexpr std::uint64_t kRecordTypePtRegs = 2;  // FRAME_META_TYPE_PT_REGS

class Arm {
public:
    explicit Arm(Walk& walk)
        : walk_(walk),
          kernel_(walk.kernel()),
          track_(regions(walk.start()), first_position(walk.start())) {}

    void run() {
        const Start& start = walk_.start();
        auto pc = start.registers.get("pc");
        auto fp = start.registers.get("x29");
        if (!pc || !fp) {
            walk_.stop({Reason::corrupt, "neither pc nor x29 to begin with"});
            return;
        }
        if (start.precise && from_user_mode(start.registers, Arch::aarch64)
                                 .value_or(*pc >> 55 == 0 && *pc >= 4096)) {
            walk_.finish("the CPU was in user mode");
            return;
        }
        // A task that was created and never ran continues at the beginning of ret_from_fork.
        auto fork = kernel_.symbols.address("ret_from_fork");
        VAddr first{strip(*pc)};
        bool precise = start.precise || (fork && *fork == first);
        Registers registers = start.registers;
        registers.set("pc", first.value);
        if (!walk_.push({first, precise, start.precise ? Trust::registers : Trust::frame_record,
                         registers}))
            return;
        record_ = *fp;
        if (start.precise && !leaf_caller(first, registers)) return;
        while (step()) {
        }
    }

private:
    struct Record {
        VAddr at;
        std::uint64_t next = 0, raw = 0;  // the caller's x29, the return address as stored
    };

    static std::vector<StackRegion> regions(const Start& start) {
        std::vector<StackRegion> all = start.stacks;
        if (start.task_stack)
            all.push_back({*start.task_stack, *start.task_stack + start.thread_size,
                           StackKind::task, "task"});
        return all;
    }
    // The first record may stand at the stack pointer itself: begin one word below.
    static VAddr first_position(const Start& start) {
        auto sp = start.registers.get("sp");
        return {sp.value_or(start.registers.get("x29").value_or(8)) - 8};
    }

    std::uint64_t strip(std::uint64_t address) const { return kernel_.strip(VAddr{address}).value; }

    // One record; false when the walk is over.
    bool step() {
        auto record = read_record(VAddr{record_});
        if (!record) return rescan(record.error());
        if (record->next == 0 && record->raw == 0) return zero_record(*record);
        if (!kernel_.regs.has_record_type && is_exception(*record))
            return enter(VAddr{record_ - kernel_.regs.record});
        std::uint64_t pc = strip(record->raw);
        if (kernel_.hooks.is_hook(VAddr{pc}) && walk_.start().task) {
            auto original = kernel_.hooks.original(*walk_.start().task, VAddr{record->next});
            if (original) pc = strip(original->value);
        }
        if ((pc >> 55 & 1) == 0)
            return rescan(
                {Reason::corrupt, "frame record at " + hex(record->at) + " holds " + hex(pc)});
        return follow(pc, record->next, Trust::frame_record);
    }

    Maybe<Record> read_record(VAddr at) {
        auto next = kernel_.memory.u64(at);
        if (!next) return tl::unexpected<Unknown>(next.error());
        auto raw = kernel_.memory.u64(at + 8);
        if (!raw) return tl::unexpected<Unknown>(raw.error());
        auto moved = track_.advance(at);
        if (!moved) return tl::unexpected<Unknown>(moved.error());
        return Record{at, *next, *raw};
    }

    bool follow(std::uint64_t pc, std::uint64_t next, Trust trust) {
        Registers registers;
        registers.set("pc", pc);
        registers.set("x29", next);
        if (!walk_.push({VAddr{pc}, false, trust, std::move(registers)})) return false;
        // Up to v5.9 a task's chain ended in an x29 of zero.
        if (next == 0) {
            walk_.finish("the chain of frame records ends here");
            return false;
        }
        record_ = next;
        return true;
    }

    // The record of a struct pt_regs where the kernel interrupted itself (up to v6.12): both words
    // stand once more among the registers, and pstate is one that the kernel runs with.
    bool is_exception(const Record& record) const {
        if (record_ < kernel_.regs.record) return false;
        auto registers =
            read_pt_regs(kernel_.memory, kernel_.regs, VAddr{record_ - kernel_.regs.record});
        return registers && registers->get("pc") == record.raw &&
               registers->get("x29") == record.next && from_kernel_mode(*registers, Arch::aarch64);
    }

    // Without types: whether a zero record is a typed one of v6.13 and later.
    bool undescribed_exception(VAddr at) const {
        auto type = kernel_.memory.u64(at + 16);
        if (!type || *type != kRecordTypePtRegs) return false;
        auto registers =
            read_pt_regs(kernel_.memory, kernel_.regs, at - PtRegsLayout::kTypedRecord);
        return registers && from_kernel_mode(*registers, Arch::aarch64) &&
               kernel_.symbols.is_text(VAddr{registers->get("pc").value_or(0)});
    }

    bool zero_record(const Record& record) {
        VAddr saved{record.at.value - kernel_.regs.record};
        if (kernel_.regs.has_record_type) {
            auto type = kernel_.memory.u64(record.at + 16);
            if (!type) {
                walk_.stop(type.error());
                return false;
            }
            if (*type == kRecordTypePtRegs) return enter(saved);
            if (*type != kRecordTypeFinal) {
                walk_.stop({Reason::corrupt,
                            "frame record at " + hex(record.at) + " has type " + hex(*type)});
                return false;
            }
        }
        if (!kernel_.regs.described && undescribed_exception(record.at)) {
            return enter(record.at - PtRegsLayout::kTypedRecord);
        }
        // The outermost struct pt_regs: of the entry from user mode, or a kernel thread's blank
        // one.
        auto registers = read_pt_regs(kernel_.memory, kernel_.regs, saved);
        bool user = registers && registers->get("pc") != std::uint64_t{0} &&
                    from_user_mode(*registers, Arch::aarch64).value_or(false);
        if (user) walk_.push_context(saved, std::move(*registers), true, true);
        walk_.finish(user ? "entered from user mode" : "the stack begins here");
        return false;
    }

    // Out of an exception into the kernel code that it interrupted.
    bool enter(VAddr saved) {
        auto registers = read_pt_regs(kernel_.memory, kernel_.regs, saved);
        if (!registers) {
            walk_.stop(registers.error());
            return false;
        }
        if (!from_kernel_mode(*registers, Arch::aarch64)) {
            walk_.stop({Reason::corrupt, "no saved registers at " + hex(saved)});
            return false;
        }
        walk_.push_context(saved, *registers, true, false);
        VAddr pc{registers->get("pc").value_or(0)};
        if (!walk_.push({pc, true, Trust::registers, *registers})) return false;
        record_ = registers->get("x29").value_or(0);
        return leaf_caller(pc, *registers);
    }

    // The caller that only x30 names: the function at `pc` has no record of its own in the chain,
    // being a leaf or not having pushed it yet. Shown when x30 follows a call to this very
    // function, or an indirect call and `pc` is at the function's beginning or nowhere; and when
    // the chain does not hold it already. False when the walk is over.
    bool leaf_caller(VAddr pc, const Registers& registers) {
        auto x30 = registers.get("x30");
        if (!x30) return true;
        VAddr back{strip(*x30)};
        auto site = call_before(kernel_.memory, Arch::aarch64, back);
        if (!site || !site->is_call || !kernel_.symbols.is_text(back - 4)) return true;
        auto raw = kernel_.memory.u64(VAddr{record_ + 8});
        if (raw && strip(*raw) == back.value) return true;
        auto here = kernel_.function_start(pc);
        bool in_text = kernel_.symbols.is_text(pc);
        bool called = site->target && here && *here <= *site->target && *site->target <= pc &&
                      kernel_.function_start(*site->target) == here;
        bool entered = !site->target && (!in_text || (here && pc - *here < kEntry));
        // Call frame information says it outright: x30 still holds the return address, or not.
        if (auto row = kernel_.cfi_at(pc)) {
            called = row->find(row->return_address) == nullptr;
            entered = false;
        }
        if (!called && !entered) return true;
        Registers known;
        known.set("pc", back.value);
        known.set("x29", record_);
        return walk_.push({back, false, Trust::registers, std::move(known)});
    }

    // The chain is broken: looks upwards for two words that may be a record of it.
    bool rescan(const Unknown& why) {
        for (std::uint64_t i = 1; i < kScanWords; ++i) {
            VAddr at{(track_.position().value & ~std::uint64_t{7}) + i * 8};
            if (at + 8 >= track_.limit()) break;
            if (i % 16 == 0 && !walk_.spend(1)) return false;
            auto next = kernel_.memory.u64(at);
            auto raw = kernel_.memory.u64(at + 8);
            if (!next || !raw) break;
            bool links = VAddr{*next} > at && VAddr{*next} < track_.limit() && *next % 8 == 0;
            if (!links || !kernel_.is_return_address(VAddr{strip(*raw)}, false)) continue;
            if (!track_.advance(at)) break;
            walk_.weaken(Trust::scan);
            return follow(strip(*raw), *next, Trust::scan);
        }
        walk_.stop(why);
        return false;
    }

    static constexpr std::uint64_t kEntry = 16;  // bytes in which a function pushes its record

    Walk& walk_;
    const Kernel& kernel_;
    StackTrack track_;
    std::uint64_t record_ = 0;  // address of the next frame record
};

}  // namespace

void unwind_aarch64(Walk& walk) { Arm(walk).run(); }

}  // namespace nfstriage::unwind
