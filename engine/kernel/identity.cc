#include "kernel/identity.h"

#include <array>
#include <utility>

#include "base/text.h"

namespace nfstriage::kernel {
namespace {

constexpr std::size_t kUtsField = 65;  // __NEW_UTS_LEN + 1

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

Identity read_identity(const dump::Dump& dump, const layout::Types& types,
                       const layout::Symbols& symbols) {
    Identity identity;
    const dump::Vmcoreinfo& info = dump.vmcoreinfo();
    auto take = [](std::string_view text) -> std::optional<std::string> {
        if (text.empty()) return std::nullopt;
        return std::string(text);
    };
    if (auto text = info.text("OSRELEASE")) identity.release = take(*text);
    if (auto text = info.text("BUILD-ID")) identity.build_id = take(*text);
    if (auto text = info.text("KERNELOFFSET")) identity.kaslr_offset = parse_unsigned(*text, 16);

    auto uts = info.symbol("init_uts_ns");
    auto name = info.offset("uts_namespace.name");
    if (!name)
        if (auto offset = types.offset_of("struct uts_namespace", "name")) name = *offset;
    if (uts && name) {
        auto field = [&](unsigned index) -> std::optional<std::string> {
            auto text = dump.memory().cstring(*uts + *name + index * kUtsField, kUtsField);
            if (!text) return std::nullopt;
            return take(*text);
        };
        identity.nodename = field(1);
        if (!identity.release) identity.release = field(2);
        identity.version = field(3);
    }
    const dump::Uname& header = dump.uname();
    if (!identity.release) identity.release = take(header.release);
    if (!identity.version) identity.version = take(header.version);
    if (!identity.nodename) identity.nodename = take(header.nodename);

    if (auto at = symbols.address("tainted_mask"))
        if (auto mask = dump.memory().u64(*at)) identity.taint = taint_letters(*mask);
    return identity;
}

}  // namespace nfstriage::kernel
