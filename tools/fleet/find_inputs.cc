#include "fleet/find_inputs.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <iostream>
#include <iterator>
#include <memory>
#include <string_view>

#include <fmt/format.h>

#include "base/text.h"
#include "crash_directory.h"

namespace nfstriage::fleet {
namespace {

constexpr unsigned kDeepest = 32;
constexpr std::size_t kLargestList = std::size_t{1} << 30;

constexpr std::array<std::string_view, 5> kCrashNames = {"vmcore", "vmcore-incomplete",
                                                         "vmcore.flat", "vmcore-dmesg.txt",
                                                         "vmcore-dmesg-incomplete.txt"};

// What a transfer that is going on is called, by scp's, rsync's, browsers' and FTP servers' habits.
constexpr std::array<std::string_view, 6> kPartial = {".part",       ".partial", ".filepart",
                                                      ".crdownload", ".tmp",     ".upload"};
// What we write ourselves.
constexpr std::array<std::string_view, 5> kOurs = {".sqlite", ".sqlite-journal", ".nfsprofile",
                                                   "verdict.txt", "verdict.json"};

template <std::size_t N>
bool ends_in(std::string_view name, const std::array<std::string_view, N>& endings) {
    return std::any_of(endings.begin(), endings.end(),
                       [name](std::string_view ending) { return name.ends_with(ending); });
}

struct File {
    std::string name;
    struct stat status {};
};

std::string stamp_of(const struct stat& status) {
    return fmt::format("{}:{}.{:09}:{}.{:09}", status.st_size, status.st_mtim.tv_sec,
                       status.st_mtim.tv_nsec, status.st_ctim.tv_sec, status.st_ctim.tv_nsec);
}

// "202611220100" of Debian's "dump.202611220100"; "" of other names.
std::string_view debian_suffix(std::string_view name) {
    for (std::string_view head : {"dump.", "dmesg."})
        if (name.starts_with(head)) {
            std::string_view rest = name.substr(head.size());
            bool digits = rest.find_first_not_of("0123456789") == std::string_view::npos;
            return digits ? rest : std::string_view();
        }
    return {};
}

// Whether these files are one crash and not several.
bool is_crash_directory(const std::string& folder, const std::vector<File>& files) {
    std::string_view suffix;
    bool one_suffix = true;
    for (const File& file : files) {
        if (std::find(kCrashNames.begin(), kCrashNames.end(), file.name) != kCrashNames.end())
            return true;
        std::string_view own = debian_suffix(file.name);
        if (own.empty()) continue;
        one_suffix = one_suffix && (suffix.empty() || suffix == own);
        suffix = own;
    }
    if (!suffix.empty() && one_suffix) return true;
    return std::any_of(files.begin(), files.end(), [&](const File& file) {
        return file.name.starts_with("vmcore.") && is_split_part(folder + "/" + file.name);
    });
}

class Search {
public:
    Search(std::string root, FoundInputs& found) : root_(std::move(root)), found_(found) {}

    void walk(const std::string& folder, unsigned depth = 0) {
        std::vector<std::string> folders = look_at(folder);
        if (depth == kDeepest) {
            if (!folders.empty()) found_.left_out["folders too deep"] += folders.size();
            return;
        }
        for (const std::string& name : folders) walk(folder + "/" + name, depth + 1);
    }

    // The folder alone; gives the names of those in it.
    std::vector<std::string> look_at(const std::string& folder) {
        std::vector<std::string> folders;
        std::unique_ptr<DIR, int (*)(DIR*)> listing(::opendir(folder.c_str()), ::closedir);
        if (!listing) {
            found_.errors.push_back(
                {folder, std::nullopt,
                 fmt::format("a readable folder was expected: {}", std::strerror(errno)),
                 "check its rights"});
            return folders;
        }
        std::vector<File> files;
        while (const dirent* entry = ::readdir(listing.get()))
            sort_out(::dirfd(listing.get()), entry->d_name, files, folders);
        take(folder, files);
        return folders;
    }

private:
    void sort_out(int folder, const std::string& name, std::vector<File>& files,
                  std::vector<std::string>& folders) {
        if (name.starts_with('.')) {
            if (name != "." && name != "..") ++found_.left_out["hidden files"];
            return;
        }
        File file{name};
        if (::fstatat(folder, name.c_str(), &file.status, AT_SYMLINK_NOFOLLOW) != 0)
            ++found_.left_out["files that went away"];
        else if (S_ISDIR(file.status.st_mode))
            folders.push_back(name);
        else if (S_ISLNK(file.status.st_mode))
            ++found_.left_out["symbolic links"];
        else if (!S_ISREG(file.status.st_mode))
            ++found_.left_out["pipes, sockets and devices"];
        else if (ends_in(name, kPartial))
            ++found_.left_out["transfers that are going on"];
        else if (ends_in(name, kOurs))
            ++found_.left_out["files of nfstriage"];
        else
            files.push_back(std::move(file));
    }

