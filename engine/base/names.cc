// Names of the base enumerations, as they stand in reports and JSON.
#include <array>
#include <utility>

#include "base/arch.h"
#include "base/crash_kind.h"
#include "base/frame.h"
#include "base/maybe.h"

namespace nfstriage {
namespace {

template <class Enum, std::size_t N>
using Names = std::array<std::pair<Enum, std::string_view>, N>;

constexpr Names<Reason, 11> kReasons{{
    {Reason::not_dumped, "not_dumped"},
    {Reason::filtered, "filtered"},
    {Reason::unmapped, "unmapped"},
    {Reason::null, "null"},
    {Reason::no_type, "no_type"},
    {Reason::no_symbol, "no_symbol"},
    {Reason::no_decoder, "no_decoder"},
    {Reason::corrupt, "corrupt"},
    {Reason::budget, "budget"},
    {Reason::unsupported_arch, "unsupported_arch"},
    {Reason::not_in_log, "not_in_log"},
}};

constexpr Names<Arch, 11> kArchs{{
    {Arch::x86_64, "x86_64"},
    {Arch::aarch64, "aarch64"},
    {Arch::arm, "arm"},
    {Arch::i386, "i386"},
    {Arch::riscv64, "riscv64"},
    {Arch::ppc64, "ppc64"},
    {Arch::ppc64le, "ppc64le"},
    {Arch::s390x, "s390x"},
    {Arch::mips, "mips"},
    {Arch::sh, "sh"},
    {Arch::loongarch64, "loongarch64"},
}};

constexpr Names<Trust, 8> kTrusts{{
    {Trust::registers, "registers"},
    {Trust::orc, "orc"},
    {Trust::cfi, "cfi"},
    {Trust::frame_record, "frame_record"},
    {Trust::frame_pointer, "frame_pointer"},
    {Trust::log, "log"},
    {Trust::scan, "scan"},
    {Trust::guess, "guess"},
}};

constexpr Names<CrashKind, 29> kKinds{{
    {CrashKind::null_deref, "null_deref"},
    {CrashKind::paging_request, "paging_request"},
    {CrashKind::gpf, "gpf"},
    {CrashKind::bug, "bug"},
    {CrashKind::warning, "warning"},
    {CrashKind::refcount, "refcount"},
    {CrashKind::list_corruption, "list_corruption"},
    {CrashKind::kasan, "kasan"},
    {CrashKind::kfence, "kfence"},
    {CrashKind::kcsan, "kcsan"},
    {CrashKind::kmsan, "kmsan"},
    {CrashKind::ubsan, "ubsan"},
    {CrashKind::cfi, "cfi"},
    {CrashKind::odebug, "odebug"},
    {CrashKind::soft_lockup, "soft_lockup"},
    {CrashKind::hard_lockup, "hard_lockup"},
    {CrashKind::rcu_stall, "rcu_stall"},
    {CrashKind::hung_task, "hung_task"},
    {CrashKind::atomic_sleep, "atomic_sleep"},
    {CrashKind::lockdep, "lockdep"},
    {CrashKind::oom, "oom"},
    {CrashKind::panic, "panic"},
    {CrashKind::sysrq, "sysrq"},
    {CrashKind::stack_overflow, "stack_overflow"},
    {CrashKind::bad_page, "bad_page"},
    {CrashKind::mce, "mce"},
    {CrashKind::unaligned, "unaligned"},
    {CrashKind::none, "none"},
    {CrashKind::not_kernel, "not_kernel"},
}};

template <class Enum, std::size_t N>
constexpr std::string_view name_of(const Names<Enum, N>& names, Enum value) {
    for (const auto& [known, name] : names)
        if (known == value) return name;
    return "";
}

template <class Enum, std::size_t N>
std::optional<Enum> value_of(const Names<Enum, N>& names, std::string_view name) {
    for (const auto& [value, known] : names)
        if (known == name) return value;
    return std::nullopt;
}

}  // namespace

std::string_view to_string(Reason reason) { return name_of(kReasons, reason); }
std::string_view to_string(Arch arch) { return name_of(kArchs, arch); }
std::string_view to_string(Trust trust) { return name_of(kTrusts, trust); }
std::string_view to_string(CrashKind kind) { return name_of(kKinds, kind); }

std::optional<Arch> arch_from_machine(std::string_view name) { return value_of(kArchs, name); }
std::optional<CrashKind> crash_kind_from(std::string_view name) { return value_of(kKinds, name); }

std::string to_string(const Unknown& unknown) {
    std::string text(to_string(unknown.reason));
    if (!unknown.what.empty()) text += ": " + unknown.what;
    return text;
}

}  // namespace nfstriage
