#include "profile_service.h"

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/packed.h"

namespace nfstriage::command {
namespace {

using layout::KernelSeen;
using layout::ProfileObject;

std::string pack(const KernelSeen& seen) {
    const layout::KernelIdentity& kernel = seen.kernel;
    std::vector<std::string> modules;
    for (const ProfileObject& module : seen.modules)
        for (const std::string* text :
             {&module.name, &module.build_id, &module.srcversion, &module.vermagic})
            modules.push_back(*text);
    PackWriter writer;
    writer(kernel.arch ? std::string(to_string(*kernel.arch)) : "", kernel.release, kernel.version,
           kernel.build_id, modules);
    return writer.take();
}

std::optional<KernelSeen> unpack_seen(const std::string& bytes) {
    KernelSeen seen;
    std::string arch;
    std::vector<std::string> modules;
    PackReader reader(bytes);
    reader(arch, seen.kernel.release, seen.kernel.version, seen.kernel.build_id, modules);
    if (reader.failed() || modules.size() % 4 != 0) return std::nullopt;
    seen.kernel.arch = arch_from_machine(arch);
    for (std::size_t i = 0; i < modules.size(); i += 4)
        seen.modules.push_back({modules[i], modules[i + 1], modules[i + 2], modules[i + 3]});
    return seen;
}

std::string pack(const Result<std::filesystem::path>& made) {
    PackWriter writer;
    if (made)
        writer(true, made->string());
    else
        writer(false, made.error().file, made.error().offset, made.error().expected,
               made.error().remedy);
    return writer.take();
}

Result<std::filesystem::path> unpack_made(const std::string& bytes) {
    PackReader reader(bytes);
    bool is_made = false;
    std::string path;
    reader(is_made);
    if (is_made) reader(path);
    Error why;
    if (!is_made) reader(why.file, why.offset, why.expected, why.remedy);
    if (bytes.empty() || reader.failed())
        return error("", std::nullopt, "an answer from the process that makes the profile",
                     "try again, or with --sandbox=off");
    if (!is_made) return tl::unexpected<Error>(std::move(why));
    return std::filesystem::path(path);
}

}  // namespace

MakesProfile offered(Outside& outside, MakesProfile make) {
    auto ask = outside.offer([make = std::move(make)](const std::string& request) -> std::string {
        auto seen = unpack_seen(request);
        return seen ? pack(make(*seen)) : "";
    });
    return [ask](const KernelSeen& seen) { return unpack_made(ask(pack(seen))); };
}

}  // namespace nfstriage::command
