// What `nfstriage hook install` and `uninstall` do, planned: the call from the distribution's own
// scripts (one file each: red_hat.cc, suse.cc, debian.cc), the unit that looks at new dumps after
// the reboot, profiles for the capture kernel, and a new initramfs. Somebody else's hook is never
// replaced: where there is no way to run both, the error says what to write by hand.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "family.h"
#include "plan.h"
#include "root.h"

namespace nfstriage::setup {

struct Setup {
    Family family = Family::red_hat;
    std::string hook = "/usr/lib/nfstriage/nfstriage-hook";  // as the host names it
    std::string release;                // kernel whose capture image is built: uname -r
    std::vector<std::string> profiles;  // files to give to the capture kernel
    bool capture = true;                // in the capture kernel, right after the dump
    bool post_boot = true;              // after the reboot
    bool rebuild = true;                // the capture image, where something in it changes
    bool refresh = false;               // nothing but the capture image of what is installed
};

// Errors: the hook is not there, a hook of somebody else is, or configuration cannot be read.
Result<Plan> plan_install(const Root& root, const Setup& setup);

// Takes out what installations put in, and nothing else. Looks for what it does in every family, so
// that it also works where the distribution's own package has gone. Does not use `setup.family`.
Result<Plan> plan_uninstall(const Root& root, const Setup& setup);

// Where the distribution's scripts call the hook: "kdump_post in /etc/kdump.conf", for people.
// Nothing if they do not.
Result<std::optional<std::string>> find_call(const Root& root, Family family,
                                             const std::string& hook);

// The initramfs of the capture kernel. Nothing where there is none.
std::optional<std::string> capture_image(const Root& root, const Setup& setup);

inline constexpr const char* kPostBootUnit = "nfstriage-postboot.service";
inline constexpr const char* kPostBootLink =
    "/etc/systemd/system/multi-user.target.wants/nfstriage-postboot.service";
inline constexpr const char* kProfileFolder = "/usr/lib/nfstriage/profiles";

// The unit's file on this host; nothing where it is not installed.
std::optional<std::string> find_unit(const Root& root, const std::string& name);

// The first of the usual folders of commands that has `name`; nothing if none has.
std::optional<std::string> find_command(const Root& root, const std::string& name);

// A family's part; plans and finds as the functions above.
struct FamilyPart {
    Result<void> (*install)(const Root&, const Setup&, Plan&);
    Result<void> (*uninstall)(const Root&, const Setup&, Plan&);
    Result<std::optional<std::string>> (*find)(const Root&, const std::string& hook);
    std::vector<std::string> (*images)(const Setup&);   // of its capture kernel, likely first
    void (*rebuild)(const Root&, const Setup&, Plan&);  // commands that make and load the image
};

extern const FamilyPart kRedHat, kSuse, kDebian;

}  // namespace nfstriage::setup
