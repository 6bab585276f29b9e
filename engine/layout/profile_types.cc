#include "layout/profile_types.h"

#include <algorithm>

#include "layout/code_blocks.h"

namespace nfstriage::layout {
namespace {

constexpr std::size_t kPart = 1 << 20;  // bytes of BTF in one block
constexpr std::size_t kMostParts = 64;  // vmlinux's whole BTF is 4 to 10 MiB
constexpr int kLevel = 15;

}  // namespace

Maybe<std::vector<std::uint8_t>> unpack_types(const Profile& profile) {
    auto bytes = profile.section(ProfileSection::types);
    if (!bytes) return tl::unexpected<Unknown>(bytes.error());
    auto parts = CodeBlocks::open(*bytes);
    if (!parts) return tl::unexpected<Unknown>(parts.error());
    if (parts->count() > kMostParts)
        return unknown(Reason::corrupt, "the types of a profile are too large");
    std::vector<std::uint8_t> btf;
    for (std::size_t i = 0; i < parts->count(); ++i) {
        auto part = parts->unpack(i);
        if (!part) return tl::unexpected<Unknown>(part.error());
        btf.insert(btf.end(), part->begin(), part->end());
    }
    return btf;
}

Maybe<std::unique_ptr<Btf>> btf_of(const Profile& profile) {
    return unpack_types(profile).and_then(
        [](std::vector<std::uint8_t> types) { return Btf::parse(std::move(types)); });
}

std::vector<std::string> absent_types(const Profile& profile) {
    std::vector<std::string> names;
    auto bytes = profile.section(ProfileSection::absent);
    if (!bytes) return names;
    std::string_view text(reinterpret_cast<const char*>(bytes->data()), bytes->size());
    while (!text.empty()) {
        std::size_t end = text.find('\n');
        names.emplace_back(text.substr(0, end));
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    }
    return names;
}

std::vector<std::uint8_t> pack_types(ByteSpan btf) {
    std::vector<CodeBlock> parts;
    for (std::size_t at = 0; at < btf.size(); at += kPart) {
        ByteSpan part = btf.subspan(at, std::min(kPart, btf.size() - at));
        parts.push_back({at, {part.begin(), part.end()}});
    }
    return pack_code_blocks(parts, kLevel);
}

}  // namespace nfstriage::layout
