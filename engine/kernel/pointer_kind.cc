#include "kernel/pointer_kind.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace nfstriage::kernel {
namespace {

constexpr std::uint64_t kNear = 4096;  // how far a member may be from the pointer to its object
constexpr std::uint64_t kMostErrors = 4095;  // MAX_ERRNO

struct PoisonValue {
    std::uint64_t value;
    std::string_view name, ground;
};

// include/linux/poison.h: POISON_POINTER_DELTA (CONFIG_ILLEGAL_POINTER_VALUE, the same on x86_64
// and aarch64) plus a number of each user.
constexpr std::uint64_t kDelta = 0xdead000000000000;
constexpr PoisonValue kPointers[] = {
    {kDelta + 0x040, "PP_SIGNATURE", "the mark of a page of the network's page pool"},
    {kDelta + 0x0f5, "VFS_PTR_POISON", "a pointer that the VFS has let go"},
    {kDelta + 0x100, "LIST_POISON1", "list_del() leaves it in the next of what it took off"},
    {kDelta + 0x122, "LIST_POISON2",
     "list_del() leaves it in the prev, hlist_del() in the pprev of what it took off"},
    {kDelta + 0x200, "LIST_POISON2",
     "list_del() of older kernels leaves it in the prev of what it took off"},
    {kDelta + 0x300, "TIMER_ENTRY_STATIC", "the mark of a timer that was taken off its list"},
    {kDelta + 0x400, "TAIL_MAPPING", "page->mapping of a tail page"},
    {kDelta + 0x500, "MUTEX_POISON_WW_CTX", "the context of a mutex that is not held"},
    {kDelta + 0x800, "SKB_LIST_POISON_NEXT", "the next of a buffer that left its list"},
    {kDelta + 0x801, "NET_PTR_POISON", "a pointer that the network code has let go"},
    {kDelta + 0xd390, "STACK_DEPOT_POISON", "a list of saved stacks that is not in use"},
    {kDelta + 0xeb9f, "BPF_PTR_POISON", "a pointer that the verifier of BPF has let go"},
};

// include/linux/poison.h: a byte that fills memory.
struct PoisonByte {
    std::uint8_t byte;
    std::string_view name, ground;
};
constexpr PoisonByte kBytes[] = {
    {0x5a, "POISON_INUSE", "slab debugging fills new objects with 0x5a: never initialised"},
    {0x6b, "POISON_FREE", "slab debugging fills freed objects with 0x6b: used after it was freed"},
    {0xa5, "POISON_END", "slab debugging ends a poisoned object with 0xa5"},
    {0xaa, "PAGE_POISON", "page debugging fills freed pages with 0xaa: used after it was freed"},
    {0xbb, "SLUB_RED_INACTIVE", "slab debugging puts 0xbb around freed objects"},
    {0xbd, "KEY_DESTROY", "security/keys fills destroyed keys with 0xbd"},
    {0xcc, "SLUB_RED_ACTIVE",
     "slab debugging puts 0xcc around allocated objects, and freed init "
     "memory holds it"},
};

std::string distance(std::uint64_t from, std::uint64_t to) {
    if (from == to) return {};
    return to > from ? fmt::format(" + {:#x}", to - from) : fmt::format(" - {:#x}", from - to);
}

std::uint64_t gap(std::uint64_t a, std::uint64_t b) { return a > b ? a - b : b - a; }

std::optional<PointerWords> poison(std::uint64_t value) {
    for (const PoisonValue& known : kPointers)
        if (value == known.value)
            return PointerWords{
                PointerKind::poison, std::string(known.name), std::string(known.ground), {}};
    if (gap(value, kDelta) < 0x10000)
        return PointerWords{PointerKind::poison,
                            "a poison pointer" + distance(kDelta, value),
                            "near 0xdead000000000000, where include/linux/poison.h has them",
                            {}};
    for (const PoisonByte& known : kBytes) {
        std::uint64_t filled = 0x0101010101010101u * known.byte;
        std::uint64_t half = 0x01010101u * std::uint64_t{known.byte};
        if (gap(value, filled) < kNear)
            return PointerWords{PointerKind::poison,
                                std::string(known.name) + distance(filled, value),
                                std::string(known.ground),
                                {}};
        if (value == half)
            return PointerWords{PointerKind::poison,
                                std::string(known.name) + " in 32 bits",
                                std::string(known.ground),
                                {}};
    }
    if (value == 0x6b6b6b6b6b6b6ba5 || value == 0xa56b6b6b6b6b6b6b)
        return PointerWords{
            PointerKind::poison, "POISON_FREE with POISON_END", std::string(kBytes[1].ground), {}};
    return std::nullopt;
}

// Eight characters where a pointer should be: something wrote text over it.
std::string as_text(std::uint64_t value) {
    std::string text;
    for (unsigned i = 0; i < 8; ++i, value >>= 8) {
        auto c = static_cast<char>(value & 0xff);
        bool is_end = value == 0 && text.size() >= 6;
        if (is_end) break;
        if (c < 0x20 || c > 0x7e) return {};
        text += c;
    }
    return text;
}

// x86_64: the bits above the highest of the address repeat it. aarch64: the upper half begins at
// the kernel's own number of bits, and what is between the halves is not translated.
bool is_canonical(std::uint64_t value, Arch arch, unsigned bits) {
    if (bits == 0 || bits > 63) return true;
    auto high = static_cast<std::int64_t>(value) >> (arch == Arch::x86_64 ? bits - 1 : bits);
    return high == 0 || high == -1;
}

unsigned bits_of(const dump::Dump& dump) {
    const dump::Vmcoreinfo& info = dump.vmcoreinfo();
    if (dump.arch() == Arch::x86_64)
        return info.number("pgtable_l5_enabled").value_or(0) == 1 ? 57 : 48;
    auto bits = info.number("TCR_EL1_T1SZ");
    if (bits && *bits > 0 && *bits < 48) return static_cast<unsigned>(64 - *bits);
    return static_cast<unsigned>(info.number("VA_BITS").value_or(52));
}

std::string of_cache(const SlabCache& cache) {
    return "slab cache " + cache.name +
           (cache.shared.value_or(false) ? " (shared by several kinds of objects)" : "");
}

PointerWords of_object(const SlabObject& object) {
    std::string inside = object.offset == 0 ? "" : fmt::format("{:#x} inside of ", object.offset);
    if (object.free.value_or(false))
        return {PointerKind::freed,
                inside + "a freed object of " + of_cache(object.cache),
                object.ground,
                {}};
    std::string state = object.free ? "an allocated object of " : "an object of ";
    if (!object.is_inside) inside = "in the padding of ";
    return {PointerKind::object, inside + state + of_cache(object.cache), object.ground, {}};
}

// A flipped bit is guessed only where the address that it makes is the right object's.
std::string flipped(std::uint64_t value, std::string_view type, Objects& objects) {
    std::string found;
    for (unsigned bit = 3; bit < 64; ++bit) {
        VAddr other{value ^ std::uint64_t{1} << bit};
        if (static_cast<std::int64_t>(other.value) >= 0) continue;
        auto object = objects.slab_object(other);
        if (!object || object->free.value_or(false)) continue;
        if (objects.looks_like(type, other) != Tri::yes) continue;
        if (!found.empty()) return {};  // two such bits tell nothing
        found = fmt::format("one bit flipped: it differs in bit {} from {}, a {}", bit, hex(other),
                            type);
    }
    return found;
}

}  // namespace

