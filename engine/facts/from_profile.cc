#include "facts/from_profile.h"

#include "facts/code.h"
#include "kernel/identity.h"
#include "layout/btf_types.h"
#include "layout/profile_code.h"
#include "layout/profile_symbols.h"
#include "layout/profile_types.h"
#include "layout/table_symbols.h"

namespace nfstriage::facts {
namespace {

constexpr std::uint64_t kModules = 0xffffffffc0000000;  // where the first one is put
constexpr std::uint64_t kApart = 0x1000000;
constexpr std::size_t kMostModules = 60;

class NoMemory : public dump::Memory {
public:
    Maybe<void> read(VAddr, std::span<std::uint8_t>) const override {
        return unknown(Reason::not_dumped, "a profile has no text");
    }
};

struct Held {
    explicit Held(std::shared_ptr<const layout::Profile> of) : profile(of), code(std::move(of)) {}
    std::shared_ptr<const layout::Profile> profile;
    NoMemory memory;
    layout::TableSymbols symbols;
    std::unique_ptr<layout::Types> types = std::make_unique<layout::NoTypes>();
    layout::ProfileCode code;
};

bool is_text(char type) { return type == 't' || type == 'T' || type == 'w' || type == 'W'; }

// One object's symbols, moved to `base`; nothing if the profile has none of it.
std::optional<layout::TableSymbols::Object> object_of(const layout::Profile& profile,
                                                      const std::string& name, std::uint64_t base) {
    auto bytes = profile.section(layout::ProfileSection::symbols, name);
    if (!bytes) return std::nullopt;
    auto table = layout::ProfileSymbols::open(*bytes);
    if (!table) return std::nullopt;
    layout::TableSymbols::Object object;
    object.name = name;
    for (std::size_t i = 0; i < table->blocks(); ++i) {
        auto block = table->block(i);
        if (!block) return std::nullopt;
        for (layout::LinkedSymbol& symbol : *block) {
            VAddr at{symbol.address + base};
            if (is_text(symbol.type)) object.text.push_back({at, 1});
            object.symbols.push_back({std::move(symbol.name), at, 0, "", symbol.type});
        }
    }
    return object;
}

void describe(const layout::Profile& profile, Kernel& kernel) {
    const layout::KernelIdentity& identity = profile.identity();
    kernel.arch = identity.arch;
    kernel.release = identity.release;
    kernel.version = identity.version;
    kernel.build_id = identity.build_id;
    kernel.vendor = kernel::vendor_of(kernel.release.value_or(""), kernel.version.value_or(""));
    kernel.layout.types = kernel.layout.symbols = {"profile"};
    for (const layout::ProfileObject& object : profile.objects())
        if (!object.name.empty()) kernel.modules.push_back(object.name);
}

}  // namespace

KernelScene from_profile(std::shared_ptr<const layout::Profile> profile) {
    auto held = std::make_shared<Held>(profile);
    Scene scene;
    scene.input.is_kernel = true;
    scene.input.format = "kernel profile";
    describe(*profile, scene.kernel);
    std::uint64_t base = kModules;
    std::size_t modules = 0;
    for (const layout::ProfileObject& object : profile->objects()) {
        bool is_module = !object.name.empty();
        if (is_module && ++modules > kMostModules) break;
        auto table = object_of(*profile, object.name, is_module ? base : 0);
        if (!table) {
            scene.input.missing.push_back("symbols of " +
                                          (is_module ? object.name : std::string("vmlinux")));
            continue;
        }
        held->symbols.add(std::move(*table));
        if (is_module)
            held->code.place(object.name, VAddr{base}, kApart, base);
        else
            held->code.place("", VAddr{0}, kModules, 0);
        base += is_module ? kApart : 0;
    }
    held->symbols.index();
    if (auto bytes = layout::unpack_types(*profile))
        if (auto btf = layout::Btf::parse(std::move(*bytes)))
            held->types = std::make_unique<layout::BtfTypes>(std::move(*btf), "profile");
    scene.types = held->types.get();
    scene.symbols = &held->symbols;
    const layout::ProfileCode& code = held->code;
    scene.code = code_of(
        {.memory = held->memory,
         .symbols = held->symbols,
         .types = *held->types,
         .arch = scene.kernel.arch.value_or(Arch::x86_64),
         .inlining = {[&code](VAddr at) { return code.source_of(at); },
                      [&code](std::string_view name) { return code.hosts(name); }},
         .inlined_at = [&code](std::string_view caller,
                               std::string_view callee) { return code.inlined_at(caller, callee); },
         .has_string = [](std::string_view, std::string_view) -> CodeAnswer {
             return {Tri::unknown, Reason::not_dumped, "a profile has no strings", {}};
         }});
    return {std::move(scene), std::move(held)};
}

}  // namespace nfstriage::facts
