// Which kernel this is: release, version, build id, taint, who built it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "dump/dump.h"
#include "layout/symbols.h"

namespace nfstriage::kernel {

struct Identity {
    std::optional<std::string> release;  // uname -r
    std::optional<std::string> version;  // uname -v
    std::optional<std::string> nodename;
    std::optional<std::string> build_id;  // hex
    std::optional<std::string> taint;     // "G           OE" as the kernel prints it
    std::optional<std::uint64_t> kaslr_offset;
};

// From layout::identify, VMCOREINFO and tainted_mask. Fields that the dump does not show are absent.
Identity read_identity(const dump::Dump& dump, const layout::Symbols& symbols);

// The builder a release or version string names, as vendors spell themselves: "Kylin", "openEuler",
// "RHEL", "SUSE", "Ubuntu", "Debian", "Oracle", "Amazon", "Anolis"; nothing for a plain kernel.
std::optional<std::string> vendor_of(std::string_view release, std::string_view version);

// The letters of tainted_mask, as print_tainted() of kernel/panic.c writes them.
std::string taint_letters(std::uint64_t mask);

}  // namespace nfstriage::kernel
