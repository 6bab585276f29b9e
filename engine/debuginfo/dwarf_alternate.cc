#include "debuginfo/dwarf_alternate.h"

#include <string>
#include <system_error>
#include <vector>

namespace nfstriage::debuginfo {
namespace {

namespace fs = std::filesystem;

constexpr unsigned kFoldersAbove = 16;

bool has_build_id(const ElfObject& elf, const std::string& build_id) {
    return build_id.empty() || elf.build_id() == build_id;
}

}  // namespace

Result<std::unique_ptr<ElfObject>> find_alternate(const fs::path& file,
                                                  const ElfObject::AlternateLink& link) {
    std::vector<fs::path> candidates = {file.parent_path() / link.name};
    std::error_code ignored;
    fs::path folder = fs::absolute(file, ignored).parent_path();
    const std::string& id = link.build_id;
    for (unsigned i = 0; i < kFoldersAbove; ++i) {
        candidates.push_back(folder / ".dwz" / fs::path(link.name).filename());
        if (id.size() > 2)
            candidates.push_back(folder / ".build-id" / id.substr(0, 2) /
                                 (id.substr(2) + ".debug"));
        if (!folder.has_relative_path()) break;
        folder = folder.parent_path();
    }
    std::string other;
    for (const fs::path& candidate : candidates) {
        if (!fs::is_regular_file(candidate, ignored)) continue;
        auto elf = ElfObject::open(candidate);
        if (elf && has_build_id(**elf, id)) return elf;
        other = candidate.string();
    }
    return error(file.string(), {},
                 "types are in the alternate file " + link.name + ", which was not found" +
                     (other.empty() ? "" : " (" + other + " is another build)"),
                 "put it beside the file, as the debuginfo package has it");
}

}  // namespace nfstriage::debuginfo
