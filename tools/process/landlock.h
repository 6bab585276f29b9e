// Landlock (Linux 5.13, security/landlock): a process gives up, for itself and its children, all
// access to files but what it names. By system call, with the interface's own numbers
// (include/uapi/linux/landlock.h), because the headers that we are built with are often older than
// the kernel that we run on. What a kernel's version does not know is left out.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>

#include "base/result.h"

namespace nfstriage::landlock {

enum class Access : std::uint8_t {
    read,           // a file, or all files and folders below a folder
    write,          // a file that is there
    fill,           // read, and make, write, rename and remove what lies below a folder
    remove_folders  // empty ones below a folder
};

struct Grant {
    std::filesystem::path path;  // symbolic links are followed; what is not there is not granted
    Access access = Access::read;
};

// The version of the kernel's interface, 1 or more. Errors: it has none, it was switched off, or
// somebody who restricts us already refuses it; the remedy says what to do.
Result<int> version();

// Gives up everything but the grants, for as long as this process lives: files, TCP (version 4),
// abstract sockets and signals outside (version 6). Programs cannot be run. The caller has set
// PR_SET_NO_NEW_PRIVS. Errors: the kernel's; nothing is given up then.
Result<void> restrict_to(int version, std::span<const Grant> grants);

}  // namespace nfstriage::landlock
