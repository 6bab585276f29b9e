// A host's file system in a folder of the test: the scripts and configuration of each family as far
// as an installation looks at them, written for the tests in the form that the real ones have.
#pragma once

#include <stdlib.h>
#include <sys/stat.h>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <string>

#include "catch.h"
#include "hook/setup/apply.h"
#include "hook/setup/install.h"

namespace nfstriage::setup {

inline constexpr const char* kHook = "/usr/lib/nfstriage/nfstriage-hook";

class FakeHost {
public:
    FakeHost() {
        std::string pattern =
            (std::filesystem::temp_directory_path() / "setup-test-XXXXXX").string();
        REQUIRE(mkdtemp(pattern.data()) != nullptr);
        folder_ = pattern;
    }
    FakeHost(const FakeHost&) = delete;
    FakeHost& operator=(const FakeHost&) = delete;
    ~FakeHost() {
        std::error_code ignored;
        std::filesystem::remove_all(folder_, ignored);
    }

    std::filesystem::path path(const std::string& inside) const {
        return folder_ / inside.substr(1);
    }
    Root root() const { return Root(folder_); }

    void file(const std::string& inside, const std::string& text, unsigned mode = 0644) const {
        std::filesystem::create_directories(path(inside).parent_path());
        std::ofstream(path(inside), std::ios::binary) << text;
        REQUIRE(chmod(path(inside).c_str(), mode) == 0);
    }
    void program(const std::string& inside, const std::string& text = "#!/bin/sh\n") const {
        file(inside, text, 0755);
    }
    void package() const {
        program(kHook, "the hook");
        program("/usr/lib/nfstriage/kdump-tools-capture");
        file("/usr/lib/systemd/system/nfstriage-postboot.service", "[Service]\n");
        std::filesystem::create_directories(path("/run/systemd/system"));
    }

    // Every file, link and folder with mode and content.
    std::map<std::string, std::string> snapshot() const {
        std::map<std::string, std::string> all;
        for (const auto& entry : std::filesystem::recursive_directory_iterator(folder_)) {
            struct stat now {};
            REQUIRE(lstat(entry.path().c_str(), &now) == 0);
            std::string what = std::to_string(now.st_mode) + " ";
            if (entry.is_symlink())
                what += std::filesystem::read_symlink(entry.path()).string();
            else if (entry.is_regular_file())
                what += content(entry.path());
            all[entry.path().lexically_relative(folder_).string()] = what;
        }
        return all;
    }
    std::string text(const std::string& inside) const { return content(path(inside)); }

    Setup setup(Family family) const {
        Setup wanted;
        wanted.family = family;
        wanted.release = "4.19.90-made.up";
        return wanted;
    }

    // What the plan ran, one command on a line; the host's files are changed.
    std::string install(const Setup& wanted) const { return done(plan_install(root(), wanted)); }
    std::string uninstall(const Setup& wanted) const {
        return done(plan_uninstall(root(), wanted));
    }

private:
    static std::string content(const std::filesystem::path& path) {
        std::ifstream in(path, std::ios::binary);
        return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
    }
    std::string done(const Result<Plan>& plan) const {
        INFO((plan ? "" : to_string(plan.error())));
        REQUIRE(plan);
        std::string commands;
        auto applied = apply(*plan, root(), [&](const Step& step) {
            if (const auto* run = std::get_if<RunCommand>(&step)) {
                for (const std::string& word : run->words) commands += word + " ";
                commands.back() = '\n';
            }
        });
        INFO((applied ? "" : to_string(applied.error())));
        REQUIRE(applied);
        return commands;
    }

    std::filesystem::path folder_;
};

}  // namespace nfstriage::setup
