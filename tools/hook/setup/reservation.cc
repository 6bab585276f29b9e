#include "reservation.h"

#include "base/text.h"

namespace nfstriage::setup {
namespace {

constexpr std::uint64_t kMiB = std::uint64_t{1} << 20;
constexpr std::uint64_t kCapture = 128 * kMiB;  // Debian's default, the smallest one
constexpr std::uint64_t kHook = 32 * kMiB;      // peak, without a profile
constexpr std::uint64_t kStep = 32 * kMiB;      // reservations are written in round numbers

std::optional<std::uint64_t> number_in(const Root& root, const char* path) {
    auto text = root.read(path);
    if (!text) return std::nullopt;
    return parse_unsigned(trim(*text));
}

const char* how(Family family) {
    switch (family) {
        case Family::red_hat:
            return "kdumpctl reset-crashkernel, or grubby --update-kernel=ALL --args=crashkernel=";
        case Family::suse:
            return "YaST's kdump module or kdumptool commandline -u, crashkernel=";
        case Family::debian:
            return "/etc/default/grub.d/kdump-tools.cfg, then update-grub, crashkernel=";
    }
    return "";
}

}  // namespace

Reservation read_reservation(const Root& root) {
    Reservation reservation;
    reservation.bytes = number_in(root, "/sys/kernel/kexec_crash_size");
    if (auto loaded = number_in(root, "/sys/kernel/kexec_crash_loaded"))
        reservation.loaded = *loaded != 0;
    return reservation;
}

std::uint64_t wanted_bytes(std::uint64_t added_to_initramfs) {
    std::uint64_t all = kCapture + kHook + 2 * added_to_initramfs;
    return (all + kStep - 1) / kStep * kStep;
}

std::optional<std::string> advice(const Reservation& reservation, std::uint64_t wanted,
                                  Family family) {
    if (!reservation.bytes || *reservation.bytes >= wanted) return std::nullopt;
    const std::string least = std::to_string(wanted / kMiB) + "M";
    const std::string set = std::string("set it with ") + how(family) + least + ", and reboot";
    if (*reservation.bytes == 0)
        return "no memory is reserved for a capture kernel, so no dump will be saved: " + set;
    return std::to_string(*reservation.bytes / kMiB) +
           " MiB are reserved for the capture kernel; with the hook in it " + least +
           " or more are advisable: " + set;
}

}  // namespace nfstriage::setup
