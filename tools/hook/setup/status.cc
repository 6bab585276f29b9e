#include "status.h"

#include <fmt/format.h>

#include "apply.h"

namespace nfstriage::setup {
namespace {

constexpr std::size_t kMostListing = std::size_t{16} << 20;  // bytes

// Whether the image lists the hook, as the distribution's own program reads it.
Tri has_hook(const Root& root, const std::string& image, const std::string& hook) {
    const std::string file = root.real(image).string(), name = hook.substr(hook.rfind('/') + 1);
    for (const char* lister : {"lsinitrd", "lsinitramfs"}) {
        auto listing = output_of({lister, file}, kMostListing);
        if (!listing) continue;
        return listing->find(name) != std::string::npos ? Tri::yes : Tri::no;
    }
    return Tri::unknown;
}

std::string megabytes(std::uint64_t bytes) {
    return fmt::format("{:.1f} MB", static_cast<double>(bytes) / 1e6);
}

std::string image_text(const Status& status) {
    if (!status.image) return "none yet";
    switch (status.image_has_it) {
        case Tri::yes:
            return *status.image + " has it";
        case Tri::no:
            return *status.image + (status.image_needed ? " does NOT have it: run install again"
                                                        : " does not have it, and need not");
        case Tri::unknown:
            break;
    }
    return *status.image + ", which neither lsinitrd nor lsinitramfs could list";
}

std::string memory_text(const Reservation& reservation) {
    if (!reservation.bytes) return "the kernel does not say";
    std::string text = fmt::format("{} MiB reserved", *reservation.bytes >> 20);
    if (reservation.loaded)
        text += *reservation.loaded ? ", capture kernel loaded" : ", NO capture kernel loaded";
    return text;
}

}  // namespace

Result<Status> read_status(const Root& root, const Setup& setup) {
    Status status;
    status.family = setup.family;
    status.hook = setup.hook;
    if (root.is_executable(setup.hook)) status.hook_bytes = root.size(setup.hook);
    auto call = find_call(root, setup.family, setup.hook);
    if (!call) return tl::unexpected<Error>(call.error());
    status.call = *call;
    status.image = capture_image(root, setup);
    status.image_needed = setup.family != Family::debian;
    if (status.image) status.image_has_it = has_hook(root, *status.image, setup.hook);
    status.post_boot = root.link(kPostBootLink).has_value();
    status.reservation = read_reservation(root);
    return status;
}

bool complete(const Status& status) {
    const bool in_image = !status.image_needed || status.image_has_it != Tri::no;
    const bool memory = !status.reservation.bytes || *status.reservation.bytes > 0;
    return status.hook_bytes && status.call && in_image && status.post_boot && memory;
}

std::string to_text(const Status& status) {
    auto line = [](const char* what, const std::string& text) {
        return fmt::format("{:<10} {}\n", what, text);
    };
    std::string text = line("kdump", std::string(to_string(status.family)));
    text += line("hook", status.hook + (status.hook_bytes ? ", " + megabytes(*status.hook_bytes)
                                                          : std::string(": NOT installed")));
    text += line("called", status.call.value_or("NOT from kdump: nfstriage hook install"));
    text += line("initramfs", image_text(status));
    text += line("post-boot", status.post_boot ? "enabled" : "NOT enabled");
    text += line("memory", memory_text(status.reservation));
    return text;
}

}  // namespace nfstriage::setup
