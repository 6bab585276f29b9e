// Values from include/linux/poison.h (POISON_POINTER_DELTA is 0xdead000000000000 on the 64-bit
// architectures), include/linux/err.h (MAX_ERRNO) and mm/slab.h.
#include "verdict/reading.h"

#include <algorithm>
#include <optional>

#include "base/address.h"
#include "facts/culprit.h"
#include "facts/owner.h"

namespace nfstriage::verdict {
namespace {

using facts::is_lock_function;
using facts::Owner;
using facts::owner_of;

constexpr std::uint64_t kPoisonDelta = 0xdead000000000000;
constexpr std::uint64_t kListPoison1 = kPoisonDelta + 0x100;
constexpr std::uint64_t kListPoison2 = kPoisonDelta + 0x122;
constexpr std::uint64_t kMaxMember = 0x1000;  // offsets of members that are looked for
constexpr std::uint64_t kMaxErrno = 4095;

bool near(std::uint64_t value, std::uint64_t base) {
    return value >= base && value - base < kMaxMember;
}

// Every byte, or every byte but the lowest, is `byte`: a member of a poisoned pointer.
bool filled_with(std::uint64_t value, std::uint8_t byte) {
    std::uint64_t pattern = 0x0101010101010101ULL * byte;
    return value >> 16 == pattern >> 16;
}

std::optional<std::string> as_ascii(std::uint64_t value) {
    std::string text;
    for (int i = 0; i < 8; ++i, value >>= 8) {
        auto c = static_cast<char>(value & 0xff);
        if (c < 0x20 || c > 0x7e) return std::nullopt;
        text += c;
    }
    return text;
}

// What a pointer with this value is. `exact`: the value is the bad pointer plus a member's offset.
std::optional<std::string> read_pointer(std::uint64_t value) {
    // 0x122 lies within a structure's size of 0x100, so the higher poison is asked first.
    if (near(value, kListPoison2))
        return "LIST_POISON2 plus " + hex(value - kListPoison2) + " (or LIST_POISON1 plus " +
               hex(value - kListPoison1) +
               "): a list entry that was already deleted, used as a pointer";
    if (near(value, kListPoison1))
        return "LIST_POISON1 plus " + hex(value - kListPoison1) +
               ": a list entry that was already deleted, used as a pointer";
    if (filled_with(value, 0x6b)) return std::string("slab poison 0x6b: memory that was freed");
    if (filled_with(value, 0x5a))
        return std::string("slab poison 0x5a: memory that was never initialised");
    if (value >= UINT64_MAX - kMaxErrno)
        return "close to -1: an error code (" + std::to_string(static_cast<std::int64_t>(value)) +
               ") used as a pointer, or a member before a NULL one";
    if (auto text = as_ascii(value)) return "text, \"" + *text + "\": the pointer was overwritten";
    return std::nullopt;
}

void read_fault(const facts::Crash& crash, std::vector<std::string>& signs) {
    if (!crash.fault.address) return;
    std::uint64_t address = *crash.fault.address;
    if (address < kMaxMember) {
        signs.push_back(address == 0
                            ? std::string("A NULL pointer was used.")
                            : "A NULL pointer was used: the code went for the member at offset " +
                                  hex(address) + ".");
        return;
    }
    if (auto meaning = read_pointer(address))
        signs.push_back("The faulting address " + hex(address) + " is " + *meaning + ".");
}

// Registers tell more than the fault address on general protection faults, which print none.
void read_registers(const facts::Crash& crash, std::vector<std::string>& signs) {
    if (crash.fault.address && !signs.empty()) return;
    for (const auto& [name, value] : crash.registers.values) {
        bool list = near(value, kListPoison1) && value - kListPoison1 < 0x100;
        if (!list && !filled_with(value, 0x6b)) continue;
        if (auto meaning = read_pointer(value))
            signs.push_back("Register " + name + " holds " + hex(value) + ", which is " + *meaning +
                            ".");
        if (signs.size() == 3) return;
    }
}

// Who else was in NFS code on a CPU at that moment: the holder is likely among them.
void read_other_cpus(const facts::Scene& scene, std::vector<std::string>& signs) {
    constexpr std::size_t kMost = 3;
    std::size_t named = 0;
    for (const facts::Stack& stack : scene.stacks) {
        bool elsewhere =
            stack.role == facts::StackRole::holder || stack.role == facts::StackRole::other;
        if (!elsewhere || !stack.cpu || stack.cpu == scene.crash->cpu || named == kMost) continue;
        bool spins = false;
        const Frame* inner = nullptr;  // what it ran above NFS code, if that is somebody's
        for (std::size_t i = std::min(stack.culprit, stack.frames.size()); i < stack.frames.size();
             ++i) {
            const Frame& frame = stack.frames[i];
            if (frame.trust >= Trust::scan || frame.function.empty() || frame.inlined) continue;
            spins = spins || is_lock_function(frame.function);
            Owner owner = owner_of(frame).owner;
            if (owner == Owner::other && inner == nullptr) inner = &frame;
            if (owner != Owner::nfs) continue;
            std::string who = stack.task.comm ? *stack.task.comm : std::string("a task");
            if (stack.task.pid) who += "[" + std::to_string(*stack.task.pid) + "]";
            std::string where(without_suffix(frame.function));
            if (inner != nullptr)
                where = std::string(without_suffix(inner->function)) + " [" + inner->module +
                        "] under " + where;
            signs.push_back("CPU " + std::to_string(*stack.cpu) + " ran " + who + " in " + where +
                            (spins ? ", which itself spins for a lock." : "."));
            ++named;
            break;
        }
    }
}

void read_waiting(const facts::Scene& scene, std::vector<std::string>& signs) {
    const CrashKind kind = scene.crash->kind;
    if (kind != CrashKind::soft_lockup && kind != CrashKind::hard_lockup &&
        kind != CrashKind::rcu_stall)
        return;
    for (const Frame& frame : facts::blamed_frames(scene).frames) {
        if (frame.trust >= Trust::scan || frame.function.empty()) continue;
        if (!is_lock_function(frame.function)) return;
        signs.push_back(
            "The task spins for a lock, so it is a victim: the one to find is the "
            "holder, which runs or spins on another CPU or never let go.");
        read_other_cpus(scene, signs);
        return;
    }
}

}  // namespace

std::vector<std::string> read_signs(const facts::Scene& scene) {
    std::vector<std::string> signs;
    if (!scene.crash) return signs;
    read_fault(*scene.crash, signs);
    read_registers(*scene.crash, signs);
    read_waiting(scene, signs);
    return signs;
}

}  // namespace nfstriage::verdict
