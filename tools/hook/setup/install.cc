#include "install.h"

#include <sys/stat.h>
#include <algorithm>
#include <array>
#include <fstream>
#include <iterator>

namespace nfstriage::setup {
namespace {

const FamilyPart& part_of(Family family) {
    switch (family) {
        case Family::suse:
            return kSuse;
        case Family::debian:
            return kDebian;
        case Family::red_hat:
            break;
    }
    return kRedHat;
}

// Names of the profiles that installations put into the folder, one on a line: an administrator's
// own are not ours to take away.
const std::string kProfileList = std::string(kProfileFolder) + "/put-here-by-hook-install";

std::vector<std::string> lines_of(const Root& root, const std::string& path) {
    std::vector<std::string> lines;
    auto text = root.read(path);
    if (!text) return lines;
    for (std::size_t begin = 0; begin < text->size();) {
        std::size_t end = std::min(text->find('\n', begin), text->size());
        if (end > begin) lines.push_back(text->substr(begin, end - begin));
        begin = end + 1;
    }
    return lines;
}

bool contains(const std::vector<std::string>& all, const std::string& one) {
    return std::find(all.begin(), all.end(), one) != all.end();
}

bool same_content(const std::filesystem::path& one, const std::filesystem::path& other) {
    std::ifstream first(one, std::ios::binary), second(other, std::ios::binary);
    using Bytes = std::istreambuf_iterator<char>;
    return first && second && std::equal(Bytes(first), Bytes(), Bytes(second), Bytes());
}

void add_profiles(const Root& root, const Setup& setup, Plan& plan) {
    std::vector<std::string> ours = lines_of(root, kProfileList);
    const std::size_t before = ours.size();
    for (const std::string& file : setup.profiles) {
        std::string name = std::filesystem::path(file).filename().string();
        const std::string path = std::string(kProfileFolder) + "/" + name;
        if (!root.exists(path) && !contains(ours, name)) ours.push_back(name);
        if (!same_content(file, root.real(path))) plan.steps.push_back(CopyFile{file, path});
    }
    if (ours.size() == before) return;
    std::string text;
    for (const std::string& name : ours) text += name + "\n";
    plan.steps.push_back(WriteFile{kProfileList, text});
}

void remove_profiles(const Root& root, Plan& plan) {
    if (!root.exists(kProfileList)) return;
    for (const std::string& name : lines_of(root, kProfileList)) {
        // Written by ourselves, but it lies on a disk that others write to.
        if (name.find('/') != std::string::npos || name == "." || name == "..") continue;
        const std::string path = std::string(kProfileFolder) + "/" + name;
        if (root.exists(path)) plan.steps.push_back(RemoveFile{path});
    }
    plan.steps.push_back(RemoveFile{kProfileList, true});
}

void add_post_boot(const Root& root, Plan& plan) {
    auto unit = find_unit(root, kPostBootUnit);
    if (!unit) {
        plan.warnings.push_back(std::string(kPostBootUnit) +
                                " is not installed, so dumps are not looked at after the reboot: "
                                "install the package nfstriage-hook");
        return;
    }
    if (root.link(kPostBootLink) == *unit) return;
    plan.steps.push_back(MakeLink{kPostBootLink, *unit});
}

void remove_post_boot(const Root& root, Plan& plan) {
    if (root.link(kPostBootLink)) plan.steps.push_back(RemoveFile{kPostBootLink});
}

// Whether the image was made before the hook came onto this host. A package keeps the file's time
// of modification, so that of its last change counts.
bool image_is_older(const Root& root, const std::string& image, const std::string& hook) {
    struct stat made {
    }, came{};
    if (stat(root.real(image).c_str(), &made) != 0) return false;
    if (stat(root.real(hook).c_str(), &came) != 0) return false;
    return made.st_mtim.tv_sec < came.st_ctim.tv_sec;
}

std::string changed_path(const Step& step) {
    if (const auto* write = std::get_if<WriteFile>(&step)) return write->path;
    if (const auto* link = std::get_if<MakeLink>(&step)) return link->path;
    if (const auto* remove = std::get_if<RemoveFile>(&step)) return remove->path;
    return "";
}

// Has systemd read its units anew, where the plan changes them and it runs: in a chroot it does
// not.
void reload_units(const Root& root, Plan& plan) {
    bool changed = false;
    for (const Step& step : plan.steps)
        changed = changed || changed_path(step).starts_with("/etc/systemd/system/");
    if (changed && root.is_folder("/run/systemd/system"))
        plan.steps.push_back(RunCommand{{"systemctl", "daemon-reload"}});
}

// The image anew, where kdump calls the hook and the image was made before it.
Result<Plan> plan_refresh(const Root& root, const Setup& setup) {
    Plan plan;
    const FamilyPart& part = part_of(setup.family);
    auto call = part.find(root, setup.hook);
    if (!call) return tl::unexpected<Error>(call.error());
    auto image = capture_image(root, setup);
    if (*call && image && image_is_older(root, *image, setup.hook)) part.rebuild(root, setup, plan);
    return plan;
}

bool changes_a_file(const Plan& plan) {
    for (const Step& step : plan.steps)
        if (!std::holds_alternative<RunCommand>(step)) return true;
    return false;
}

}  // namespace

std::optional<std::string> find_command(const Root& root, const std::string& name) {
    constexpr std::array<const char*, 4> kFolders{"/usr/sbin/", "/usr/bin/", "/sbin/", "/bin/"};
    for (const char* folder : kFolders)
        if (root.is_executable(folder + name)) return folder + name;
    return std::nullopt;
}

std::optional<std::string> find_unit(const Root& root, const std::string& name) {
    constexpr std::array<const char*, 3> kFolders{
        "/etc/systemd/system/", "/usr/lib/systemd/system/", "/lib/systemd/system/"};
    for (const char* folder : kFolders)
        if (root.exists(folder + name)) return folder + name;
    return std::nullopt;
}

std::optional<std::string> capture_image(const Root& root, const Setup& setup) {
    for (const std::string& image : part_of(setup.family).images(setup))
        if (root.exists(image)) return image;
    return std::nullopt;
}

Result<std::optional<std::string>> find_call(const Root& root, Family family,
                                             const std::string& hook) {
    return part_of(family).find(root, hook);
}

// Commands come last: one that fails leaves no file undone.
Result<Plan> plan_install(const Root& root, const Setup& setup) {
    if (!root.is_executable(setup.hook))
        return error(root.real(setup.hook).string(), std::nullopt, "the hook, an executable file",
                     "install the package nfstriage-hook, or name the program with --hook");
    if (setup.refresh) return plan_refresh(root, setup);
    Plan plan;
    const FamilyPart& part = part_of(setup.family);
    bool stale = false;
    if (setup.capture) {
        if (auto done = part.install(root, setup, plan); !done)
            return tl::unexpected<Error>(done.error());
        add_profiles(root, setup, plan);
        auto image = capture_image(root, setup);
        stale = changes_a_file(plan) || (image && image_is_older(root, *image, setup.hook));
    }
    if (setup.post_boot) add_post_boot(root, plan);
    reload_units(root, plan);
    if (setup.rebuild && stale) part.rebuild(root, setup, plan);
    return plan;
}

Result<Plan> plan_uninstall(const Root& root, const Setup& setup) {
    Plan plan;
    std::vector<const FamilyPart*> changed;
    for (const FamilyPart* part : {&kRedHat, &kSuse, &kDebian}) {
        const std::size_t before = plan.steps.size();
        if (auto done = part->uninstall(root, setup, plan); !done)
            return tl::unexpected<Error>(done.error());
        if (plan.steps.size() > before) changed.push_back(part);
    }
    remove_profiles(root, plan);
    remove_post_boot(root, plan);
    reload_units(root, plan);
    if (setup.rebuild)
        for (const FamilyPart* part : changed) part->rebuild(root, setup, plan);
    return plan;
}

}  // namespace nfstriage::setup
