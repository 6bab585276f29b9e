// Which reader a file needs, by its first bytes.
#include <cstring>

#include "dump/dump.h"
#include "dump/file_bytes.h"
#include "dump/flattened.h"
#include "dump/kdump_header.h"
#include "dump/native_dump.h"
#include "dump/open_kdump.h"

namespace nfstriage::dump {

Result<std::unique_ptr<Dump>> Dump::open(const std::vector<std::filesystem::path>& parts,
                                         const OpenOptions& options) {
    (void)options;
    std::vector<std::shared_ptr<const FileBytes>> files;
    for (const auto& path : parts) {
        auto file = open_plain_file(path);
        if (!file) return tl::unexpected<Error>(file.error());
        if (is_flattened(**file)) {
            file = open_flattened(std::move(*file));
            if (!file) return tl::unexpected<Error>(file.error());
        }
        files.push_back(std::move(*file));
    }
    if (files.empty())
        return error("", std::nullopt, "at least one dump file, found none", "name the vmcore");
    if (is_kdump(*files.front())) {
        auto contents = open_kdump(files);
        if (!contents) return tl::unexpected<Error>(contents.error());
        return make_native_dump(std::move(*contents));
    }
    return error(files.front()->name(), 0, "a vmcore", "give a kdump-compressed or ELF vmcore");
}

}  // namespace nfstriage::dump
