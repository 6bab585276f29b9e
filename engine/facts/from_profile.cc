#include "facts/from_profile.h"

#include "kernel/identity.h"
#include "layout/btf_types.h"
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

}  // namespace

void describe(const layout::KernelIdentity& identity, Kernel& kernel) {
    kernel.arch = identity.arch;
    kernel.release = identity.release;
    kernel.version = identity.version;
    kernel.build_id = identity.build_id;
    kernel.vendor = kernel::vendor_of(kernel.release.value_or(""), kernel.version.value_or(""));
}

void ask_inlining(const layout::ProfileCode& code, CodeSource& source) {
    source.inlining = {[&code](VAddr at) { return code.source_of(at); },
                       [&code](std::string_view name) { return code.hosts(name); }};
    source.inlined_at = [&code](std::string_view caller, std::string_view callee) {
        return code.inlined_at(caller, callee);
    };
}

KernelScene from_profile(std::shared_ptr<const layout::Profile> profile) {
    auto held = std::make_shared<Held>(profile);
    Scene scene;
    scene.input.is_kernel = true;
    scene.input.format = "kernel profile";
    describe(profile->identity(), scene.kernel);
    scene.kernel.layout.types = scene.kernel.layout.symbols = {"profile"};
    for (const layout::ProfileObject& object : profile->objects())
        if (!object.name.empty()) scene.kernel.modules.push_back(object.name);
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
    if (auto btf = layout::btf_of(*profile))
        held->types = std::make_unique<layout::BtfTypes>(std::move(*btf), "profile");
    scene.types = held->types.get();
    scene.symbols = &held->symbols;
    CodeSource source{.memory = held->memory,
                      .symbols = held->symbols,
                      .types = *held->types,
                      .arch = scene.kernel.arch.value_or(Arch::x86_64),
                      .has_string = [](std::string_view, std::string_view) -> CodeAnswer {
                          return {Tri::unknown, Reason::not_dumped, "a profile has no strings", {}};
                      }};
    ask_inlining(held->code, source);
    scene.code = code_of(std::move(source));
    return {std::move(scene), std::move(held)};
}

}  // namespace nfstriage::facts
