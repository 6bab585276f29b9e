// The memory that the running kernel keeps for the capture kernel (crashkernel=): whether it is
// enough with the hook in it, and how to get more. A capture kernel that runs out of memory saves
// no dump, so this is looked at before anything is installed; it is advice, never a reason to
// refuse.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "family.h"
#include "root.h"

namespace nfstriage::setup {

struct Reservation {
    std::optional<std::uint64_t> bytes;  // nothing: the kernel does not say
    std::optional<bool> loaded;          // whether a capture kernel is ready
};

// As /sys/kernel/kexec_crash_size and kexec_crash_loaded say.
Reservation read_reservation(const Root& root);

// Bytes that a capture kernel with the hook should have: what the smallest default of a
// distribution leaves for kernel, initramfs and makedumpfile, the hook's own memory, and twice what
// it adds to the initramfs, which is unpacked beside its packed self.
std::uint64_t wanted_bytes(std::uint64_t added_to_initramfs);

// What to do about it; nothing where it suffices or nobody knows.
std::optional<std::string> advice(const Reservation& reservation, std::uint64_t wanted,
                                  Family family);

}  // namespace nfstriage::setup