    void take(const std::string& folder, std::vector<File>& files) {
        std::sort(files.begin(), files.end(),
                  [](const File& a, const File& b) { return a.name < b.name; });
        Candidate whole{folder, root_, "", 0, true};
        bool is_crash = is_crash_directory(folder, files);
        for (const File& file : files) {
            if (is_crash && is_crash_file(file.name)) {
                whole.stamp += file.name + " " + stamp_of(file.status) + "\n";
                whole.changed_s =
                    std::max<std::int64_t>(whole.changed_s, file.status.st_mtim.tv_sec);
            } else if (is_crash) {
                ++found_.left_out["other files of crash directories"];
            } else {
                found_.candidates.push_back({folder + "/" + file.name, root_, stamp_of(file.status),
                                             file.status.st_mtim.tv_sec, false});
            }
        }
        if (is_crash) found_.candidates.push_back(std::move(whole));
    }

    std::string root_;
    FoundInputs& found_;
};

// "folder//" and "folder" are the same.
std::string without_slashes(std::string path) {
    while (path.size() > 1 && path.ends_with('/')) path.pop_back();
    return path;
}

bool is_folder(const std::string& path) {
    struct stat status {};
    return ::stat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode);
}

Result<std::string> read_list(const std::string& name) {
    std::string text;
    if (name == "-") {
        text.assign(std::istreambuf_iterator<char>(std::cin), {});
        return text;
    }
    struct stat status {};
    std::ifstream stream;
    if (::stat(name.c_str(), &status) == 0 && S_ISREG(status.st_mode)) stream.open(name);
    if (!stream.is_open())
        return error(name, std::nullopt, "a folder, or a file that lists paths, was expected",
                     "check the path and its rights");
    if (static_cast<std::uint64_t>(status.st_size) > kLargestList)
        return error(name, std::nullopt, "a list of paths was expected, this is larger than any",
                     "name the folder of the dump, or analyse it: nfstriage analyze");
    text.assign(std::istreambuf_iterator<char>(stream), {});
    return text;
}

}  // namespace

void add_input(const std::string& path, FoundInputs& found) {
    if (is_folder(path)) {
        Search(without_slashes(path), found).walk(without_slashes(path));
        return;
    }
    // What cannot be looked at is a candidate that fails, so that it is reported.
    Candidate candidate{path, "", "", 0, false};
    struct stat status {};
    if (::stat(path.c_str(), &status) == 0) {
        candidate.stamp = stamp_of(status);
        candidate.changed_s = status.st_mtim.tv_sec;
    }
    found.candidates.push_back(std::move(candidate));
}

std::string stamp_now(const Candidate& candidate) {
    FoundInputs found;
    if (candidate.is_directory) {
        Search(candidate.root, found).look_at(candidate.path);
    } else {
        struct stat status {};
        if (::stat(candidate.path.c_str(), &status) == 0) return stamp_of(status);
    }
    for (const Candidate& now : found.candidates)
        if (now.path == candidate.path) return now.stamp;
    return {};
}

Result<FoundInputs> find_inputs(const std::string& name) {
    FoundInputs found;
    if (is_folder(name)) {
        add_input(name, found);
    } else {
        auto text = read_list(name);
        if (!text) return tl::unexpected<Error>(text.error());
        bool with_nuls = text->find('\0') != std::string::npos;
        if (with_nuls && !text->ends_with('\0'))
            return error(name, std::nullopt, "a list of paths was expected, found binary data",
                         "name the folder of the dump, or analyse it: nfstriage analyze");
        for (std::string_view path : split(*text, with_nuls ? '\0' : '\n'))
            if (!path.empty()) add_input(std::string(path), found);
    }
    std::sort(found.candidates.begin(), found.candidates.end());
    found.candidates.erase(std::unique(found.candidates.begin(), found.candidates.end()),
                           found.candidates.end());
    return found;
}

}  // namespace nfstriage::fleet
