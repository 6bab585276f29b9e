#include "debuginfo/linked_kernel.h"

#include <elf.h>

#include <algorithm>
#include <fstream>
#include <map>

#include "base/text.h"
#include "debuginfo/kernel_files.h"
#include "debuginfo/object_identity.h"
#include "layout/btf_types.h"
#include "layout/kallsyms_search.h"

namespace nfstriage::debuginfo {
namespace {

namespace fs = std::filesystem;

// Where modules are put: where no vmlinux is linked, all of them within reach of a branch.
constexpr std::uint64_t kModulesX86 = 0xffffffffc0000000, kModulesArm = 0xffffc00000000000;
constexpr std::uint64_t kRawImage = 0xffff800000000000;  // an Image, which does not say where
constexpr std::uint64_t kImports = 0x4000000;            // above the first module
constexpr std::uint64_t kImportSize = 16;
constexpr std::size_t kMostImports = 1 << 18;
constexpr std::uint64_t kPage = 0x10000;

std::string spelt(std::string_view name) {
    std::string result(name);
    std::replace(result.begin(), result.end(), '-', '_');
    return result;
}

// Names of modules of NFS in modules.order or modules.builtin ("kernel/fs/nfs/nfs.ko").
std::optional<std::vector<std::string>> listed(const std::optional<fs::path>& list) {
    if (!list) return std::nullopt;
    std::ifstream file(*list);
    if (!file) return std::nullopt;
    std::vector<std::string> names;
    for (std::string line; std::getline(file, line);) {
        std::string name = spelt(fs::path(line).stem().string());
        if (is_nfs_module(name)) names.push_back(std::move(name));
    }
    return names;
}

char letter_of(const ElfSection& section, unsigned char binding) {
    if (binding == STB_WEAK) return (section.flags & SHF_EXECINSTR) != 0 ? 'W' : 'V';
    char letter = (section.flags & SHF_EXECINSTR) != 0 ? 't' : 'd';
    return binding == STB_GLOBAL ? static_cast<char>(letter - 'a' + 'A') : letter;
}

// In an Image of arm64 the base of the table is 0, because it is filled in at boot (arm64 links
// with
// --no-apply-dynamic-relocs), so that addresses count from _text. The search knows the base by its
// value and cannot find this one: it stands behind the offsets, which follow the token index since
// v6.4, and end 16 bytes before the names until then. Tables of functions only do not have _text:
// where in the Image the functions are is then not known, and `placed` false.
std::optional<layout::Kallsyms> kallsyms_of_image(const dump::Memory& memory,
                                                  layout::KallsymsPlaces places, bool& placed) {
    constexpr std::uint64_t kTokenIndex = 512;
    std::uint64_t offsets = (std::uint64_t{places.count} * 4 + 7) / 8 * 8;
    places.candidates = {layout::KallsymsAddressing::base_relative};
    for (VAddr addresses : {places.token_index + kTokenIndex, places.names - (16 + offsets)}) {
        places.addresses = addresses;
        places.relative_base = addresses + offsets;
        auto base = memory.u64(*places.relative_base);
        if (!base || *base != 0) continue;
        for (const char* first : {"_text", "_stext"}) {
            placed = first == std::string_view("_text");
            if (auto table = layout::Kallsyms::load(memory, places, {{first, VAddr{0}}}))
                return std::move(*table);
        }
    }
    return std::nullopt;
}

}  // namespace

Result<std::unique_ptr<LinkedKernel>> LinkedKernel::load(ImageFiles files,
                                                         const ArchiveLimits& limits) {
    std::unique_ptr<LinkedKernel> kernel(new LinkedKernel);
    kernel->files_ = std::move(files);
    kernel->remarks_ = kernel->files_.remarks;
    kernel->open_vmlinux(limits);
    kernel->open_modules();
    if (auto done = kernel->check(); !done) return tl::unexpected<Error>(done.error());
    kernel->link();
    return kernel;
}

// The first that can be read; an ELF file rather than a boot image, for its symbols.
void LinkedKernel::open_vmlinux(const ArchiveLimits& limits) {
    std::vector<std::string> refused;
    for (const fs::path& path : files_.vmlinux) {
        auto image = open_kernel_image(path, files_.folder->path(), limits);
        if (!image) {
            refused.push_back(to_string(image.error()));
            continue;
        }
        image_ = std::move(*image);
        vmlinux_ = path;
        identity_ = image_->identity;
        return;
    }
    for (std::string& remark : refused) remarks_.push_back(std::move(remark));
    remarks_.push_back("no vmlinux: types and the version of the kernel are not known");
}

void LinkedKernel::open_modules() {
    for (const auto& [name, paths] : files_.modules) {
        std::optional<Module> chosen;
        for (const fs::path& path : paths) {
            auto linked = LinkedModule::open(path);
            if (!linked) {
                remarks_.push_back(to_string(linked.error()));
                continue;
            }
            auto identity = identify_object(linked->elf());
            if (!identity) {
                remarks_.push_back(to_string(identity.error()));
                continue;
            }
            if (chosen && (chosen->linked.has_text() || !linked->has_text())) continue;
            layout::ProfileObject object = identity->object;
            object.name = spelt(object.name);
            chosen.emplace(Module{std::move(object), path, std::move(*linked)});
        }
        if (chosen) modules_.push_back(std::move(*chosen));
    }
}

Result<void> LinkedKernel::check() {
    if (!image_ && modules_.empty())
        return error("", std::nullopt,
                     "files of a kernel that can be read were expected" +
                         (remarks_.empty() ? std::string() : ": " + remarks_.front()),
                     "name a kernel package, its unpacked tree or a vmlinux");
    for (const Module& module : modules_) {
        std::string release = module.object.vermagic.substr(0, module.object.vermagic.find(' '));
        if (!identity_.arch) identity_.arch = module.linked.elf().arch();
        if (!identity_.release && !release.empty()) identity_.release = release;
        bool other = module.linked.elf().arch() != *identity_.arch ||
                     (!release.empty() && identity_.release && release != *identity_.release);
        if (other)
            return error(module.path.string(), std::nullopt,
                         "a module of " + identity_.release.value_or("this kernel") +
                             " was expected, it is of " + escape(release),
                         "name files of one kernel");
    }
    return {};
}

void LinkedKernel::link() {
    std::uint64_t first = identity_.arch == Arch::aarch64 ? kModulesArm : kModulesX86;
    std::map<std::string, std::uint64_t, std::less<>> exported;
    std::vector<std::uint64_t> bases;
    std::uint64_t next = first;
    for (const Module& module : modules_) {
        bases.push_back(next);
        next += (module.linked.size() + kPage) / kPage * kPage;
        auto symbols = module.linked.elf().symbols();
        if (!symbols) continue;
        for (const ElfSymbol& symbol : *symbols)
            if (symbol.binding == STB_GLOBAL && symbol.section < 0xff00)
                exported.emplace(symbol.name, bases.back() + symbol.address);
    }
    std::map<std::string, std::uint64_t, std::less<>> made_up;
    std::uint64_t imports = std::max(first + kImports, next);
    auto resolve = [&](const std::string& name) {
        if (auto known = exported.find(name); known != exported.end()) return known->second;
        auto [place, added] = made_up.emplace(name, imports + made_up.size() * kImportSize);
        return place->second;
    };
    for (std::size_t i = 0; i < modules_.size(); ++i) {
        Module& module = modules_[i];
        if (auto done = module.linked.link(bases[i], resolve); !done)
            remarks_.push_back(to_string(done.error()));
        symbols_.add({module.object.name, module.linked.text(), module.linked.symbols()});
    }
    // A function or a variable: the importer does not say. Called ones must count as functions.
    layout::TableSymbols::Object elsewhere;
    for (const auto& [name, address] : made_up) {
        if (elsewhere.symbols.size() == kMostImports) break;
        elsewhere.symbols.push_back({name, VAddr{address}, kImportSize, "", 'T'});
    }
    symbols_.add(std::move(elsewhere));
    add_vmlinux_symbols();
    symbols_.index();
    symbols_.set_complete(vmlinux_symbols_ && lists_are_whole(), false);
}

void LinkedKernel::add_vmlinux_symbols() {
    if (!image_) return;
    layout::TableSymbols::Object object;
    if (image_->elf)
        add_elf_symbols(object);
    else
        add_kallsyms(object, VAddr{kRawImage}, image_->raw.size());
    vmlinux_symbols_ = !object.symbols.empty();
    symbols_.add(std::move(object));
}

void LinkedKernel::add_elf_symbols(layout::TableSymbols::Object& object) {
    const ElfObject& elf = *image_->elf;
    for (const ElfSection& section : elf.sections())
        if ((section.flags & SHF_ALLOC) != 0 && (section.flags & SHF_EXECINSTR) != 0)
            object.text.push_back({VAddr{section.address}, section.size});
    auto symbols = elf.symbols();
    if (!symbols || symbols->empty()) {  // stripped
        if (auto data = elf.find(".rodata"))
            add_kallsyms(object, VAddr{elf.sections()[*data].address}, elf.sections()[*data].size);
        return;
    }
    for (const ElfSymbol& symbol : *symbols) {
        if (symbol.section >= elf.sections().size() || symbol.name.empty()) continue;
        const ElfSection& section = elf.sections()[symbol.section];
        if ((section.flags & SHF_ALLOC) == 0 || symbol.name.front() == '$') continue;
        object.symbols.push_back({std::string(symbol.name), VAddr{symbol.address}, symbol.size, "",
                                  letter_of(section, symbol.binding)});
    }
}

// The kernel's own table, somewhere in [begin, begin + size).
void LinkedKernel::add_kallsyms(layout::TableSymbols::Object& object, VAddr begin,
                                std::uint64_t size) {
    auto places = layout::search_kallsyms(*this, begin, size);
    if (!places) return;
    std::uint64_t shift = 0;
    bool placed = true;
    std::optional<layout::Kallsyms> table;
    if (!image_->elf) {
        table = kallsyms_of_image(*this, *places, placed);
        shift = kRawImage;
    } else if (auto text = image_->elf->find(".text")) {
        VAddr first{image_->elf->sections()[*text].address};  // on x86_64
        if (auto loaded = layout::Kallsyms::load(*this, *places, {{"_stext", first}}))
            table = std::move(*loaded);
    }
    if (!table) return;
    for (std::uint32_t i = 0; i < table->size(); ++i)
        object.symbols.push_back({table->name(i), VAddr{table->address(i).value + shift},
                                  table->extent(i), "", table->type(i)});
    auto stext = table->find("_stext"), etext = table->find("_etext");
    if (placed && object.text.empty() && stext.size() == 1 && etext.size() == 1) {
        VAddr text = table->address(stext.front()), end = table->address(etext.front());
        if (end > text) object.text.push_back({VAddr{text.value + shift}, end - text});
    }
}

// Every module of NFS that was built is here, and none of it is built in, or vmlinux has it.
bool LinkedKernel::lists_are_whole() const {
    auto order = listed(files_.order);
    if (!order) return false;
    return std::all_of(order->begin(), order->end(), [this](const std::string& name) {
        return std::any_of(modules_.begin(), modules_.end(), [&](const Module& module) {
            return module.object.name == name && module.linked.has_text();
        });
    });
}

// Everything of NFS needs sunrpc: where that is a module, all the others are.
bool LinkedKernel::may_be_built_in() const { return !symbols_.has_object("sunrpc"); }

std::unique_ptr<layout::Types> LinkedKernel::types() const {
    if (!image_) return std::make_unique<layout::NoTypes>();
    auto bytes = image_->btf();
    if (!bytes) return std::make_unique<layout::NoTypes>();
    auto btf = layout::Btf::parse(std::move(*bytes));
    if (!btf) return std::make_unique<layout::NoTypes>();
    auto types = std::make_unique<layout::BtfTypes>(std::move(*btf));
    // The types that are asked for most are in these.
    for (bool wanted : {true, false})
        for (const Module& module : modules_) {
            const std::string& name = module.object.name;
            bool first = name == "sunrpc" || name == "nfs" || name == "nfsv4" || name == "nfsd";
            if (first == wanted) types->add_module(name, [&module] { return module.linked.btf(); });
        }
    return types;
}

Tri LinkedKernel::has_string(std::string_view module, std::string_view text) const {
    if (module == "vmlinux") return image_ ? image_->has_string(text) : Tri::unknown;
    const std::string wanted = std::string(text) + '\0';
    bool asked = false, found = false;
    for (const Module& one : modules_) {
        if (module != "nfs" && module != one.object.name) continue;
        asked = true;
        for (ByteSpan data : one.linked.read_only_data()) {
            std::string_view all(reinterpret_cast<const char*>(data.data()), data.size());
            for (std::size_t at = all.find(wanted); at != std::string_view::npos && !found;
                 at = all.find(wanted, at + 1))
                found = at == 0 || all[at - 1] == '\0';
        }
    }
    if (found) return Tri::yes;
    if (module == "nfs" && may_be_built_in())
        return image_ ? image_->has_string(text) : Tri::unknown;
    return asked ? Tri::no : Tri::unknown;
}

Maybe<void> LinkedKernel::read(VAddr address, std::span<std::uint8_t> out) const {
    for (const Module& module : modules_)
        if (module.linked.contains(address)) return module.linked.read(address, out);
    if (!image_) return unknown(Reason::unmapped, hex(address));
    if (!image_->elf) {
        auto raw = Bytes(image_->raw).range(address.value - kRawImage, out.size());
        if (!raw) return unknown(Reason::unmapped, hex(address));
        std::copy_n(raw->begin(), out.size(), out.begin());
        return {};
    }
    auto bytes = image_->elf->memory(address.value, out.size());
    if (!bytes) return tl::unexpected<Unknown>(bytes.error());
    std::copy_n(bytes->begin(), out.size(), out.begin());
    return {};
}

}  // namespace nfstriage::debuginfo
