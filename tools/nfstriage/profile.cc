// nfstriage profile build|list|show|verify: kernel profiles, made of debuginfo once so that every
// analysis of that kernel knows its types, symbols and source lines.
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "command.h"
#include "layout/profile.h"
#include "layout/profile_store.h"
#include "layout/profile_types.h"
#include "layout/profile_verify.h"
#include "profile_cache.h"

namespace nfstriage::command {
namespace {

namespace fs = std::filesystem;

struct BuildOptions {
    std::vector<std::string> sources;
    std::string output;
    std::string release;
    bool no_lines = false;
};

struct FileOptions {
    std::vector<std::string> files;
    std::string dump;
    std::string write_btf;
};

std::string name_of(layout::ProfileSection kind) {
    switch (kind) {
        case layout::ProfileSection::identity:
            return "identity";
        case layout::ProfileSection::types:
            return "types (BTF)";
        case layout::ProfileSection::symbols:
            return "symbols";
        case layout::ProfileSection::orc:
            return "ORC";
        case layout::ProfileSection::code:
            return "source lines";
        case layout::ProfileSection::cfi:
            return "call frames";
        case layout::ProfileSection::samples:
            return "samples";
        case layout::ProfileSection::absent:
            return "absent types";
        case layout::ProfileSection::sections:
            return "sections";
    }
    return "unknown to this version";
}

int fail(const Error& error, int status) {
    spdlog::error("{}", to_string(error));
    return status;
}

int build(const BuildOptions& options) {
    MakeProfile request;
    request.sources = {options.sources.begin(), options.sources.end()};
    request.wanted.release = options.release;
    request.how.lines = !options.no_lines;
    auto built = make_profile(request);
    if (!built) return fail(built.error(), Exit::unreadable);
    for (const std::string& remark : built->remarks) spdlog::warn("{}", remark);
    fs::path output = options.output;
    if (output.empty() || fs::is_directory(output)) {
        auto name = layout::profile_file_name(built->identity);
        if (!name) {
            spdlog::error("the files do not tell their release; name the profile with -o FILE");
            return Exit::usage;
        }
        output /= *name;
    }
    if (auto saved = save_profile(output, built->bytes); !saved)
        return fail(saved.error(), Exit::check_failed);
    fmt::print("{}  {:.1f} MB  {}\n", output.string(),
               static_cast<double>(built->bytes.size()) / 1e6, layout::to_string(built->identity));
    return Exit::done;
}

int list(const FileOptions& options) {
    std::vector<fs::path> folders(options.files.begin(), options.files.end());
    if (folders.empty()) folders = profile_folders();
    std::size_t found = 0;
    for (const fs::path& folder : folders) {
        for (const fs::path& path : layout::profiles_in(folder)) {
            ++found;
            auto profile = layout::Profile::open(path);
            if (profile)
                fmt::print("{}\n    {}\n", path.string(),
                           layout::to_string((*profile)->identity()));
            else
                fmt::print("{}\n    unusable: {}\n", path.string(), profile.error().expected);
        }
    }
    if (found == 0) {
        std::string where;
        for (const fs::path& folder : folders)
            where += (where.empty() ? "" : ", ") + folder.string();
        fmt::print("no profiles in {}\n", where);
    }
    return Exit::done;
}

bool write_btf(const layout::Profile& profile, const std::string& path) {
    auto bytes = layout::unpack_types(profile);
    if (!bytes) {
        spdlog::error("{}: {}", profile.path().string(), to_string(bytes.error()));
        return false;
    }
    std::ofstream file(path, std::ios::binary | std::ios::trunc);
    file.write(reinterpret_cast<const char*>(bytes->data()),
               static_cast<std::streamsize>(bytes->size()));
    file.close();
    if (!file) spdlog::error("{}: cannot be written; check the path and the free space", path);
    return file.good();
}

int show(const FileOptions& options) {
    auto opened = layout::Profile::open(options.files.front());
    if (!opened) return fail(opened.error(), Exit::unreadable);
    const layout::Profile& profile = **opened;
    fmt::print("{}\n", layout::to_string(profile.identity()));
    for (const layout::ProfileObject& object : profile.objects()) {
        fmt::print("{:<9} {}", object.name.empty() ? "vmlinux" : "module", object.name);
        if (!object.srcversion.empty()) fmt::print(" srcversion {}", object.srcversion);
        if (!object.build_id.empty())
            fmt::print("{}build id {}", object.name.empty() ? "" : " ", object.build_id);
        fmt::print("\n");
    }
    std::uint64_t all = 0;
    for (const layout::Profile::Entry& entry : profile.entries()) {
        fmt::print("{:>9}  {:<12} {}\n", entry.size, name_of(entry.kind),
                   entry.object.empty() ? "" : entry.object);
        all += entry.size;
    }
    fmt::print("{:>9}  bytes in all\n", all);
    if (!options.write_btf.empty() && !write_btf(profile, options.write_btf))
        return Exit::check_failed;
    return Exit::done;
}

int verify(const FileOptions& options) {
    int status = Exit::done;
    for (const std::string& file : options.files) {
        auto profile = layout::Profile::open(file);
        std::vector<std::string> faults;
        if (profile)
            faults = layout::verify_profile(**profile);
        else
            faults.push_back(to_string(profile.error()));
        if (profile && faults.empty() && !options.dump.empty())
            if (auto match = match_dump(file, options.dump); !match)
                faults.push_back(to_string(match.error()));
        for (const std::string& fault : faults) spdlog::error("{}", fault);
        if (faults.empty())
            fmt::print("{}: sound{}\n", file,
                       options.dump.empty() ? "" : ", and of the kernel of " + options.dump);
        else
            status = Exit::check_failed;
    }
    return status;
}

void add_build(CLI::App& profile, int& status) {
    auto options = std::make_shared<BuildOptions>();
    CLI::App* app = profile.add_subcommand("build", "Make the profile of a kernel from debuginfo");
    app->add_option("SOURCE", options->sources,
                    "vmlinux, directory tree (/usr/lib/debug), .rpm, .deb, .ddeb or tar with it")
        ->required();
    app->add_option("-o,--output", options->output,
                    "Profile to write, or folder for it (default: here, named after the kernel)")
        ->type_name("FILE");
    app->add_option("--release", options->release, "Which kernel, if SOURCE has several (uname -r)")
        ->type_name("RELEASE");
    app->add_flag("--no-lines", options->no_lines,
                  "Leave out source lines, parameters and call frames");
    app->callback([options, &status] { status = build(*options); });
}

}  // namespace

void add_profile(CLI::App& app, int& status) {
    CLI::App* profile = app.add_subcommand(
        "profile", "Make, list and check kernel profiles: types, symbols and source lines");
    profile->require_subcommand(1);
    add_build(*profile, status);

    auto add = [&](const char* name, const char* help, auto run) {
        auto options = std::make_shared<FileOptions>();
        CLI::App* command = profile->add_subcommand(name, help);
        command->callback([options, run, &status] { status = run(*options); });
        return std::pair(command, options);
    };
    auto [list_app, list_options] = add("list", "List the profiles that analyze would use", list);
    list_app->add_option("FOLDER", list_options->files,
                         "Where to look (default: the folders that analyze searches)");
    auto [show_app, show_options] = add("show", "Say what a profile holds", show);
    show_app->add_option("FILE", show_options->files, "Profile")->required()->expected(1);
    show_app
        ->add_option("--write-btf", show_options->write_btf,
                     "Write its types as plain BTF, for bpftool btf dump file")
        ->type_name("FILE");
    auto [verify_app, verify_options] =
        add("verify", "Check that profiles are whole, and of a dump's kernel", verify);
    verify_app->add_option("FILE", verify_options->files, "Profiles")->required();
    verify_app->add_option("--dump", verify_options->dump, "Dump whose kernel it must be")
        ->type_name("FILE");
}

}  // namespace nfstriage::command
