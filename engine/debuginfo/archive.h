// A package or archive, read once from front to back: a tar in any compression, a Debian package
// (deb(5): an ar archive whose data.tar is entered), an RPM (its cpio payload), or one file that is
// compressed as a whole. By libarchive, in this process: no other program is run. We promise: only
// what write() is called for reaches the disk, under the name given there; entry count, sizes and
// bytes read are limited, so that a hostile archive ends in an error.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "base/progress.h"
#include "base/result.h"

namespace nfstriage::debuginfo {

struct ArchiveLimits {
    std::uint64_t member = 4ull << 30;  // bytes of one file that is written
    std::uint64_t kept = 16ull << 30;   // bytes of all files that are written
    std::uint64_t read = 128ull << 30;  // bytes of all members together, also of those passed over
    std::uint64_t entries = 1 << 20;
};

struct ArchiveEntry {
    std::string path;      // as the archive spells it, in a compressed file its own name; foreign
    bool regular = false;  // a file with contents: no directory, no link of any kind
};

class Archive {
public:
    // Reads as far as the first member. `progress` gets bytes of `file`. Errors: libarchive is
    // missing, unreadable, none of the kinds above, damaged.
    static Result<std::unique_ptr<Archive>> open(const std::filesystem::path& file,
                                                 const ArchiveLimits& limits, Progress progress);
    ~Archive();

    bool single_file() const;  // compressed as a whole, no archive: it has one entry

    // The next member; nothing at the end. Errors: damaged, a limit.
    Result<std::optional<ArchiveEntry>> next();

    // Writes the contents of the member that next() gave last to the new file `to`, zeros as
    // holes; their size in bytes. Errors: damaged, a limit, `to` exists, disk full.
    Result<std::uint64_t> write(const std::filesystem::path& to);

private:
    struct State;
    explicit Archive(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

// Whether the first bytes of a file (512 are enough) are those of something Archive reads.
bool is_archive(std::string_view head);

}  // namespace nfstriage::debuginfo
