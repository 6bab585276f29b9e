#include "crash_directory.h"

#include <algorithm>
#include <system_error>
#include <utility>
#include <vector>

#include "dump/file_bytes.h"
#include "dump/flattened.h"
#include "dump/kdump_header.h"

namespace nfstriage {
namespace {

namespace fs = std::filesystem;

bool is_dump_name(const std::string& name) {
    if (name.ends_with(".txt") || name.ends_with(".log")) return false;
    return name == "vmcore" || name == "vmcore-incomplete" || name.starts_with("vmcore.") ||
           name == "dump" || name.starts_with("dump.") || name.ends_with(".vmcore");
}

bool is_log_name(const std::string& name) {
    return name == "vmcore-dmesg.txt" || name == "vmcore-dmesg-incomplete.txt" ||
           name.starts_with("dmesg.") || name == "dmesg.txt" || name == "dmesg";
}

}  // namespace

bool is_split_part(const fs::path& path) {
    auto file = dump::open_plain_file(path);
    if (!file) return false;
    if (dump::is_flattened(**file)) {
        auto inner = dump::open_flattened(std::move(*file));
        if (!inner) return false;
        file = std::move(*inner);
    }
    if (!dump::is_kdump(**file)) return false;
    auto header = dump::read_kdump_header(**file);
    return header && header->split;
}

bool is_crash_file(const std::string& name) { return is_dump_name(name) || is_log_name(name); }

Result<Input> crash_directory(const fs::path& directory, Links links) {
    struct Found {
        fs::path path;
        fs::file_time_type time;
    };
    std::vector<Found> dumps, logs;
    std::error_code failure;
    for (const auto& entry : fs::directory_iterator(directory, failure)) {
        std::error_code ignored;
        if (!entry.is_regular_file(ignored)) continue;
        if (links == Links::left_alone && entry.is_symlink(ignored)) continue;
        std::string name = entry.path().filename().string();
        if (is_dump_name(name))
            dumps.push_back({entry.path(), entry.last_write_time(ignored)});
        else if (is_log_name(name))
            logs.push_back({entry.path(), entry.last_write_time(ignored)});
    }
    if (failure)
        return error(directory.string(), std::nullopt,
                     "a readable directory was expected: " + failure.message(), "check its rights");
    auto newest_first = [](const Found& a, const Found& b) {
        return a.time != b.time ? a.time > b.time : a.path < b.path;
    };
    std::sort(dumps.begin(), dumps.end(), newest_first);
    std::sort(logs.begin(), logs.end(), newest_first);
    Input input;
    input.name = directory.string();
    if (!dumps.empty()) {
        input.parts.push_back(dumps.front().path);
        if (is_split_part(dumps.front().path))
            for (std::size_t i = 1; i < dumps.size(); ++i)
                if (is_split_part(dumps[i].path)) input.parts.push_back(dumps[i].path);
        if (!logs.empty()) input.log = logs.front().path;
    } else if (!logs.empty()) {
        input.parts.push_back(logs.front().path);
    } else {
        return error(directory.string(), std::nullopt,
                     "a directory with vmcore, vmcore-incomplete, vmcore.flat or "
                     "vmcore-dmesg.txt was expected, none is there",
                     "name the dump itself");
    }
    return input;
}

}  // namespace nfstriage
