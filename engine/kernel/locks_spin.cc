// Locks whose waiters spin: qspinlock (include/asm-generic/qspinlock_types.h), the ticket locks
// that arm64 had before, qrwlock, and their debugging and PREEMPT_RT variants.
#include "kernel/locks.h"
#include "kernel/locks_shared.h"

namespace nfstriage::kernel {
namespace {

// Of a kernel for less than 16384 CPUs, as all x86_64 and aarch64 ones are.
constexpr std::uint64_t kLocked = 0xff, kPending = 0xff00;
constexpr unsigned kTailCpuShift = 18;  // CPU number + 1; 0: nobody queues
// qrwlock.
constexpr std::uint64_t kWriterLocked = 0xff, kWriterWaits = 0x100;
constexpr unsigned kReaderShift = 9;

void read_word(SpinLock& lock, const Field<std::uint64_t>& word) {
    if (!word) {
        lock.locked = lock.pending = unknown_as<bool>(word);
        lock.tail_cpu = word;
        return;
    }
    const std::uint64_t value = *word & 0xffffffff, tail = value >> kTailCpuShift;
    lock.locked = {(value & kLocked) != 0, word.origin()};
    lock.pending = {(value & kPending) != 0, word.origin()};
    lock.tail_cpu = tail == 0 ? Field<std::uint64_t>(Reason::null, word.origin())
                              : Field<std::uint64_t>(tail - 1, word.origin());
}

void read_ticket(SpinLock& lock, const Object& raw, const std::string& prefix) {
    auto owner = raw.get<std::uint64_t>(prefix + "owner");
    auto next = raw.get<std::uint64_t>(prefix + "next");
    if (!owner || !next) {
        lock.locked = lock.pending = unknown_as<bool>(owner ? next : owner);
        return;
    }
    const std::uint64_t taken = (*next - *owner) & 0xffff;  // holder and those in line
    lock.locked = {taken != 0, owner.origin()};
    lock.pending = {taken > 1, owner.origin()};
}

}  // namespace

SpinLock read_spinlock(const Object& spinlock) {
    SpinLock lock;
    lock.address = spinlock.address();
    if (auto inner = spinlock.at("lock"); inner && inner->has("owner")) {  // PREEMPT_RT
        auto word = inner->get<std::uint64_t>("owner");
        lock.owner = owner_in(*inner, word, 1);
        lock.locked = word ? Field<bool>((*word & ~std::uint64_t{1}) != 0, word.origin())
                           : unknown_as<bool>(word);
        return lock;
    }
    const std::string outer = spinlock.has("rlock.raw_lock") ? "rlock." : "";
    const std::string raw = spinlock.has(outer + "raw_lock") ? outer + "raw_lock." : "";
    if (!raw.empty()) {
        // What CONFIG_DEBUG_SPINLOCK adds; the owner of a free lock is all ones.
        auto owner = spinlock.get<std::uint64_t>(outer + "owner");
        lock.owner = owner && *owner == ~std::uint64_t{0}
                         ? Field<VAddr>(Reason::null, owner.origin())
                         : owner_in(spinlock, owner, 0);
        lock.owner_cpu = spinlock.get<std::uint64_t>(outer + "owner_cpu");
        if (lock.owner_cpu && (*lock.owner_cpu & 0xffffffff) == 0xffffffff)
            lock.owner_cpu = {Reason::null, lock.owner_cpu.origin()};
    }
    if (!spinlock.has(raw + "val.counter") && spinlock.has(raw + "next"))
        read_ticket(lock, spinlock, raw);
    else
        read_word(lock, spinlock.get<std::uint64_t>(raw + "val.counter"));
    return lock;
}

RwLock read_rwlock(const Object& rwlock) {
    RwLock lock;
    lock.address = rwlock.address();
    // The type has no name but that of its typedef.
    Object object = rwlock.as("rwlock_t");
    auto word = object.get<std::uint64_t>("raw_lock.cnts.counter");
    if (!word) {
        lock.write_locked = lock.writer_waits = unknown_as<bool>(word);
        lock.readers = word;
        return lock;
    }
    const std::uint64_t value = *word & 0xffffffff;
    lock.write_locked = {(value & kWriterLocked) != 0, word.origin()};
    lock.writer_waits = {(value & kWriterWaits) != 0, word.origin()};
    lock.readers = {value >> kReaderShift, word.origin()};
    return lock;
}

}  // namespace nfstriage::kernel
