#include "inputs.h"

#include <algorithm>
#include <system_error>

#include "dump/file_bytes.h"
#include "dump/flattened.h"
#include "dump/kdump_header.h"
#include "unpack.h"

namespace nfstriage {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kHead = 512;

// The first bytes of a file; empty if it cannot be read, which its reader will report better.
std::string head_of(const fs::path& path) {
    auto file = dump::open_plain_file(path);
    if (!file) return {};
    std::string head(std::min<std::uint64_t>((*file)->size(), kHead), '\0');
    if (!(*file)->read(0, {reinterpret_cast<std::uint8_t*>(head.data()), head.size()})) return {};
    return head;
}

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

bool is_vmcore_name(const std::string& name) {
    if (name.ends_with(".txt") || name.ends_with(".log")) return false;
    return name == "vmcore" || name == "vmcore-incomplete" || name.starts_with("vmcore.") ||
           name == "dump" || name.starts_with("dump.") || name.ends_with(".vmcore");
}

bool is_log_name(const std::string& name) {
    return name == "vmcore-dmesg.txt" || name == "vmcore-dmesg-incomplete.txt" ||
           name.starts_with("dmesg.") || name == "dmesg.txt" || name == "dmesg";
}

// A crash directory as kdump scripts leave it (kexec-tools, kdump-tools, kdump-save). Several
// dumps: the newest one, with all parts if it is split.
Result<Input> in_directory(const fs::path& directory) {
    struct Found {
        fs::path path;
        fs::file_time_type time;
    };
    std::vector<Found> dumps, logs;
    std::error_code failure;
    for (const auto& entry : fs::directory_iterator(directory, failure)) {
        std::error_code ignored;
        if (!entry.is_regular_file(ignored)) continue;
        std::string name = entry.path().filename().string();
        if (is_vmcore_name(name))
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

// A tar gives a crash directory, a file compressed as a whole one dump or log.
NamedInput unpacked(const std::string& name, std::uint64_t max_unpacked) {
    auto folder = PrivateFolder::make();
    if (!folder) return {name, tl::unexpected<Error>(folder.error()), nullptr};
    if (auto done = unpack(name, (*folder)->path(), max_unpacked); !done)
        return {name, tl::unexpected<Error>(done.error()), nullptr};
    auto input = in_directory((*folder)->path());
    if (!input)
        return {name,
                error(name, std::nullopt, "an archive with a vmcore in it was expected",
                      "name the dump itself"),
                nullptr};
    input->name = name;
    return {name, std::move(*input), std::move(*folder)};
}

}  // namespace

std::vector<NamedInput> gather_inputs(const std::vector<std::string>& names,
                                      std::uint64_t max_unpacked) {
    std::vector<NamedInput> result;
    std::optional<std::size_t> split;  // the input that collects split parts
    for (const std::string& name : names) {
        std::error_code ignored;
        if (fs::is_directory(name, ignored)) {
            result.push_back({name, in_directory(name), nullptr});
            continue;
        }
        if (is_packed(head_of(name))) {
            result.push_back(unpacked(name, max_unpacked));
            continue;
        }
        bool part = is_split_part(name);
        if (part && split) {
            result[*split].input->parts.push_back(name);
            continue;
        }
        if (part) split = result.size();
        Input input;
        input.parts.push_back(name);
        result.push_back({name, std::move(input), nullptr});
    }
    return result;
}

}  // namespace nfstriage
