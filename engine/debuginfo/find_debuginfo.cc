#include "debuginfo/find_debuginfo.h"

#include <algorithm>
#include <utility>

#include "base/text.h"
#include "debuginfo/elf_object.h"
#include "debuginfo/find_debuginfo_sources.h"
#include "debuginfo/object_identity.h"

namespace nfstriage::debuginfo {
namespace {

namespace fs = std::filesystem;
using layout::KernelIdentity;

constexpr std::size_t kMostListed = 8;  // kernels in one message

// A vmlinux that was opened.
struct Image {
    fs::path path;
    std::string shown;
    FileRole role;
    std::size_t source = 0;
    ObjectIdentity identity;
};

bool same_build(const KernelIdentity& a, const KernelIdentity& b) {
    if (a.build_id && b.build_id) return *a.build_id == *b.build_id;
    return a.arch == b.arch && a.release == b.release && a.version == b.version;
}

class Finding {
public:
    Finding(const WantedKernel& wanted, const FindOptions& options)
        : wanted_(wanted), options_(options) {}

    Result<KernelFiles> run(const std::vector<fs::path>& sources) {
        gathered_ = gather_sources(sources, wanted_, options_);
        open_images();
        auto chosen = choose();
        if (!chosen) return tl::unexpected<Error>(chosen.error());
        const Image& image = images_[*chosen];
        files_.identity = image.identity.kernel;
        files_.vmlinux = image.path;
        files_.objects.push_back(image.identity.object);
        complete_identity();
        for (const Candidate& candidate : gathered_.candidates)
            if (!candidate.role.module.empty()) take_module(candidate, image);
        for (auto& [name, object] : modules_) files_.objects.push_back(std::move(object));
        finish_remarks(image);
        auto& folders = gathered_.folders;
        files_.folders.insert(files_.folders.begin(), folders.begin(), folders.end());
        return std::move(files_);
    }

private:
    Result<ObjectIdentity> identify(const fs::path& path) const {
        auto elf = ElfObject::open(path);
        if (!elf) return tl::unexpected<Error>(elf.error());
        return identify_object(**elf);
    }

    void open_images();
    Result<std::size_t> choose();
    Result<std::size_t> choose_only(const std::vector<std::size_t>& with_debug_info) const;
    tl::unexpected<Error> nothing_found() const;
    void complete_identity();
    void take_module(const Candidate& candidate, const Image& image);
    Result<void> check_module(const ObjectIdentity& identity, const std::string& name) const;
    void finish_remarks(const Image& image);

    // Whether the dump says that its module `name` has this build id.
    bool in_dump(const std::string& name, const std::string& build_id) const {
        return !build_id.empty() && std::any_of(wanted_.modules.begin(), wanted_.modules.end(),
                                                [&](const layout::ProfileObject& told) {
                                                    return told.name == name &&
                                                           told.build_id == build_id;
                                                });
    }

    void remark(std::string text) { files_.remarks.push_back(std::move(text)); }