std::string_view to_string(PointerKind kind) {
    switch (kind) {
        case PointerKind::null:
            return "null";
        case PointerKind::error:
            return "error";
        case PointerKind::poison:
            return "poison";
        case PointerKind::non_canonical:
            return "non_canonical";
        case PointerKind::user:
            return "user";
        case PointerKind::freed:
            return "freed";
        case PointerKind::unmapped:
            return "unmapped";
        case PointerKind::object:
            return "object";
        case PointerKind::page:
            return "page";
        case PointerKind::symbol:
            return "symbol";
        case PointerKind::kernel:
            return "kernel";
    }
    return "kernel";
}

bool is_list_poison(VAddr address) {
    return std::any_of(
        std::begin(kPointers), std::end(kPointers), [address](const PoisonValue& known) {
            return known.value == address.value && known.name.starts_with("LIST_POISON");
        });
}

bool PointerWords::is_bad() const { return kind <= PointerKind::unmapped; }

std::string PointerWords::sentence() const {
    std::string out = text;
    if (!ground.empty()) out += " (" + ground + ")";
    if (!hint.empty()) out += "; perhaps " + hint;
    return out;
}

PointerWords pointer_words(std::uint64_t value, Arch arch, std::optional<unsigned> va_bits) {
    if (value < kNear) return {PointerKind::null, "NULL" + distance(0, value), {}, {}};
    if (value > ~kMostErrors) {
        auto number = static_cast<unsigned>(0 - value);
        std::string_view name = errno_name(number);
        return {
            PointerKind::error,
            name.empty() ? fmt::format("ERR_PTR(-{})", number) : fmt::format("ERR_PTR(-{})", name),
            "an error number used as a pointer",
            {}};
    }
    if (auto known = poison(value)) return *known;
    // KASAN_SHADOW_OFFSET of x86_64: instrumented code looks at one byte there for eight of memory.
    constexpr std::uint64_t kShadow = 0xdffffc0000000000;
    if (arch == Arch::x86_64 && value >= kShadow && value - kShadow < std::uint64_t{1} << 45)
        return {PointerKind::non_canonical,
                "KASAN's shadow of " + pointer_words((value - kShadow) << 3, arch, va_bits).text,
                fmt::format("{:#x} is the address that was to be used", (value - kShadow) << 3),
                {}};
    bool sure = va_bits.has_value();
    unsigned bits = va_bits.value_or(arch == Arch::x86_64 ? 57 : 52);
    if (!is_canonical(value, arch, bits)) {
        std::string text = arch == Arch::x86_64 ? "not canonical" : "in neither half of addresses";
        return {PointerKind::non_canonical, text,
                fmt::format("addresses have {}{} bits", sure ? "" : "at most ", bits),
                as_text(value).empty()
                    ? ""
                    : "text was written over it: its bytes are \"" + as_text(value) + "\""};
    }
    if (static_cast<std::int64_t>(value) >= 0)
        return {PointerKind::user, "a user address", "in the lower half of addresses", {}};
    return {PointerKind::kernel, "a kernel address", {}, {}};
}

