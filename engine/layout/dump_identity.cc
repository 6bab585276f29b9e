#include "layout/dump_identity.h"

#include "layout/build_id_note.h"

namespace nfstriage::layout {
namespace {

constexpr std::size_t kUtsField = 65;         // __NEW_UTS_LEN + 1
constexpr unsigned kNodename = 1;             // of its fields
constexpr std::uint64_t kLongestBefore = 64;  // bytes of uts_namespace that may precede the names

// uts_namespace.name: told by VMCOREINFO, else where sysname, which is always "Linux", stands. A
// kref preceded it until 9a56493f6942 (v5.11).
std::optional<VAddr> uts_names(const dump::Dump& dump) {
    auto uts = dump.vmcoreinfo().symbol("init_uts_ns");
    if (!uts) return std::nullopt;
    if (auto offset = dump.vmcoreinfo().offset("uts_namespace.name")) return *uts + *offset;
    for (std::uint64_t offset = 0; offset < kLongestBefore; offset += 4) {
        auto sysname = dump.memory().cstring(*uts + offset, kUtsField);
        if (sysname && *sysname == "Linux") return *uts + offset;
    }
    return std::nullopt;
}

}  // namespace

DumpIdentity identify(const dump::Dump& dump) {
    auto take = [](std::string_view text) -> std::optional<std::string> {
        if (text.empty()) return std::nullopt;
        return std::string(text);
    };
    DumpIdentity identity;
    KernelIdentity& kernel = identity.kernel;
    kernel.arch = dump.arch();
    if (auto text = dump.vmcoreinfo().text("OSRELEASE")) kernel.release = take(*text);
    if (auto text = dump.vmcoreinfo().text("BUILD-ID")) kernel.build_id = take(*text);
    if (auto names = uts_names(dump)) {
        auto field = [&](unsigned index) -> std::optional<std::string> {
            auto text = dump.memory().cstring(*names + index * kUtsField, kUtsField);
            if (!text) return std::nullopt;
            if (index == kNodename)
                dump.memory().mark({*names + index * kUtsField, text->size()}, dump::Secret::word);
            return take(*text);
        };
        identity.nodename = field(kNodename);
        if (!kernel.release) kernel.release = field(2);
        kernel.version = field(3);
    }
    const dump::Uname& header = dump.uname();
    if (!kernel.release) kernel.release = take(header.release);
    if (!kernel.version) kernel.version = take(header.version);
    if (!identity.nodename) identity.nodename = take(header.nodename);
    return identity;
}

std::optional<std::string> build_id_of_notes(const dump::Dump& dump, const Symbols& symbols) {
    auto begin = symbols.address("__start_notes");
    auto end = symbols.address("__stop_notes");
    if (!begin || !end || *end < *begin) return std::nullopt;
    auto id = read_build_id(dump.memory(), *begin, *end - *begin);
    if (!id) return std::nullopt;
    return *id;
}

}  // namespace nfstriage::layout