    const WantedKernel& wanted_;
    const FindOptions& options_;
    Gathered gathered_;
    std::vector<Image> images_;
    KernelFiles files_;
    std::map<std::string, layout::ProfileObject> modules_;
    std::map<std::string, std::string> bare_;  // modules without debug information: name → file
    std::vector<std::string> untold_;          // modules that do not say of which kernel they are
};

void Finding::open_images() {
    for (const Candidate& candidate : gathered_.candidates) {
        if (!candidate.role.module.empty()) continue;
        auto path = expanded(candidate, options_, files_.folders);
        auto identity = path ? identify(*path) : tl::unexpected<Error>(path.error());
        if (!identity || identity->is_module()) {
            // Kernel trees have other programs of that name (arch/x86/boot/compressed/vmlinux).
            if (!identity) gathered_.errors.push_back(identity.error());
            continue;
        }
        images_.push_back(
            {*path, candidate.shown, candidate.role, candidate.source, std::move(*identity)});
    }
    // A separate debug file has no strings; the stripped file of the same build id may be here too.
    for (Image& image : images_) {
        KernelIdentity& kernel = image.identity.kernel;
        for (const Image& other : images_) {
            const KernelIdentity& told = other.identity.kernel;
            if (kernel.version || !kernel.build_id || told.build_id != kernel.build_id) continue;
            kernel.release = told.release;
            kernel.version = told.version;
        }
        if (!kernel.release) kernel.release = image.role.release;
    }
}

tl::unexpected<Error> Finding::nothing_found() const {
    for (const Image& image : images_)
        return error(image.shown, std::nullopt,
                     "debug information (.debug_info) was expected in this vmlinux of " +
                         to_string(image.identity.kernel),
                     "name the debuginfo package of that kernel");
    if (!gathered_.errors.empty()) {
        Error first = gathered_.errors.front();
        for (std::size_t i = 1; i < std::min(gathered_.errors.size(), kMostListed); ++i)
            first.expected += "; " + to_string(gathered_.errors[i]);
        return tl::unexpected<Error>(std::move(first));
    }
    std::string found;
    for (const std::string& release : gathered_.releases)
        found += (found.empty() ? "" : ", ") + escape(release);
    if (gathered_.candidates.empty() && !found.empty() && wanted_.kernel)
        return error("", std::nullopt,
                     "debuginfo of " + to_string(*wanted_.kernel) +
                         " was expected, found is that of " + found,
                     "name the debuginfo of exactly the kernel that crashed");
    return error("", std::nullopt,
                 "a vmlinux with debug information was expected, found are only modules" +
                     (found.empty() ? found : " of " + found),
                 "name the vmlinux of the same kernel too; it is in the package called "
                 "kernel-debuginfo, linux-image-…-dbg or -dbgsym");
}

// Without a wanted kernel: the one there is.
Result<std::size_t> Finding::choose_only(const std::vector<std::size_t>& candidates) const {
    std::string list;
    std::size_t kernels = 0;
    for (std::size_t i = 0; i < candidates.size(); ++i) {
        const KernelIdentity& kernel = images_[candidates[i]].identity.kernel;
        bool seen = std::any_of(candidates.begin(), candidates.begin() + i, [&](std::size_t other) {
            return same_build(images_[other].identity.kernel, kernel);
        });
        if (seen || ++kernels > kMostListed) continue;
        list +=
            (list.empty() ? "" : "; ") + to_string(kernel) + " in " + images_[candidates[i]].shown;
    }
    // A package is unpacked for its first kernel only, and names the others.
    std::string others;
    const auto& release = images_[candidates[0]].identity.kernel.release;
    for (const std::string& other : gathered_.releases)
        if (kernels == 1 && wanted_.release.empty() && release && other != *release)
            others += (others.empty() ? "" : ", ") + escape(other);
    if (kernels == 1 && others.empty()) return candidates.front();
    return error("", std::nullopt,
                 "debuginfo of one kernel was expected, found is that of " + list +
                     (others.empty() ? others : "; and of " + others),
                 "name the vmlinux of one of them, or the dump that it is for");
}

Result<std::size_t> Finding::choose() {
    std::vector<std::size_t> candidates;
    for (std::size_t i = 0; i < images_.size(); ++i)
        if (images_[i].identity.debug_info) candidates.push_back(i);
    if (candidates.empty()) return nothing_found();
    if (!wanted_.kernel && !wanted_.release.empty()) {
        Image& first = images_[candidates.front()];
        std::erase_if(candidates, [this](std::size_t i) {
            return images_[i].identity.kernel.release != wanted_.release;
        });
        if (candidates.empty())
            return error(first.shown, std::nullopt,
                         "debuginfo of " + escape(wanted_.release) + " was expected, found is " +
                             to_string(first.identity.kernel),
                         "name the release as uname -r gives it");
    }
    if (!wanted_.kernel) return choose_only(candidates);
    std::optional<Error> refused;
    for (std::size_t i : candidates) {
        auto same = same_kernel(*wanted_.kernel, images_[i].identity.kernel, images_[i].shown);
        if (same) return i;
        if (!refused)
            refused = same.error();
        else
            refused->expected +=
                "; " + images_[i].shown + " is of " + to_string(images_[i].identity.kernel);
    }
    return tl::unexpected<Error>(std::move(*refused));
}

// What the file does not say about itself, the dump of the same build does.
void Finding::complete_identity() {
    if (!wanted_.kernel) return;
    KernelIdentity& kernel = files_.identity;
    if (!kernel.version && wanted_.kernel->release) kernel.release = wanted_.kernel->release;
    if (!kernel.version) kernel.version = wanted_.kernel->version;
    if (!kernel.build_id) kernel.build_id = wanted_.kernel->build_id;
}

// Against the kernel that was chosen, and against what the dump says of its module.
Result<void> Finding::check_module(const ObjectIdentity& identity, const std::string& name) const {
    const KernelIdentity& kernel = files_.identity;
    std::string remedy = "name the module's debug file of that kernel";
    auto refused = [&](const std::string& what) { return error(name, std::nullopt, what, remedy); };
    if (identity.kernel.arch != kernel.arch ||
        (identity.kernel.release && kernel.release && *identity.kernel.release != *kernel.release))
        return refused("module " + escape(identity.object.name) + " is of " +
                       to_string(identity.kernel) + ", not of " + to_string(kernel));
    for (const layout::ProfileObject& told : wanted_.modules) {
        if (told.name != identity.object.name) continue;
        auto differ = [&](const std::string& what, const std::string& in_dump,
                          const std::string& in_file) {
            return refused("module " + escape(told.name) + " has " + what + " " + escape(in_file) +
                           ", the one in the dump has " + escape(in_dump));
        };
        const layout::ProfileObject& found = identity.object;
        if (!told.build_id.empty() && !found.build_id.empty()) {
            if (told.build_id != found.build_id)
                return differ("build id", told.build_id, found.build_id);
        } else if (!told.srcversion.empty() && !found.srcversion.empty() &&
                   told.srcversion != found.srcversion) {
            return differ("srcversion", told.srcversion, found.srcversion);
        }
    }
    return {};
}

void Finding::take_module(const Candidate& candidate, const Image& image) {
    const std::string& name = candidate.role.module;
    if (modules_.contains(name)) return;
    auto path = expanded(candidate, options_, files_.folders);
    auto identity = path ? identify(*path) : tl::unexpected<Error>(path.error());
    if (!identity) return remark("not used: " + to_string(identity.error()));
    // A debug file below .build-id is not called after its module.
    if (in_dump(name, identity->object.build_id)) identity->object.name = name;
    if (identity->object.name != name)
        return remark("not used: " + candidate.shown + " is module " +
                      escape(identity->object.name));
    if (!identity->debug_info) {
        bare_.emplace(name, candidate.shown);
        return;
    }
    if (auto done = check_module(*identity, candidate.shown); !done)
        return remark("not used: " + to_string(done.error()));
    bool told = identity->kernel.release.has_value() || in_dump(name, identity->object.build_id);
    if (!told) {
        bool beside = candidate.source == image.source ||
                      (candidate.role.release && candidate.role.release == files_.identity.release);
        if (!beside)
            return remark("not used: " + candidate.shown +
                          " does not say of which kernel it is, and does not lie beside it");
        untold_.push_back(name);
    }
    files_.modules.emplace(name, std::move(*path));
    modules_.emplace(name, std::move(identity->object));
}

void Finding::finish_remarks(const Image& image) {
    for (std::string& text : gathered_.remarks) remark(std::move(text));
    for (const Error& failed : gathered_.errors) remark("not used: " + to_string(failed));
    for (const auto& [name, file] : bare_)
        if (!files_.modules.contains(name))
            remark("not used: " + file + " has no debug information");
    if (!untold_.empty()) {
        std::string names;
        for (const std::string& name : untold_) names += (names.empty() ? "" : ", ") + name;
        remark("the debug files of " + names +
               " do not say of which kernel they are; they are used because they come with " +
               image.shown);
    }
    if (files_.modules.empty())
        remark("no debug file of an NFS module was found with " + image.shown +
               ": types, lines and parameters of modules stay unknown");
}

}  // namespace

Result<KernelFiles> find_debuginfo(const std::vector<fs::path>& sources, const WantedKernel& wanted,
                                   const FindOptions& options) {
    return Finding(wanted, options).run(sources);
}

}  // namespace nfstriage::debuginfo
