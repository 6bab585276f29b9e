#include "debuginfo/build_profile.h"

#include <algorithm>
#include <cctype>
#include <memory>
#include <utility>

#include "debuginfo/code_writer.h"
#include "debuginfo/dwarf_cfi.h"
#include "debuginfo/dwarf_object.h"
#include "debuginfo/dwarf_types.h"
#include "debuginfo/elf_object.h"
#include "debuginfo/orc_section.h"
#include "layout/module_sections.h"
#include "layout/profile_match.h"
#include "layout/profile_symbols.h"
#include "layout/profile_types.h"

namespace nfstriage::debuginfo {
namespace {

using layout::ProfilePart;
using layout::ProfileSection;

constexpr unsigned char kSttNotype = 0, kSttObject = 1, kSttSection = 3, kSttFile = 4;  // STT_*
constexpr unsigned char kStbLocal = 0, kStbWeak = 2;                                    // STB_*
constexpr std::uint64_t kShfWrite = 1, kShfAlloc = 2, kShfExec = 4;
constexpr std::uint32_t kShtNobits = 8;
constexpr std::uint16_t kAbsolute = 0xfff1;  // SHN_ABS

// The letter that nm and kallsyms give a symbol.
char letter(const ElfSymbol& symbol, const std::vector<ElfSection>& sections) {
    char type = 'n';
    if (symbol.section == kAbsolute) {
        type = 'a';
    } else if (symbol.section < sections.size()) {
        const ElfSection& section = sections[symbol.section];
        if (section.flags & kShfExec)
            type = 't';
        else if ((section.flags & kShfAlloc) == 0)
            type = 'n';
        else if (section.type == kShtNobits)
            type = 'b';
        else
            type = section.flags & kShfWrite ? 'd' : 'r';
    }
    if (symbol.binding == kStbWeak) return type == 't' ? 'W' : 'V';
    return symbol.binding == kStbLocal ? type
                                       : static_cast<char>(std::toupper(static_cast<int>(type)));
}

// A variable of no size at the end of its section, of ET_REL, is not in the section that follows.
bool is_behind_its_section(const ElfSymbol& symbol, const ElfObject& elf) {
    if (!elf.relocatable() || symbol.type != kSttObject || symbol.section >= elf.sections().size())
        return false;
    const ElfSection& section = elf.sections()[symbol.section];
    return symbol.address - section.address >= section.size;
}

// "descriptor.3": a variable inside of a function, numbered by the compiler.
bool is_function_static(const ElfSymbol& symbol) {
    std::size_t dot = symbol.name.rfind('.');
    return symbol.type == kSttObject && symbol.binding == kStbLocal &&
           dot != std::string_view::npos && dot + 1 < symbol.name.size() &&
           symbol.name.find_first_not_of("0123456789", dot + 1) == std::string_view::npos;
}

// As kallsyms: no sections, files, mapping symbols or compiler labels; and without what nobody asks
// for by name or address: padding in front of functions, variables inside of functions.
bool is_wanted(const ElfSymbol& symbol) {
    return !is_function_static(symbol) && !symbol.name.starts_with("__pfx_") &&
           !symbol.name.starts_with("__UNIQUE_ID_") && !symbol.name.empty() &&
           symbol.type != kSttSection && symbol.type != kSttFile && !symbol.name.starts_with('$') &&
           !symbol.name.starts_with(".L") && !symbol.name.starts_with("__crc_") &&
           !symbol.name.starts_with("__kstrtab");
}

// Functions and objects come before labels of assembler and linker: where the names of several at
// one address say nothing, the first is what is there.
Result<std::vector<layout::LinkedSymbol>> linked_symbols(const ElfObject& elf) {
    auto symbols = elf.symbols();
    if (!symbols) return tl::unexpected<Error>(symbols.error());
    std::vector<layout::LinkedSymbol> result;
    for (bool labels : {false, true})
        for (const ElfSymbol& symbol : *symbols)
            if (is_wanted(symbol) && (symbol.type == kSttNotype) == labels)
                result.push_back(
                    {std::string(symbol.name), symbol.address,
                     is_behind_its_section(symbol, elf) ? 'n' : letter(symbol, elf.sections()), 0});
    return result;
}

// What is loaded of a module.
std::vector<layout::LinkedSection> loaded_sections(const ElfObject& elf) {
    std::vector<layout::LinkedSection> result;
    for (const ElfSection& section : elf.sections())
        if ((section.flags & kShfAlloc) != 0 && section.size != 0)
            result.push_back({section.name, section.address, section.size});
    return result;
}

struct Opened {  // one debug file
    std::string name;
    std::unique_ptr<ElfObject> elf;
    std::unique_ptr<DwarfObject> dwarf;
};

Result<Opened> open(const std::string& name, const std::filesystem::path& path) {
    auto elf = ElfObject::open(path);
    if (!elf) return tl::unexpected<Error>(elf.error());
    auto dwarf = DwarfObject::open(**elf);
    if (!dwarf) return tl::unexpected<Error>(dwarf.error());
    return Opened{name, std::move(*elf), std::move(*dwarf)};
}

class Builder {
public:
    Builder(const KernelFiles& files, const BuildOptions& options, const Progress& progress)
        : files_(files), options_(options), progress_(progress) {
        result_.identity = files.identity;
        result_.remarks = files.remarks;
    }

