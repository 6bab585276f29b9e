// Building the list of frames.
#include "unwind/walk.h"

namespace nfstriage::unwind {
namespace {

constexpr std::uint64_t kAboveText = 0xffff000000000000;  // set in every kernel text address

}  // namespace

std::optional<VAddr> Kernel::function_start(VAddr pc) const {
    auto at = symbols.find(pc);
    if (!at) return std::nullopt;
    return at->symbol.address;
}

VAddr Kernel::strip(VAddr address) const {
    // Bit 55 tells kernel from user addresses and is never part of a signature.
    if (arch != Arch::aarch64 || (address.value >> 55 & 1) == 0) return address;
    return {address.value | (pac_mask != 0 ? pac_mask : kAboveText)};
}

Maybe<OrcEntry> Kernel::orc_at(VAddr instruction) const {
    auto entry = orc.find(instruction);
    if (entry || code == nullptr) return entry;
    auto kept = code->orc(instruction);
    if (!kept) return entry;
    return orc.layout().decode(kept->entry);
}

Maybe<layout::CfiRow> Kernel::cfi_at(VAddr instruction) const {
    if (code == nullptr) return unknown(Reason::no_symbol, "no call frame information");
    return code->cfi(instruction);
}

bool Kernel::is_return_address(VAddr word, bool otherwise) const {
    // A function that ends in a call to one that never returns leaves an address behind its end.
    if (!symbols.is_text(word - 1)) return false;
    auto call = call_before(memory, arch, word);
    return call ? call->is_call : otherwise;
}

Walk::Walk(const Kernel& kernel, const Start& start, Budget& budget, Result& result)
    : kernel_(kernel), start_(start), budget_(budget), result_(result) {}

bool Walk::spend(std::uint64_t steps) {
    if (budget_.spend(steps)) return true;
    stop({Reason::budget, "the budget for unwinding is used up"});
    return false;
}

bool Walk::push(const Place& place) {
    if (result_.frames.size() >= kernel_.max_frames) {
        stop({Reason::budget, "more than " + std::to_string(kernel_.max_frames) + " frames"});
        return false;
    }
    if (!spend(1)) return false;
    Frame frame;
    frame.address = place.pc.value;
    frame.trust = weakened(place.trust);
    frame.stack_pointer = kernel_.arch == Arch::aarch64 ? place.registers.fp(kernel_.arch)
                                                        : place.registers.sp(kernel_.arch);
    // A return address may be the first byte behind a function whose last instruction is a call.
    VAddr inside = place.precise ? place.pc : place.pc - 1;
    if (kernel_.symbols.is_text(inside)) {
        if (auto at = kernel_.symbols.find(inside)) {
            frame.function = at->symbol.name;
            frame.module = at->symbol.module;
            frame.offset = place.pc - at->symbol.address;
            if (at->symbol.size != 0) frame.size = at->symbol.size;
        }
    }
    result_.frames.push_back(std::move(frame));
    result_.registers.push_back(place.registers);
    return true;
}

void Walk::push_context(VAddr address, Registers registers, bool full, bool user_mode) {
    InterruptedContext context;
    context.frame = result_.frames.size();
    context.registers = std::move(registers);
    context.full = full;
    context.user_mode = user_mode;
    context.address = address;
    if (!result_.frames.empty()) context.entry = result_.frames.back().function;
    result_.interrupted.push_back(std::move(context));
}

void Walk::finish(std::string why) {
    // A search finds what looks like a return address: it may have passed over frames.
    if (weakest_ >= Trust::scan)
        return stop({Reason::no_symbol, why + ", but frames before it were searched for"});
    result_.complete = true;
    result_.why_stopped = std::move(why);
    result_.reason.reset();
}

void Walk::stop(const Unknown& why) {
    result_.complete = false;
    result_.why_stopped = to_string(why);
    result_.reason = why.reason;
}

}  // namespace nfstriage::unwind
