// After the reboot: triages each crash that kdump saved on this host once. The full program has
// more time, memory and decoders than the hook in the capture kernel had; what that left stays
// where it says more, because it could read memory that the dump leaves out.
#pragma once

#include <filesystem>
#include <functional>
#include <string_view>

#include "hook/supervise.h"

namespace nfstriage::hook {

// In each crash directory that was looked at; holds a line about how that went.
inline constexpr std::string_view kMarkerName = ".nfstriage";

struct PostBoot {
    std::filesystem::path root;
    Limits limits;  // of each crash
};

// One crash after the other, the newest first; a line for each is said. Folders on other hosts are
// left alone.
void post_boot(const PostBoot& what, const std::function<void(std::string_view)>& say);

}  // namespace nfstriage::hook
