#include "debuginfo/object_identity.h"

#include <elf.h>
#include <algorithm>

#include "base/text.h"
#include "debuginfo/kernel_files.h"

namespace nfstriage::debuginfo {
namespace {

constexpr std::size_t kUtsField = 65;         // __NEW_UTS_LEN + 1
constexpr std::uint64_t kLongestBefore = 64;  // bytes of uts_namespace that may precede the names
constexpr std::uint64_t kLongestBanner = 1024;
constexpr std::string_view kBannerStart = "Linux version ";

struct Uname {
    std::string release, version;
};

bool printable(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c < 0x7f; });
}

std::string_view text_of(ByteSpan bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// "Linux version 4.19.90 (who@where) (gcc version 7.3.0) #1 SMP Thu ...\n": the version is cut as
// the kernel's own field is.
std::optional<Uname> parse_banner(std::string_view banner) {
    banner = banner.substr(0, banner.find('\0'));
    if (!banner.starts_with(kBannerStart)) return std::nullopt;
    banner = trim(banner.substr(kBannerStart.size()));
    std::size_t space = banner.find(' '), version = banner.find(" #");
    if (space == 0 || space >= kUtsField || version == std::string_view::npos || !printable(banner))
        return std::nullopt;
    return Uname{std::string(banner.substr(0, space)),
                 std::string(banner.substr(version + 1, kUtsField - 1))};
}

// Up to `size` bytes, fewer where the section ends.
std::string_view text_at(const ElfObject& elf, std::uint64_t address, std::uint64_t size) {
    for (const ElfSection& section : elf.sections()) {
        bool holds = (section.flags & SHF_ALLOC) != 0 && address >= section.address &&
                     address - section.address < section.size;
        if (!holds) continue;
        std::uint64_t left = section.size - (address - section.address);
        if (auto bytes = elf.memory(address, std::min(size, left))) return text_of(*bytes);
    }
    return {};
}

// The names in init_uts_ns; a kref preceded them until 9a56493f6942 (v5.11).
std::optional<Uname> read_uts(const ElfObject& elf, std::uint64_t address) {
    for (std::uint64_t offset = 0; offset < kLongestBefore; offset += 4) {
        auto bytes = elf.memory(address + offset, 4 * kUtsField);
        if (!bytes) return std::nullopt;
        std::string_view names = text_of(*bytes);
        auto field = [names](std::size_t index) {
            std::string_view text = names.substr(index * kUtsField, kUtsField);
            return text.substr(0, text.find('\0'));
        };
        if (field(0) != "Linux") continue;
        std::string_view release = field(2), version = field(3);
        if (release.empty() || version.empty() || !printable(release) || !printable(version))
            return std::nullopt;
        return Uname{std::string(release), std::string(version)};
    }
    return std::nullopt;
}

// The image has several: formats, and one that was compiled before the build was counted, "# SMP".
std::optional<Uname> search_banner(std::string_view text) {
    std::optional<Uname> uncounted;
    for (std::size_t at = text.find(kBannerStart); at != std::string_view::npos;
         at = text.find(kBannerStart, at + 1)) {
        auto uname = parse_banner(text.substr(at, kLongestBanner));
        if (!uname) continue;
        if (uname->version.size() > 1 && uname->version[1] >= '0' && uname->version[1] <= '9')
            return uname;
        if (!uncounted) uncounted = std::move(uname);
    }
    return uncounted;
}

// A stripped vmlinux names no symbols; its banner is in .rodata.
std::optional<Uname> search_banner(const ElfObject& elf) {
    auto section = elf.find(".rodata");
    if (!section) return std::nullopt;
    auto bytes = elf.bytes(*section);
    if (!bytes) return std::nullopt;
    return search_banner(text_of(*bytes));
}

bool has_contents(const ElfObject& elf, std::string_view section) {
    auto index = elf.find(section);
    return index && elf.sections()[*index].type != SHT_NOBITS && elf.sections()[*index].size != 0;
}

void describe_module(const ElfObject& elf, ObjectIdentity& identity) {
    std::map<std::string, std::string> info = elf.module_info();
    auto value = [&info](const char* key) {
        auto found = info.find(key);
        return found == info.end() ? std::string() : found->second;
    };
    identity.object.name = value("name");
    identity.object.srcversion = value("srcversion");
    identity.object.vermagic = value("vermagic");
    if (identity.object.name.empty()) {
        auto role = role_of(elf.path().filename().string());
        identity.object.name =
            role && !role->module.empty() ? role->module : elf.path().stem().string();
    }
    std::string release = identity.object.vermagic.substr(0, identity.object.vermagic.find(' '));
    if (!release.empty()) identity.kernel.release = std::move(release);
}

Result<void> describe_vmlinux(const ElfObject& elf, ObjectIdentity& identity) {
    auto symbols = elf.symbols();
    if (!symbols) return tl::unexpected<Error>(symbols.error());
    std::optional<std::uint64_t> uts, banner;
    for (const ElfSymbol& symbol : *symbols) {
        if (symbol.name == "init_uts_ns") uts = symbol.address;
        if (symbol.name == "linux_banner") banner = symbol.address;
    }
    if (!uts && !banner && !elf.find("__ksymtab") && !elf.find("__param"))
        return error(elf.path().string(), std::nullopt,
                     "a vmlinux or a kernel module was expected, it is another program",
                     "name the vmlinux with debug information of the kernel that crashed");
    std::optional<Uname> uname;
    if (uts) uname = read_uts(elf, *uts);
    if (!uname && banner) uname = parse_banner(text_at(elf, *banner, kLongestBanner));
    if (!uname) uname = search_banner(elf);
    if (uname) {
        identity.kernel.release = std::move(uname->release);
        identity.kernel.version = std::move(uname->version);
    }
    identity.kernel.build_id = elf.build_id();
    return {};
}

}  // namespace

std::optional<layout::KernelIdentity> identity_by_banner(std::string_view bytes) {
    auto uname = search_banner(bytes);
    if (!uname) return std::nullopt;
    layout::KernelIdentity identity;
    identity.release = std::move(uname->release);
    identity.version = std::move(uname->version);
    return identity;
}

Result<ObjectIdentity> identify_object(const ElfObject& elf) {
    ObjectIdentity identity;
    identity.kernel.arch = elf.arch();
    identity.object.build_id = elf.build_id().value_or("");
    identity.debug_info = has_contents(elf, ".debug_info");
    if (elf.find(".gnu.linkonce.this_module") || elf.find(".modinfo")) {
        if (elf.relocatable()) {
            describe_module(elf, identity);
            return identity;
        }
    }
    if (auto done = describe_vmlinux(elf, identity); !done)
        return tl::unexpected<Error>(done.error());
    return identity;
}

}  // namespace nfstriage::debuginfo
