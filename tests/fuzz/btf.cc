// BTF of a kernel and of a module beside it: {u16 size of the first, its bytes, the module's}.
// Every question about every type that it names ends, and answers about one type agree.
#include "fakes/fake_symbols.h"
#include "input.h"
#include "kernel/typed_value.h"
#include "layout/btf_types.h"
#include "layout/declared.h"

using namespace nfstriage;
using namespace nfstriage::fuzz;
using namespace nfstriage::layout;

namespace {

// Memory in which every byte can be read.
class EveryByte final : public dump::Memory {
public:
    Maybe<void> read(VAddr address, std::span<std::uint8_t> out) const override {
        for (std::size_t i = 0; i < out.size(); ++i)
            out[i] = static_cast<std::uint8_t>((address.value + i) * 37 >> 3);
        return {};
    }
};

std::string spelling(BtfKind kind, std::string_view name) {
    switch (kind) {
        case BtfKind::structure:
        case BtfKind::forward:
            return "struct " + std::string(name);
        case BtfKind::union_:
            return "union " + std::string(name);
        case BtfKind::enumeration:
        case BtfKind::enumeration64:
            return "enum " + std::string(name);
        default:
            return std::string(name);
    }
}

void ask_declared(const BtfTypes& types, const DeclaredType& declared) {
    (void)types.declaration(declared.ref, "x");
    for (const DeclaredMember& member : declared.members) {
        (void)types.declaration(member.type, member.name);
        (void)types.declared(member.type);
    }
    if (declared.target.owner != nullptr) (void)types.declared(declared.target);
    EveryByte memory;
    fakes::FakeSymbols symbols;
    kernel::ValueReader reader(memory, types, symbols, {20, 500});
    auto value = reader.object(declared, VAddr{0xffff888000001000});
    if (!value.parts.empty()) (void)reader.member(declared, value.address, value.parts[0].name);
}

void ask_type(const BtfTypes& types, const std::string& name) {
    auto info = types.type(name);
    auto members = types.members(name);
    if (members) {
        for (std::size_t i = 0; i < std::min<std::size_t>(members->size(), 20); ++i) {
            const Field& field = (*members)[i];
            if (field.name.find_first_of(".[") != std::string::npos) continue;  // no name in a path
            auto has = types.has_member(name, field.name);
            require(field.name.empty() || !has || *has, "a member that is listed is there");
            (void)types.member(name, field.name);
            (void)types.member(name, field.name + "[3]");
            (void)types.members_of(name, field.name);
        }
        (void)types.has_member(name, "no.such.member");
    }
    if (auto declared = types.declared(name)) ask_declared(types, *declared);
    (void)types.parameters(name), (void)types.result_of(name), (void)types.enumerator(name);
    require(!info || info->name.size() < 1 << 16, "a name is in the strings");
}

void ask_all(const Btf& btf, const BtfTypes& types) {
    std::size_t asked = 0;
    for (std::uint32_t id = btf.first_id(); id < btf.end_id() && asked < 200; ++id, ++asked) {
        auto type = btf.type(id);
        require(type.has_value(), "ids below the end have types");
        std::string_view name = btf.name(type->name_offset);
        auto found = btf.find(name, type->kind);
        require(name.empty() || type->kind != BtfKind::structure ||
                    std::find(found.begin(), found.end(), id) != found.end(),
                "a structure is found by its name");
        ask_type(types, spelling(type->kind, name));
    }
    (void)types.enumerator("NO_SUCH"), (void)types.complete();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    Input input(data, size);
    ByteSpan first = input.bytes(input.u16()), rest = input.rest();
    auto parse = [](ByteSpan bytes, const Btf* base) {
        return Btf::parse({bytes.begin(), bytes.end()}, base);
    };
    auto vmlinux = parse(first, nullptr);
    if (!vmlinux) return 0;
    auto again = parse(first, nullptr);
    require(again.has_value(), "the same bytes parse again");
    auto module = parse(rest, again->get());
    BtfTypes types(std::move(*vmlinux));
    if (!rest.empty())
        types.add_module("module",
                         [rest]() -> Maybe<File> { return File(rest.begin(), rest.end()); });
    ask_all(**again, types);
    if (module) ask_all(**module, types);
    return 0;
}
