#include "kernel/identity.h"

#include <array>
#include <utility>

#include "base/text.h"
#include "layout/dump_identity.h"

namespace nfstriage::kernel {
namespace {

// Parts of release or version strings, most telling first.
constexpr std::pair<std::string_view, std::string_view> kVendors[] = {
    {".ky10", "Kylin"},     {"kylin", "Kylin"},       {".oe1", "openEuler"}, {".oe2", "openEuler"},
    {"euleros", "EulerOS"}, {".eulerosv", "EulerOS"}, {".an7", "Anolis"},    {".an8", "Anolis"},
    {".al7", "Alibaba"},    {".al8", "Alibaba"},      {".amzn", "Amazon"},   {"el7uek", "Oracle"},
    {"el8uek", "Oracle"},   {"el9uek", "Oracle"},     {".uek", "Oracle"},    {".el6", "RHEL"},
    {".el7", "RHEL"},       {".el8", "RHEL"},         {".el9", "RHEL"},      {".el10", "RHEL"},
    {".fc", "Fedora"},      {"-default", "SUSE"},     {"-Ubuntu", "Ubuntu"}, {"~Ubuntu", "Ubuntu"},
    {"Debian", "Debian"},   {"-pve", "Proxmox"},
};

// Letter when set, letter when clear, in bit order: taint_flags[] of kernel/panic.c.
constexpr std::array<std::pair<char, char>, 20> kTaints{{
    {'P', 'G'}, {'F', ' '}, {'S', ' '}, {'R', ' '}, {'M', ' '}, {'B', ' '}, {'U', ' '},
    {'D', ' '}, {'A', ' '}, {'W', ' '}, {'C', ' '}, {'I', ' '}, {'O', ' '}, {'E', ' '},
    {'L', ' '}, {'K', ' '}, {'X', ' '}, {'T', ' '}, {'N', ' '}, {'J', ' '},
}};

}  // namespace

std::string taint_letters(std::uint64_t mask) {
    std::string text;
    for (std::size_t bit = 0; bit < kTaints.size(); ++bit)
        text += mask >> bit & 1 ? kTaints[bit].first : kTaints[bit].second;
    return std::string(trim(text));
}

std::optional<std::string> vendor_of(std::string_view release, std::string_view version) {
    for (const auto& [part, vendor] : kVendors)
        if (release.find(part) != std::string_view::npos ||
            version.find(part) != std::string_view::npos)
            return std::string(vendor);
    return std::nullopt;
}

Identity read_identity(const dump::Dump& dump, const layout::Symbols& symbols) {
    Identity identity;
    layout::DumpIdentity found = layout::identify(dump);
    identity.release = std::move(found.kernel.release);
    identity.version = std::move(found.kernel.version);
    identity.build_id = std::move(found.kernel.build_id);
    identity.nodename = std::move(found.nodename);
    if (auto text = dump.vmcoreinfo().text("KERNELOFFSET"))
        identity.kaslr_offset = parse_unsigned(*text, 16);
    if (auto at = symbols.address("tainted_mask"))
        if (auto mask = dump.memory().u64(*at)) identity.taint = taint_letters(*mask);
    return identity;
}

}  // namespace nfstriage::kernel
