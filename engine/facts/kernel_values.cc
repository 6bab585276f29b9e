// Members of kernel structures, read through the crashed kernel's own layout: address of the
// object, offset of the member, bytes, and the member's own width and sign. Nothing is ever
// assumed: without a type, a page or a pointer the answer is Unknown.
#include <array>
#include <utility>

#include "facts/facts.h"
#include "nfs/macro_bits.h"
#include "nfs/state.h"

namespace nfstriage::facts {
namespace {

using Source = Provenance::Source;

// `type` without the last `*`, qualifiers and blanks: "struct nfs_page *" gives "struct nfs_page".
std::string pointee_of(std::string_view type) {
    while (!type.empty() && type.back() == ' ') type.remove_suffix(1);
    if (type.empty() || type.back() != '*') return "";
    type.remove_suffix(1);
    while (!type.empty() && type.back() == ' ') type.remove_suffix(1);
    if (type.starts_with("const ")) type.remove_prefix(6);
    return std::string(type);
}

// Constants that exist only as macros in the kernel, so that no type description has them. Each
// with the header that defines it; none of them has changed since the release given.
constexpr std::array<std::pair<std::string_view, std::uint64_t>, 4> kMacros{{
    {"SOCK_ASYNC_NOSPACE", 0},  // include/linux/net.h, 3.x
    {"LIST_POISON1",
     0xdead000000000100},  // include/linux/poison.h with CONFIG_ILLEGAL_POINTER_VALUE
    {"LIST_POISON2", 0xdead000000000122},  // since 8a5e5e02fc83 (v4.17); 0x...200 before
    {"EAGAIN", 11},                        // include/uapi/asm-generic/errno-base.h
}};

// Bits of the words in nfs/macro_bits.h, whose numbers are this kernel's. In C some are written as
// masks, the others as numbers for test_bit().
struct BitMacro {
    std::string_view name, word;
    bool is_mask = false;
};
constexpr std::array kBitMacros{
    BitMacro{"RPC_TASK_ASYNC", "rpc_task.tk_flags", true},
    BitMacro{"RPC_TASK_SWAPPER", "rpc_task.tk_flags", true},
    BitMacro{"RPC_TASK_QUEUED", "rpc_task.tk_runstate"},
    BitMacro{"RPC_TASK_RUNNING", "rpc_task.tk_runstate"},
    BitMacro{"RPC_TASK_ACTIVE", "rpc_task.tk_runstate"},
    BitMacro{"XPRT_LOCKED", "rpc_xprt.state"},
    BitMacro{"XPRT_CONNECTED", "rpc_xprt.state"},
    BitMacro{"XPRT_CONNECTING", "rpc_xprt.state"},
    BitMacro{"XPRT_CLOSE_WAIT", "rpc_xprt.state"},
    BitMacro{"XPRT_BOUND", "rpc_xprt.state"},
};

}  // namespace

Value Facts::has_symbol(std::string_view name) const {
    Provenance from{Source::symbols, std::string(name), {}, {}, {}};
    if (!scene_.symbols) return Value(Unknown{Reason::no_symbol, "no symbol table"}, from);
    auto found = scene_.symbols->address(name);
    if (found) {
        from.address = found->value;
        return Value(true, Trust::registers, from);
    }
    if (found.error().reason != Reason::no_symbol) return Value(found.error(), from);
    // A table of functions only cannot prove that a variable is absent, and the name does not tell
    // which of the two was meant.
    if (!scene_.symbols->proves_absence(name))
        return Value(Unknown{Reason::no_symbol,
                             "the tables leave out data symbols or modules, or cannot be read"},
                     from);
    return Value(false, Trust::registers, from);
}

Value Facts::has_member(std::string_view structure, std::string_view member) const {
    std::string type(structure);
    if (!type.starts_with("struct ") && !type.starts_with("union ")) type = "struct " + type;
    Provenance from{Source::types, type + "." + std::string(member), {}, {}, {}};
    auto has = type_has_member(type, member);
    if (!has) return Value(has.error(), from);
    from.layout = std::string(scene_.types->source_of(type));
    return Value(*has, Trust::registers, from);
}

Maybe<bool> Facts::type_has_member(std::string_view type, std::string_view path) const {
    if (!scene_.types) return unknown(Reason::no_type, "no types: " + std::string(type));
    return scene_.types->has_member(type, path);
}

Value Facts::enumerator(std::string_view name) const {
    Provenance from{Source::types, std::string(name), {}, {}, {}};
    if (scene_.types) {
        if (auto found = scene_.types->enumerator(name)) {
            from.layout = std::string(scene_.types->source());
            return Value(Integer::of(*found), Trust::registers, from);
        }
    }
    for (const auto& [macro, value] : kMacros)
        if (macro == name) {
            Integer number = value > INT64_MAX ? Integer::of_unsigned(value)
                                               : Integer::of(static_cast<std::int64_t>(value));
            return Value(number, Trust::registers, from);
        }
    for (const BitMacro& macro : kBitMacros) {
        if (macro.name != name || !scene_.state) continue;
        auto bit = nfs::BitNames(scene_.state->reader(), macro.word).number(name);
        if (bit)
            return Value(Integer::of(macro.is_mask ? std::int64_t{1} << *bit : *bit),
                         Trust::registers, from);
    }
    return Value(Unknown{Reason::no_type, "constant " + std::string(name)}, from);
}

Value Facts::object(std::string_view type, const Value& address) const {
    if (!address.known()) return address;
    auto number = address.number();
    std::string target = pointee_of(type);
    if (!number || *number < 0 || target.empty())
        return Value(Unknown{Reason::corrupt, "no address for " + std::string(type)},
                     address.provenance());
    auto value = static_cast<std::uint64_t>(*number);
    if (value == 0) return Value(Unknown{Reason::null, std::string(type)}, address.provenance());
    return Value(Pointer{value, target}, address.trust(), address.provenance());
}

Value Facts::argument(std::string_view function, std::uint64_t index, std::string_view type) const {
    std::string what = "argument " + std::to_string(index) + " of " + std::string(function);
    Provenance from{Source::registers, what, {}, {}, {}};
    if (!scene_.argument) {
        // A console log has no stack to search; a dump would need decoded instructions.
        return Value(Unknown{scene_.input.is_dump ? Reason::no_decoder : Reason::not_in_log, what},
                     from);
    }
    auto found = scene_.argument(function, index, type);
    if (!found) return Value(found.error(), from);
    from.what = what + (found->how.empty() ? "" : ", " + found->how);
    return object(type, Value(Value::Data(found->value), found->trust, from));
}

Value Facts::member(const Value& base, std::string_view path) const {
    if (!base.known()) return base;
    const Pointer* pointer = base.pointer();
    if (!pointer)
        return Value(Unknown{Reason::no_type, "." + std::string(path) + " of what is no pointer"},
                     base.provenance());
    Provenance from{Source::memory, pointer->type + "." + std::string(path), {}, {}, {}};
    if (pointer->address == 0) return Value(Unknown{Reason::null, from.what}, from);
    if (!scene_.types) return Value(Unknown{Reason::no_type, pointer->type}, from);
    auto member = scene_.types->member(pointer->type, path);
    if (!member) return Value(member.error(), from);
    from.layout = std::string(scene_.types->source_of(pointer->type));
    std::uint64_t address = pointer->address + member->offset;
    if (address < pointer->address)
        return Value(Unknown{Reason::corrupt, "the object wraps round the address space"}, from);
    from.address = address;
    if (!scene_.memory) return Value(Unknown{Reason::not_dumped, "no memory"}, from);

    const layout::TypeInfo& type = member->type;
    using layout::TypeKind;
    bool scalar = type.kind == TypeKind::integer || type.kind == TypeKind::boolean ||
                  type.kind == TypeKind::character || type.kind == TypeKind::enumeration ||
                  type.kind == TypeKind::pointer;
    if (!scalar || type.size == 0 || type.size > 8)
        return Value(Unknown{Reason::no_type, from.what + " is no integer or pointer"}, from);
    std::array<std::uint8_t, 8> bytes{};
    auto done = scene_.memory->read(VAddr{address}, {bytes.data(), type.size});
    if (!done) return Value(done.error(), from);
    std::uint64_t raw = 0;
    for (std::size_t i = type.size; i-- > 0;) raw = raw << 8 | bytes[i];
    if (type.kind == TypeKind::pointer) {
        if (raw == 0 || type.pointee.empty())
            return Value(Value::Data(raw), base.trust(), from);  // NULL compares, but leads nowhere
        return Value(Pointer{raw, type.pointee}, base.trust(), from);
    }
    unsigned bits = static_cast<unsigned>(type.size * 8);
    if (member->bit_size != 0) {
        if (member->bit_offset >= bits || member->bit_size > bits - member->bit_offset)
            return Value(Unknown{Reason::corrupt, "bit field of " + from.what}, from);
        raw >>= member->bit_offset;
        bits = member->bit_size;
    }
    if (bits < 64) raw &= (1ULL << bits) - 1;
    if (type.is_signed) {
        if (bits < 64 && (raw >> (bits - 1) & 1)) raw |= ~0ULL << bits;
        return Value(Integer::of(static_cast<std::int64_t>(raw)), base.trust(), from);
    }
    return Value(Integer::of_unsigned(raw), base.trust(), from);
}

}  // namespace nfstriage::facts
