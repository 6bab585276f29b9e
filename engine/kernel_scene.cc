#include "kernel_scene.h"

#include <algorithm>

#include "debuginfo/linked_kernel.h"
#include "layout/btf_types.h"
#include "layout/combined_types.h"
#include "layout/profile_store.h"
#include "layout/profile_types.h"

namespace nfstriage {
namespace {

namespace fs = std::filesystem;

struct Held {
    std::unique_ptr<debuginfo::LinkedKernel> kernel;
    std::shared_ptr<const layout::Profile> profile;
    std::unique_ptr<layout::Types> types;
    std::unique_ptr<layout::ProfileCode> code;
};

using FoundProfile = Result<std::shared_ptr<const layout::Profile>>;

FoundProfile open_profile(const fs::path& path) {
    auto profile = layout::Profile::open(path);
    if (!profile) return tl::unexpected<Error>(profile.error());
    return std::shared_ptr<const layout::Profile>(std::move(*profile));
}

layout::KernelSeen seen_of(const debuginfo::LinkedKernel& kernel) {
    layout::KernelSeen seen;
    seen.kernel = kernel.identity();
    for (const auto& module : kernel.modules()) seen.modules.push_back(module.object);
    return seen;
}

FoundProfile find_profile(const debuginfo::LinkedKernel& kernel, const KernelOptions& options) {
    const ProfileOptions& profiles = options.reading.profiles;
    if (!profiles.file.empty()) {
        auto named = open_profile(profiles.file);
        if (!named) return named;
        auto same =
            layout::same_kernel(kernel.identity(), (*named)->identity(), profiles.file.string());
        if (!same) return tl::unexpected<Error>(same.error());
        return named;
    }
    layout::StoredProfile stored =
        layout::find_stored(profiles.folders, kernel.identity(), profiles.carried);
    if (stored.profile) return stored.profile;
    layout::KernelSeen seen = seen_of(kernel);
    if (profiles.make) {
        auto made = profiles.make(seen);
        if (!made) return tl::unexpected<Error>(made.error());
        return open_profile(*made);
    }
    if (!kernel.has_debug_info() || !options.make_profile) return FoundProfile(nullptr);
    std::vector<fs::path> files{kernel.vmlinux()};
    for (const auto& module : kernel.modules()) files.push_back(module.path);
    auto made = options.make_profile(files, seen);
    if (!made) return tl::unexpected<Error>(made.error());
    return open_profile(*made);
}

// Whether an object of the profile is this very file: places in its code are those of the file.
bool is_same_object(const layout::Profile& profile, const layout::ProfileObject& object) {
    return std::any_of(profile.objects().begin(), profile.objects().end(), [&](const auto& other) {
        return other.name == object.name && !object.build_id.empty() &&
               other.build_id == object.build_id;
    });
}

std::unique_ptr<layout::Types> types_of(const Held& held) {
    auto own = held.kernel->types();
    if (!held.profile) return own;
    auto btf = layout::btf_of(*held.profile);
    if (!btf) return own;
    auto chosen = std::make_unique<layout::BtfTypes>(std::move(*btf), "profile");
    if (own->source() == "none") return chosen;
    // Types of the files themselves are whole, those of a profile are a choice.
    auto rest = std::make_shared<std::unique_ptr<layout::Types>>(std::move(chosen));
    return std::make_unique<layout::CombinedTypes>(std::move(own), std::vector<std::string>(),
                                                   [rest] { return std::move(*rest); });
}

void place_code(Held& held) {
    held.code = std::make_unique<layout::ProfileCode>(held.profile);
    for (const auto& module : held.kernel->modules())
        if (is_same_object(*held.profile, module.object))
            held.code->place(module.object.name, VAddr{module.linked.base()}, module.linked.size(),
                             module.linked.base());
    if (held.kernel->modules().empty()) held.code->place("", VAddr{0}, ~std::uint64_t{0}, 0);
}

void describe(const Held& held, facts::Scene& scene) {
    facts::Kernel& kernel = scene.kernel;
    facts::describe(held.kernel->identity(), kernel);
    for (const auto& module : held.kernel->modules()) kernel.modules.push_back(module.object.name);
    for (std::string_view source : held.types->sources()) kernel.layout.types.emplace_back(source);
    kernel.layout.symbols = {"files"};
    if (held.profile) kernel.layout.source_lines = {"profile"};
    scene.input.is_kernel = true;
    scene.input.format = "kernel files";
    for (const std::string& remark : held.kernel->remarks()) scene.input.missing.push_back(remark);
    scene.input.complete = scene.input.missing.empty();
}

facts::CodeSource source_of(const Held& held, Arch arch) {
    const debuginfo::LinkedKernel& kernel = *held.kernel;
    facts::CodeSource source{
        .memory = kernel,
        .symbols = kernel.symbols(),
        .types = *held.types,
        .arch = arch,
        .has_string = [&kernel](std::string_view module,
                                std::string_view text) -> facts::CodeAnswer {
            Tri holds = kernel.has_string(module, text);
            if (holds == Tri::yes)
                return {holds, Reason::no_symbol, "the string is in the data of NFS", {}};
            if (holds == Tri::no)
                return {holds, Reason::no_symbol, "no module of NFS has such a string", {}};
            return {holds, Reason::not_dumped, "read-only data of NFS was not found", {}};
        }};
    if (held.code) facts::ask_inlining(*held.code, source);
    return source;
}

Result<facts::KernelScene> scene_of_profile(const fs::path& path) {
    auto profile = open_profile(path);
    if (!profile) return tl::unexpected<Error>(profile.error());
    return facts::from_profile(std::move(*profile));
}

Result<facts::KernelScene> scene_of_kernel_files(const fs::path& path,
                                                 const KernelOptions& options) {
    auto files = debuginfo::gather_image_files(path, options.limits, options.progress);
    if (!files) return tl::unexpected<Error>(files.error());
    auto held = std::make_shared<Held>();
    auto kernel = debuginfo::LinkedKernel::load(std::move(*files), options.limits);
    if (!kernel) return tl::unexpected<Error>(kernel.error());
    held->kernel = std::move(*kernel);
    facts::Scene scene;
    auto profile = find_profile(*held->kernel, options);
    bool asked_for = !options.reading.profiles.file.empty();
    if (!profile && asked_for) return tl::unexpected<Error>(profile.error());
    if (!profile)
        scene.input.missing.push_back("no profile: " + to_string(profile.error()));
    else
        held->profile = std::move(*profile);
    if (held->profile) place_code(*held);
    held->types = types_of(*held);
    describe(*held, scene);
    scene.memory = held->kernel.get();
    scene.types = held->types.get();
    scene.symbols = &held->kernel->symbols();
    scene.code = facts::code_of(source_of(*held, scene.kernel.arch.value_or(Arch::x86_64)));
    return facts::KernelScene{std::move(scene), std::move(held)};
}

}  // namespace

bool is_kernel(const fs::path& path, const debuginfo::ArchiveLimits& limits) {
    return layout::is_profile(path) || debuginfo::has_kernel_files(path, limits);
}

Result<facts::KernelScene> scene_of_kernel(const fs::path& path, const KernelOptions& options) {
    auto kernel =
        layout::is_profile(path) ? scene_of_profile(path) : scene_of_kernel_files(path, options);
    if (kernel) kernel->scene.input.path = path.string();
    return kernel;
}

}  // namespace nfstriage
