// The sandbox of a process that reads foreign data: after it was entered, whatever the data make
// the process do, it reads only what it was given and the system's libraries, writes only where it
// was told, and starts no program, opens no socket and touches no other process. Landlock and a
// filter of system calls, each for what the other cannot say; both are kept by the kernel for as
// long as the process and its children live.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <vector>

#include "base/result.h"
#include "process/landlock.h"

namespace nfstriage {

enum class Sandbox : std::uint8_t {
    off,
    as_possible,  // what the kernel does not have is left out; a refused system call fails
    strict        // all of it or an error; a refused system call ends the process with SIGSYS
};

using landlock::Access;
using landlock::Grant;

// Grants reading a file; or a folder, and the files elsewhere that symbolic links in it lead to, in
// folders `deepest` below it at most: who names a folder means them too. Hidden folders are left
// out: .build-id has a link for each program of a system.
void grant_reading(std::vector<Grant>& grants, const std::filesystem::path& path, int deepest = 0);

// What the sandbox would lack here, a sentence and a remedy for each part; nothing: it is whole.
std::vector<Error> missing_of_sandbox();

// Enters it, for good. The process has one thread. Libraries that are loaded later, their data, and
// the time zone can be read besides what is granted. Errors, of `strict` only: a part is missing,
// and the process may be confined in part.
Result<void> enter_sandbox(Sandbox sandbox, std::span<const Grant> grants);

}  // namespace nfstriage