    Result<BuiltProfile> run() {
        if (auto done = open_all(); !done) return tl::unexpected<Error>(done.error());
        if (auto done = add_symbols(); !done) return tl::unexpected<Error>(done.error());
        if (auto done = add_types(); !done) return tl::unexpected<Error>(done.error());
        if (auto done = add_orc(); !done) return tl::unexpected<Error>(done.error());
        if (options_.lines) add_code();
        result_.bytes = layout::write_profile(files_.identity, described(), parts_);
        return std::move(result_);
    }

private:
    void tell(const std::string& what) const {
        if (progress_) progress_(what, 0, 0);
    }

    // Where modules describe a structure of one name differently, the one nearer to NFS counts.
    std::vector<std::pair<std::string, std::filesystem::path>> in_order_of_preference() const {
        std::vector<std::pair<std::string, std::filesystem::path>> result;
        for (const char* name : {"nfs", "nfsv4", "sunrpc", "nfsd"})
            if (auto found = files_.modules.find(name); found != files_.modules.end())
                result.emplace_back(*found);
        for (const auto& module : files_.modules)
            if (std::none_of(result.begin(), result.end(),
                             [&](const auto& chosen) { return chosen.first == module.first; }))
                result.emplace_back(module);
        return result;
    }

    Result<void> open_all() {
        for (const auto& [name, path] : in_order_of_preference()) {
            auto module = open(name, path);
            if (module)
                objects_.push_back(std::move(*module));
            else
                result_.remarks.push_back("module " + name +
                                          " is left out: " + to_string(module.error()));
        }
        auto vmlinux = open("", files_.vmlinux);
        if (!vmlinux) return tl::unexpected<Error>(vmlinux.error());
        objects_.push_back(std::move(*vmlinux));
        return {};
    }

    void add(ProfileSection kind, const std::string& object, std::vector<std::uint8_t> bytes) {
        if (!bytes.empty()) parts_.push_back({kind, object, std::move(bytes)});
    }

    Result<void> add_symbols() {
        for (const Opened& object : objects_) {
            tell("symbols of " + spoken(object));
            auto symbols = linked_symbols(*object.elf);
            if (!symbols) return tl::unexpected<Error>(symbols.error());
            if (object.name.empty())
                add(ProfileSection::samples, "",
                    layout::encode_symbols(layout::choose_samples(*symbols)));
            std::erase_if(*symbols, [](const layout::LinkedSymbol& symbol) {
                return symbol.name.starts_with("__ksymtab_");
            });
            add(ProfileSection::symbols, object.name, layout::encode_symbols(std::move(*symbols)));
            if (object.elf->relocatable())
                add(ProfileSection::sections, object.name,
                    layout::encode_sections(loaded_sections(*object.elf)));
        }
        return {};
    }

    Result<void> add_types() {
        tell("types");
        std::vector<const DwarfObject*> dwarf;  // modules first: they know nearly everything
        for (const Opened& object : objects_) dwarf.push_back(object.dwarf.get());
        auto types = collect_types(dwarf, kernel_type_options());
        if (!types) return tl::unexpected<Error>(types.error());
        result_.remarks.insert(result_.remarks.end(), types->remarks.begin(), types->remarks.end());
        std::vector<std::uint8_t> absent;
        for (const std::string& name : types->missing) {
            absent.insert(absent.end(), name.begin(), name.end());
            absent.push_back('\n');
        }
        add(ProfileSection::absent, "", std::move(absent));
        add(ProfileSection::types, "", layout::pack_types(types->btf));
        return {};
    }

    Result<void> add_orc() {
        for (const Opened& object : objects_) {
            auto orc = orc_section(*object.elf);
            if (!orc) return tl::unexpected<Error>(orc.error());
            add(ProfileSection::orc, object.name, std::move(*orc));
        }
        return {};
    }

    // Without source lines a profile is still good for all else.
    void add_code() {
        for (const Opened& object : objects_) {
            tell("source lines of " + spoken(object));
            auto code = code_section(*object.dwarf, object.name.empty() ? vmlinux_code_options()
                                                                        : module_code_options());
            if (code) {
                remark(code->remarks);
                add(ProfileSection::code, object.name, std::move(code->bytes));
            } else {
                remark({"no source lines of " + spoken(object) + ": " + to_string(code.error())});
            }
            tell("call frames of " + spoken(object));
            auto cfi = cfi_section(*object.elf);
            if (cfi) {
                remark(cfi->remarks);
                add(ProfileSection::cfi, object.name, std::move(cfi->bytes));
            } else {
                remark({"no call frames of " + spoken(object) + ": " + to_string(cfi.error())});
            }
        }
    }

    void remark(const std::vector<std::string>& remarks) {
        result_.remarks.insert(result_.remarks.end(), remarks.begin(), remarks.end());
    }

    // The objects that made it into the profile.
    std::vector<layout::ProfileObject> described() const {
        std::vector<layout::ProfileObject> result;
        for (const layout::ProfileObject& object : files_.objects)
            for (const Opened& opened : objects_)
                if (opened.name == object.name) result.push_back(object);
        return result;
    }

    static std::string spoken(const Opened& object) {
        return object.name.empty() ? "vmlinux" : object.name;
    }

    const KernelFiles& files_;
    const BuildOptions& options_;
    const Progress& progress_;
    std::vector<Opened> objects_;  // vmlinux last
    std::vector<ProfilePart> parts_;
    BuiltProfile result_;
};

}  // namespace

Result<BuiltProfile> build_profile(const KernelFiles& files, const BuildOptions& options,
                                   const Progress& progress) {
    return Builder(files, options, progress).run();
}

}  // namespace nfstriage::debuginfo
