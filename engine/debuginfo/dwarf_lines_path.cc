// Where a source file is in the kernel tree (source_path() of dwarf_lines.h): the names in debug
// information depend on how and where the kernel was built.
#include <algorithm>
#include <array>

#include "debuginfo/dwarf_lines.h"

namespace nfstriage::debuginfo {

namespace {

// Folders at the root of the kernel tree.
constexpr std::array kTopFolders = {
    "arch",     "block",    "certs",  "crypto", "drivers", "fs",  "include", "init",
    "io_uring", "ipc",      "kernel", "lib",    "mm",      "net", "rust",    "samples",
    "scripts",  "security", "sound",  "tools",  "usr",     "virt"};

std::string joined(std::string_view folder, std::string_view name) {
    if (folder.empty() || name.starts_with('/')) return std::string(name);
    return std::string(folder) + '/' + std::string(name);
}

// Without ".", ".." and doubled slashes; what leads above the start is dropped.
std::string normal(std::string_view path) {
    std::vector<std::string_view> parts;
    for (std::size_t at = 0; at <= path.size();) {
        std::size_t slash = std::min(path.find('/', at), path.size());
        std::string_view part = path.substr(at, slash - at);
        at = slash + 1;
        if (part.empty() || part == ".") continue;
        if (part == "..") {
            if (!parts.empty()) parts.pop_back();
        } else {
            parts.push_back(part);
        }
    }
    std::string out;
    for (std::string_view part : parts) {
        if (!out.empty() || path.starts_with('/')) out += '/';
        out += part;
    }
    return out;
}

// Where a path that is told from the root of the machine goes below the kernel's root: behind the
// folder that holds one of its top folders, not counting the first ("/usr/src/linux/fs/…").
std::string below_root(const std::string& path) {
    if (path.starts_with("/usr/lib") || path.starts_with("/usr/include")) return path;
    for (std::size_t at = path.find('/', 1); at != std::string::npos; at = path.find('/', at + 1)) {
        std::string_view rest = std::string_view(path).substr(at + 1);
        std::string_view folder = rest.substr(0, rest.find('/'));
        if (folder.size() < rest.size() &&
            std::find(kTopFolders.begin(), kTopFolders.end(), folder) != kTopFolders.end())
            return std::string(rest);
    }
    return path;
}

}  // namespace

std::string source_path(std::string_view directory, std::string_view name) {
    // The tree's root is where the compiler ran, so that most names are relative to it already. A
    // directory may itself be relative ("debian/build/…"): then it names no place in the tree.
    if (!directory.empty() && name.size() > directory.size() && name.starts_with(directory) &&
        name[directory.size()] == '/')
        name.remove_prefix(directory.size() + 1);
    if (name.starts_with("../") && directory.starts_with('/')) {
        std::string path = normal(joined(directory, name));
        return below_root(path);
    }
    std::string path = normal(name);
    return path.starts_with('/') ? below_root(path) : path;
}

}  // namespace nfstriage::debuginfo
