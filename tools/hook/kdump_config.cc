#include "hook/kdump_config.h"

#include <optional>
#include <utility>

#include "base/files.h"
#include "base/text.h"

namespace nfstriage::hook {
namespace {

constexpr std::size_t kLargestConfig = 1 << 20;
constexpr std::string_view kUsualFolder = "/var/crash";

// "key value" of kdump.conf, without comments; empty key: nothing on this line.
std::pair<std::string_view, std::string_view> key_and_value(std::string_view line) {
    line = trim(line.substr(0, line.find('#')));
    std::size_t end = line.find_first_of(" \t");
    if (end == std::string_view::npos) return {line, {}};
    return {line.substr(0, end), trim(line.substr(end))};
}

std::string_view unquoted(std::string_view value) {
    for (char quote : {'"', '\''})
        if (value.size() >= 2 && value.front() == quote && value.back() == quote)
            return value.substr(1, value.size() - 2);
    return value;
}

// The last assignment of a shell variable; nothing if there is none.
std::optional<std::string> assigned(std::string_view text, std::string_view name) {
    std::optional<std::string> value;
    for (std::string_view line : split(text, '\n')) {
        line = trim(line);
        if (!line.starts_with(name) || line.size() <= name.size() || line[name.size()] != '=')
            continue;
        value = unquoted(trim(line.substr(name.size() + 1)));
    }
    return value;
}

using Parser = KdumpConfig (*)(std::string_view);

}  // namespace

KdumpConfig parse_kdump_conf(std::string_view text) {
    KdumpConfig config;
    std::string folder(kUsualFolder);
    config.target = "the root file system";
    for (std::string_view line : split(text, '\n')) {
        auto [key, value] = key_and_value(line);
        if (value.empty()) continue;
        if (key == "path") {
            folder = value;
            continue;
        }
        bool network = key == "nfs" || key == "ssh";
        bool file_system = key == "ext2" || key == "ext3" || key == "ext4" || key == "xfs" ||
                           key == "btrfs" || key == "minix" || key == "f2fs" || key == "virtiofs";
        if (!network && !file_system && key != "raw") continue;
        config.target = std::string(key) + ' ' + std::string(value);
        config.remote = network;
        config.raw = key == "raw";
    }
    if (!config.raw && !config.target.starts_with("ssh ")) config.folders.push_back(folder);
    return config;
}

KdumpConfig parse_sysconfig_kdump(std::string_view text) {
    KdumpConfig config;
    config.family = Family::suse;
    config.target = assigned(text, "KDUMP_SAVEDIR").value_or("file:///var/crash");
    // Several places are separated by spaces. A plain path stands for file://.
    for (std::string_view place : split(config.target, ' ')) {
        if (place.starts_with("file://"))
            config.folders.emplace_back(place.substr(7));
        else if (place.starts_with("/"))
            config.folders.emplace_back(place);
        else if (!place.empty())
            config.remote = true;
    }
    return config;
}

KdumpConfig parse_kdump_tools(std::string_view text) {
    KdumpConfig config;
    config.family = Family::debian;
    config.target = assigned(text, "KDUMP_COREDIR").value_or(std::string(kUsualFolder));
    config.folders.emplace_back(config.target);
    for (std::string_view variable : {"SSH", "NFS", "FTP"}) {
        auto server = assigned(text, variable);
        if (server && !server->empty()) config.remote = true;
    }
    return config;
}

std::vector<KdumpConfig> read_kdump_configs(const std::filesystem::path& root) {
    constexpr std::pair<std::string_view, Parser> kFiles[] = {
        {"etc/kdump.conf", parse_kdump_conf},
        {"etc/sysconfig/kdump", parse_sysconfig_kdump},
        {"etc/default/kdump-tools", parse_kdump_tools}};
    std::vector<KdumpConfig> configs;
    for (auto [file, parse] : kFiles) {
        auto text = read_small_file(root / file, kLargestConfig);
        if (!text) continue;
        // RHEL has a file of SUSE's name too, with options of its init script and no target in it.
        if (parse == parse_sysconfig_kdump && !assigned(*text, "KDUMP_SAVEDIR")) continue;
        configs.push_back(parse(*text));
    }
    return configs;
}

}  // namespace nfstriage::hook