PointerWords pointer_words(std::uint64_t value, std::string_view type, const dump::Dump& dump,
                           const layout::Symbols& symbols, Objects& objects) {
    PointerWords words = pointer_words(value, dump.arch(), bits_of(dump));
    VAddr address{value};
    bool may_be_flipped = words.kind == PointerKind::non_canonical ||
                          words.kind == PointerKind::kernel || words.kind == PointerKind::user;
    if (words.kind == PointerKind::kernel) {
        if (auto symbol = symbols.find(address)) {
            std::string module =
                symbol->symbol.module.empty() ? "" : " [" + symbol->symbol.module + "]";
            return {PointerKind::symbol,
                    symbol->symbol.name + distance(0, symbol->offset) + module,
                    {},
                    {}};
        }
        if (auto object = objects.slab_object(address)) return of_object(*object);
        if (auto page = objects.slabs().pages().is_page(address); page && *page)
            return {PointerKind::page, "a struct page", {}, {}};
        if (auto mapped = dump.translate(address); mapped) {
            return words;
        } else if (mapped.error().reason == Reason::unmapped) {
            words.kind = PointerKind::unmapped;
            words.text = "a kernel address that is not mapped";
        } else {
            return words;
        }
    }
    if (may_be_flipped && !type.empty() && words.hint.empty())
        words.hint = flipped(value, type, objects);
    return words;
}

}  // namespace nfstriage::kernel
