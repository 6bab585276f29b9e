#include "layout/kernel_identity.h"

#include "base/text.h"

namespace nfstriage::layout {
namespace {

std::string missing_of(const KernelIdentity& identity) {
    std::string missing;
    auto add = [&missing](bool known, std::string_view what) {
        if (!known) missing += std::string(missing.empty() ? "" : ", ") + std::string(what);
    };
    add(identity.arch.has_value(), "architecture");
    add(identity.release.has_value(), "release");
    add(identity.version.has_value(), "version");
    return missing;
}

tl::unexpected<Error> refused(const KernelIdentity& dump, const KernelIdentity& file,
                              const std::string& file_name, const std::string& why) {
    return error(file_name, std::nullopt,
                 "it is of " + to_string(file) + ", the dump is of " + to_string(dump) + ": " + why,
                 "name the debuginfo of exactly the kernel that crashed");
}

}  // namespace

std::string to_string(const KernelIdentity& identity) {
    std::string text;
    auto add = [&text](std::string_view part) {
        if (!text.empty()) text += ' ';
        text += part;
    };
    add(identity.release ? "kernel " + escape(*identity.release) : "a kernel of unknown release");
    if (identity.arch) add(to_string(*identity.arch));
    if (identity.version) add(escape(*identity.version));
    add(identity.build_id ? "(build id " + escape(*identity.build_id) + ")" : "(no build id)");
    return text;
}

Result<void> same_kernel(const KernelIdentity& dump, const KernelIdentity& file,
                         const std::string& file_name) {
    if (dump.arch && file.arch && *dump.arch != *file.arch)
        return refused(dump, file, file_name, "the architectures differ");
    if (dump.build_id && file.build_id) {
        if (*dump.build_id == *file.build_id) return {};
        return refused(dump, file, file_name, "the build ids differ");
    }
    if (dump.release && file.release && *dump.release != *file.release)
        return refused(dump, file, file_name, "the releases differ");
    if (dump.version && file.version && *dump.version != *file.version)
        return refused(dump, file, file_name,
                       "the versions differ, it is another build of this release");
    std::string in_file = missing_of(file), in_dump = missing_of(dump);
    if (!in_file.empty())
        return refused(dump, file, file_name, "the file does not tell its " + in_file);
    if (!in_dump.empty())
        return refused(dump, file, file_name, "the dump does not tell its " + in_dump);
    return {};
}

}  // namespace nfstriage::layout
