#include "fixes.h"

#include <array>
#include <fstream>

#include "facts/from_profile.h"
#include "read_input.h"

namespace nfstriage {
namespace {

bool is_profile(const std::filesystem::path& path) {
    constexpr std::string_view kMagic = "nfsprof\n";
    std::array<char, kMagic.size()> head{};
    std::ifstream file(path, std::ios::binary);
    return file.read(head.data(), head.size()) &&
           std::string_view(head.data(), head.size()) == kMagic;
}

Result<void> of_profile(const Input& input, const LookAtScene& look) {
    auto profile = layout::Profile::open(input.parts.front());
    if (!profile) return tl::unexpected<Error>(profile.error());
    facts::KernelScene kernel = facts::from_profile(std::move(*profile));
    kernel.scene.input.path = name_of(input);
    look(kernel.scene);
    return {};
}

}  // namespace

Result<void> fixes(const Input& input, const TriageOptions& options, const LookAtScene& look) {
    if (is_profile(input.parts.front())) return of_profile(input, look);
    return show(input, options, look);
}

}  // namespace nfstriage
