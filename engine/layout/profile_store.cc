#include "layout/profile_store.h"

#include <libdeflate.h>
#include <algorithm>
#include <system_error>

#include <fmt/format.h>

#include "layout/module_sections.h"

namespace nfstriage::layout {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kLongestRelease = 64;  // __NEW_UTS_LEN
constexpr std::size_t kBuildIdDigits = 16;

// What the name of every profile of that release begins with.
std::string prefix_of(const std::string& release) {
    std::string name = release.substr(0, kLongestRelease);
    for (char& c : name) {
        bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                     c == '.' || c == '_' || c == '+' || c == '~' || c == '-';
        if (!plain) c = '_';
    }
    if (name.starts_with('.')) name.front() = '_';
    return name + "-";
}

}  // namespace

std::optional<std::string> profile_file_name(const KernelIdentity& identity) {
    if (!identity.release || identity.release->empty()) return std::nullopt;
    std::string which;
    if (identity.build_id) {
        which = identity.build_id->substr(0, kBuildIdDigits);
    } else {
        std::string text(identity.arch ? to_string(*identity.arch) : "");
        text += " " + identity.version.value_or("");
        which = fmt::format("{:08x}", libdeflate_crc32(0, text.data(), text.size()));
    }
    return prefix_of(*identity.release) + which + kProfileSuffix;
}

std::vector<fs::path> profiles_in(const fs::path& folder) {
    std::vector<fs::path> found;
    std::error_code failure;
    for (const auto& entry : fs::directory_iterator(folder, failure))
        if (entry.path().extension() == kProfileSuffix) found.push_back(entry.path());
    std::sort(found.begin(), found.end());
    return found;
}

StoredProfile find_stored(const std::vector<fs::path>& folders, const KernelIdentity& identity,
                          const std::vector<ByteSpan>& carried) {
    StoredProfile result;
    if (!identity.release) return result;
    std::string prefix = prefix_of(*identity.release);
    for (const fs::path& folder : folders) {
        for (const fs::path& path : profiles_in(folder)) {
            if (!path.filename().string().starts_with(prefix)) continue;
            auto profile = Profile::open(path);
            if (!profile) {
                result.rejected.push_back(profile.error());
                continue;
            }
            if (auto same = same_kernel(identity, (*profile)->identity(), path.string()); !same) {
                result.rejected.push_back(same.error());
                continue;
            }
            if (tells_of_sections(**profile)) {
                result.profile = std::move(*profile);
                return result;
            }
            if (!result.profile) result.profile = std::move(*profile);
        }
    }
    for (std::size_t i = 0; i < carried.size() && !result.profile; ++i) {
        std::string name = "built-in profile " + std::to_string(i + 1);
        auto profile = Profile::from_bytes(carried[i], name);
        if (profile && same_kernel(identity, (*profile)->identity(), name))
            result.profile = std::move(*profile);
    }
    return result;
}

}  // namespace nfstriage::layout
