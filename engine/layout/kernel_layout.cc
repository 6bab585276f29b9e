#include "layout/kernel_layout.h"

#include <algorithm>
#include <cstring>

#include "layout/combined_types.h"
#include "layout/dump_identity.h"
#include "layout/kallsyms_search.h"
#include "layout/module_variables.h"
#include "layout/profile_match.h"
#include "layout/profile_types.h"
#include "layout/vmcoreinfo_check.h"

namespace nfstriage::layout {
namespace {

constexpr std::uint64_t kImageSearched = 64ull << 20;  // from _stext on
constexpr std::uint64_t kSearchStep = 1 << 20;
constexpr std::uint64_t kLargestBtf = 64ull << 20;  // vmlinux's is 4 to 10 MiB
constexpr std::uint64_t kMostModules = 4096;

std::optional<Kallsyms> load_kallsyms(const dump::Dump& dump, std::vector<std::string>& remarks) {
    std::vector<KnownSymbol> known;
    for (const char* name : {"_stext", "init_uts_ns", "swapper_pg_dir", "init_top_pgt"})
        if (auto address = dump.vmcoreinfo().symbol(name)) known.push_back({name, *address});
    auto places = kallsyms_places(dump.vmcoreinfo(), dump.memory());
    if (!places && places.error().reason == Reason::no_symbol) {
        if (auto begin = dump.vmcoreinfo().symbol("_stext"))
            places = search_kallsyms(dump.memory(), *begin, kImageSearched);
    }
    if (!places) {
        remarks.push_back("no kernel symbols: " + to_string(places.error()));
        return std::nullopt;
    }
    auto table = Kallsyms::load(dump.memory(), *places, known);
    if (!table) {
        remarks.push_back("no kernel symbols: " + to_string(table.error()));
        return std::nullopt;
    }
    if (!table->has_data())
        remarks.push_back(
            "the kernel's symbol table holds functions only (built without "
            "CONFIG_KALLSYMS_ALL): data are found through types, registers and stacks");
    return std::move(*table);
}

// The size a BTF header at the start of `head` claims, if it is one.
std::optional<std::uint64_t> btf_size(ByteSpan head) {
    Bytes bytes{head};
    auto word = [&](std::uint64_t at) { return bytes.get<std::uint32_t>(at).value_or(0); };
    if (word(0) != 0x0001eb9f || word(4) != 24) return std::nullopt;
    std::uint64_t types_end = std::uint64_t{word(8)} + word(12);
    std::uint64_t strings_end = std::uint64_t{word(16)} + word(20);
    std::uint64_t size = 24 + std::max(types_end, strings_end);
    if (size > kLargestBtf || word(12) == 0 || word(20) == 0) return std::nullopt;
    return size;
}

// Without a symbol: .BTF follows kallsyms in the read-only data (include/asm-generic/vmlinux.lds.h,
// RO_DATA), so search on from there for its header.
Maybe<std::unique_ptr<Btf>> search_btf(const dump::Memory& memory, VAddr begin) {
    constexpr std::uint8_t kHeader[8] = {0x9f, 0xeb, 1, 0, 24, 0, 0, 0};
    std::vector<std::uint8_t> chunk(kSearchStep + 24);
    for (std::uint64_t at = 0; at < kImageSearched; at += kSearchStep) {
        std::fill(chunk.begin(), chunk.end(), std::uint8_t{0});
        for (std::uint64_t page = 0; page < chunk.size(); page += 4096)
            (void)memory.read(
                begin + at + page,
                std::span(chunk).subspan(page, std::min<std::uint64_t>(4096, chunk.size() - page)));
        for (auto hit = chunk.begin();; ++hit) {
            hit = std::search(hit, chunk.end(), std::begin(kHeader), std::end(kHeader));
            if (hit == chunk.end() || chunk.end() - hit < 24) break;
            auto size = btf_size(ByteSpan(chunk).subspan(hit - chunk.begin(), 24));
            if (!size) continue;
            auto bytes =
                memory.bytes(begin + at + static_cast<std::uint64_t>(hit - chunk.begin()), *size);
            if (!bytes) continue;
            if (auto btf = Btf::parse(std::move(*bytes))) return btf;
        }
    }
    return unknown(Reason::no_type, "no BTF behind the kernel's symbol table");
}

Maybe<std::unique_ptr<Btf>> vmlinux_btf(const dump::Dump& dump, const KernelSymbols& symbols) {
    auto begin = symbols.address("__start_BTF");
    auto end = symbols.address("__stop_BTF");
    if (begin && end && *end > *begin && *end - *begin <= kLargestBtf) {
        auto bytes = dump.memory().bytes(*begin, *end - *begin);
        if (!bytes) return tl::unexpected<Unknown>(bytes.error());
        return Btf::parse(std::move(*bytes));
    }
    if (symbols.vmlinux_is_complete())
        return unknown(Reason::no_type, "the kernel was built without BTF");
    if (auto after = dump.vmcoreinfo().symbol("kallsyms_token_index"))
        return search_btf(dump.memory(), *after);
    return unknown(Reason::no_symbol, "no symbol tells where BTF is");
}

const std::string kNoModuleTypes = "types of modules are not known: ";

struct ModuleBtf {
    std::string name;
    VAddr data;
    std::uint64_t size;
};

// kernel/bpf/btf.c: the list btf_modules of struct btf_module; module.btf_data dangles after load.
std::vector<ModuleBtf> module_btfs(const dump::Memory& memory, const Types& types, VAddr head) {
    std::vector<ModuleBtf> result;
    auto list = types.offset_of("struct btf_module", "list");
    auto btf_member = types.offset_of("struct btf_module", "btf");
    auto data = types.offset_of("struct btf", "data");
    auto size = types.offset_of("struct btf", "data_size");
    auto name = types.offset_of("struct btf", "name");
    if (!list || !btf_member || !data || !size || !name) return result;
    Budget budget(kMostModules);
    auto node = memory.pointer(head);
    while (node && *node != head && budget.spend()) {
        auto btf = memory.pointer(*node - *list + *btf_member);
        if (btf) {
            auto at = memory.pointer(*btf + *data);
            auto bytes = memory.u32(*btf + *size);
            auto text = memory.cstring(*btf + *name, 64);
            if (at && bytes && text && *bytes <= kLargestBtf)
                result.push_back({*text, *at, *bytes});
        }
        node = memory.pointer(*node);
    }
    return result;
}

bool is_nfs_module(std::string_view name) {
    for (std::string_view known : {"sunrpc", "nfs", "nfsv4", "nfsd", "lockd", "nfsv3"})
        if (name == known) return true;
    return false;
}

void add_module_types(BtfTypes& types, const dump::Memory& memory, std::vector<ModuleBtf> found) {
    // The types we are after are asked for in the NFS modules first.
    std::stable_sort(found.begin(), found.end(), [](const ModuleBtf& a, const ModuleBtf& b) {
        return is_nfs_module(a.name) > is_nfs_module(b.name);
    });
    for (const ModuleBtf& btf : found)
        types.add_module(btf.name, [&memory, btf] { return memory.bytes(btf.data, btf.size); });
}

// The split BTF of the modules, into `types`. Unknown(no_symbol) when their list has no name.
Maybe<void> add_module_types(BtfTypes& types, const Symbols& symbols, const dump::Memory& memory) {
    auto head = symbols.address("btf_modules");
    if (!head) return tl::unexpected<Unknown>(head.error());
    add_module_types(types, memory, module_btfs(memory, types, *head));
    return {};
}

void add_modules(KernelLayout& layout, const dump::Dump& dump, VAddr start) {
    auto list = read_modules(dump.memory(), *layout.types, start, Budget(kMostModules));
    if (!list) {
        layout.remarks.push_back("no list of modules: " + to_string(list.error()));
        return;
    }
    if (!list->complete) layout.remarks.push_back("list of modules incomplete: " + list->why);
    layout.modules_complete = list->complete;
    layout.symbols->set_modules(*layout.types, std::move(list->modules), list->complete);
}

// What the dump itself tells.
KernelLayout load_from_dump(const dump::Dump& dump) {
    KernelLayout layout;
    layout.symbols =
        std::make_unique<KernelSymbols>(dump.memory(), load_kallsyms(dump, layout.remarks));
    auto btf = vmlinux_btf(dump, *layout.symbols);
    if (!btf) {
        layout.types = std::make_unique<NoTypes>();
        layout.remarks.push_back("no kernel types: " + to_string(btf.error()) +
                                 "; the debuginfo of this kernel would give them (--debuginfo)");
        return layout;
    }
    auto types = std::make_unique<BtfTypes>(std::move(*btf));
    auto modules = add_module_types(*types, *layout.symbols, dump.memory());
    layout.types = std::move(types);
    if (auto head = layout.symbols->address("modules")) add_modules(layout, dump, *head);
    if (!modules) layout.remarks.push_back(kNoModuleTypes + to_string(modules.error()));
    return layout;
}

// The types inside the dump, for what a profile leaves out. `symbols` must outlive the result.
std::unique_ptr<Types> types_of_dump(const dump::Dump& dump, const KernelSymbols& symbols) {
    auto btf = vmlinux_btf(dump, symbols);
    if (!btf) return std::make_unique<NoTypes>();
    auto types = std::make_unique<BtfTypes>(std::move(*btf));
    // Without the list of modules there are those of vmlinux.
    (void)add_module_types(*types, symbols, dump.memory());
    return types;
}

// A loaded module that is not the one the profile was made of: its types would be wrong.
std::optional<std::string> other_module(const KernelLayout& layout, const dump::Memory& memory) {
    for (const Module& module : layout.symbols->modules())
        for (const ProfileObject& object : layout.profile->objects())
            if (object.name == module.name)
                if (auto other = other_build(memory, *layout.types, module, object)) return other;
    return std::nullopt;
}

// What a profile tells, if it is of this kernel; the reason if it is not or cannot be read.
tl::expected<KernelLayout, std::string> load_from_profile(const dump::Dump& dump,
                                                          std::shared_ptr<const Profile> profile,
                                                          const KernelIdentity& kernel) {
    std::optional<std::optional<Kallsyms>> kallsyms;
    std::vector<std::string> ignored;
    auto match = match_profile(*profile, dump, kernel, [&]() -> const Kallsyms* {
        if (!kallsyms) kallsyms = load_kallsyms(dump, ignored);
        return *kallsyms ? &**kallsyms : nullptr;
    });
    if (!match) return tl::unexpected<std::string>(to_string(match.error()));
    auto failed = [&](const Unknown& why) {
        return tl::unexpected<std::string>(profile->path().string() + ": " + to_string(why));
    };
    auto bytes = profile->section(ProfileSection::symbols);
    auto symbols = bytes ? ProfileSymbols::open(*bytes) : tl::unexpected<Unknown>(bytes.error());
    if (!symbols) return failed(symbols.error());
    auto btf = btf_of(*profile);
    if (!btf) return failed(btf.error());

    auto types = std::make_unique<BtfTypes>(std::move(*btf), "profile");
    if (auto wrong = contradictions(dump.vmcoreinfo(), *types); !wrong.empty())
        return tl::unexpected<std::string>(profile->path().string() + ": " + wrong.front());

    KernelLayout layout;
    layout.profile = profile;
    layout.profile_ground = match->ground;
    layout.symbols = std::make_unique<KernelSymbols>(dump.memory(), std::nullopt);
    layout.symbols->set_profile(std::move(*symbols), match->shift);
    layout.symbols->set_linked_modules([profile](const std::string& module) {
        return profile->section(ProfileSection::symbols, module).and_then(ProfileSymbols::open);
    });
    layout.symbols->set_module_variables(
        [profile, &memory = dump.memory()](const Types& of_dump, const Module& module,
                                           const std::vector<Symbol>& functions) {
            return module_variables(memory, of_dump, *profile, module, functions);
        });
    layout.code = std::make_unique<KernelCode>(*profile, *layout.symbols, match->shift);
    layout.types = std::make_unique<CombinedTypes>(
        std::move(types), absent_types(*profile),
        [&dump, known = layout.symbols.get()] { return types_of_dump(dump, *known); });
    if (auto head = layout.symbols->address("modules")) add_modules(layout, dump, *head);
    if (auto other = other_module(layout, dump.memory()))
        return tl::unexpected<std::string>(profile->path().string() + ": " + *other);
    return layout;
}

}  // namespace

KernelSeen seen_in(const dump::Dump& dump) {
    KernelSeen seen{identify(dump).kernel, {}};
    KernelLayout layout = load_from_dump(dump);
    if (!seen.kernel.build_id) seen.kernel.build_id = build_id_of_notes(dump, *layout.symbols);
    for (const Module& module : layout.symbols->modules())
        seen.modules.push_back(
            {module.name, read_module_build_id(dump.memory(), *layout.types, module).value_or(""),
             module.srcversion, ""});
    return seen;
}

KernelLayout load_kernel_layout(const dump::Dump& dump, const FindProfile& find_profile) {
    std::string no_profile;
    if (find_profile) {
        KernelIdentity kernel = identify(dump).kernel;
        auto found = find_profile(kernel);
        if (!found) {
            no_profile = to_string(found.error());
        } else if (*found) {
            auto layout = load_from_profile(dump, std::move(*found), kernel);
            if (layout) return std::move(*layout);
            no_profile = layout.error();
        }
    }
    KernelLayout layout = load_from_dump(dump);
    if (!no_profile.empty()) layout.remarks.push_back("no profile: " + no_profile);
    for (const std::string& wrong : contradictions(dump.vmcoreinfo(), *layout.types))
        layout.remarks.push_back(wrong);
    return layout;
}

void add_modules_from(KernelLayout& layout, const dump::Dump& dump, VAddr module) {
    if (!layout.symbols->modules().empty()) return;
    if (auto list = layout.types->offset_of("struct module", "list"))
        add_modules(layout, dump, module + *list);
}

bool add_module_types_from(KernelLayout& layout, const dump::Dump& dump, VAddr head) {
    constexpr std::uint16_t kBtfMagic = 0xeb9f;
    auto* types = dynamic_cast<BtfTypes*>(layout.types.get());
    if (types == nullptr) return false;
    auto found = module_btfs(dump.memory(), *types, head);
    bool all = !found.empty() && std::all_of(found.begin(), found.end(), [&](const auto& btf) {
        auto magic = dump.memory().u16(btf.data);
        return magic && *magic == kBtfMagic;
    });
    if (!all) return false;
    add_module_types(*types, dump.memory(), std::move(found));
    std::erase_if(layout.remarks,
                  [](const std::string& remark) { return remark.starts_with(kNoModuleTypes); });
    return true;
}

}  // namespace nfstriage::layout
