#include "debuginfo/elf_object.h"

#include <elf.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "debuginfo/elf_sections.h"

namespace nfstriage::debuginfo {
namespace {

constexpr std::uint64_t kAlignmentLimit = std::uint64_t{1} << 32;
constexpr std::size_t kLongestName = 4096;  // of sections and symbols: Rust's are long

// A file mapped for reading as long as this lives.
class MappedFile {
public:
    MappedFile() = default;
    MappedFile(const MappedFile&) = delete;
    MappedFile& operator=(const MappedFile&) = delete;
    ~MappedFile() {
        if (address_ != nullptr) ::munmap(address_, size_);
    }

    Result<void> map(const std::filesystem::path& path) {
        int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
        if (file < 0)
            return error(path.string(), {},
                         std::string("expected a readable file: ") + std::strerror(errno),
                         "check the path and its permissions");
        struct stat status {};
        bool regular = ::fstat(file, &status) == 0 && S_ISREG(status.st_mode);
        if (!regular || status.st_size == 0) {
            ::close(file);
            return error(path.string(), {}, "expected an ELF file, found no regular file or none",
                         "give the debug file itself");
        }
        size_ = static_cast<std::size_t>(status.st_size);
        void* address = ::mmap(nullptr, size_, PROT_READ, MAP_PRIVATE, file, 0);
        ::close(file);
        if (address == MAP_FAILED)
            return error(path.string(), {},
                         std::string("cannot be mapped: ") + std::strerror(errno),
                         "free memory or lift its limit");
        address_ = address;
        return {};
    }
    ByteSpan bytes() const { return {static_cast<const std::uint8_t*>(address_), size_}; }

    // Pages come back from the file when they are touched again.
    void release(ByteSpan part) const {
        static const auto page = static_cast<std::uintptr_t>(::sysconf(_SC_PAGESIZE));
        auto begin = reinterpret_cast<std::uintptr_t>(part.data());
        auto first = reinterpret_cast<std::uintptr_t>(address_);
        if (part.empty() || begin < first || begin - first >= size_) return;
        std::uintptr_t end = begin + part.size();
        begin -= begin % page;
        ::madvise(reinterpret_cast<void*>(begin), end - begin, MADV_DONTNEED);
    }

private:
    void* address_ = nullptr;
    std::size_t size_ = 0;
};

std::string hex(ByteSpan bytes) {
    static constexpr char kDigits[] = "0123456789abcdef";
    std::string text;
    for (std::uint8_t byte : bytes) {
        text += kDigits[byte >> 4];
        text += kDigits[byte & 15];
    }
    return text;
}

// The string at `offset` of a table, not looked at further than a name reaches: any number of names
// may begin in one string.
Maybe<std::string_view> name_at(ByteSpan names, std::uint64_t offset) {
    if (offset >= names.size()) return unknown(Reason::corrupt, "outside of the names");
    ByteSpan behind = names.subspan(offset);
    return Bytes(behind.first(std::min(behind.size(), kLongestName))).cstring(0);
}

std::uint64_t round_up(std::uint64_t value, std::uint64_t multiple) {
    return multiple < 2 ? value : (value + multiple - 1) / multiple * multiple;
}

}  // namespace

struct ElfObject::State {
    std::filesystem::path path;
    MappedFile file;
    Arch arch = Arch::x86_64;
    bool relocatable = false;
    std::vector<ElfSection> sections;

    struct Contents {  // by section
        PackedForm form;
        std::string damage;                    // why it cannot be read; empty if it can
        std::vector<std::size_t> relocations;  // SHT_RELA sections for it
        Buffer buffer;
        bool ready = false;
    };
    mutable std::vector<Contents> contents;
    mutable std::vector<std::optional<SymbolAddresses>> symbol_addresses;  // by section

    tl::unexpected<Error> damaged(std::optional<std::uint64_t> at, std::string what) const {
        return error(path.string(), at, std::move(what),
                     "the file is damaged or cut short: fetch it again");
    }
    Result<void> read_headers();
    Result<void> read_sections(const Elf64_Ehdr& header);
    void read_form(std::size_t index);
    Result<void> lay_out();
    Result<ByteSpan> bytes(std::size_t index) const;
    Result<Buffer> load(std::size_t index) const;
    Result<ByteSpan> in_file(std::size_t index) const;
    Result<const SymbolAddresses*> addresses(std::size_t symbol_table) const;
    std::optional<std::size_t> find(std::string_view name) const;
    std::optional<ByteSpan> find_bytes(std::string_view name) const;
};

Result<void> ElfObject::State::read_headers() {
    Bytes all(file.bytes());
    auto header = all.get<Elf64_Ehdr>(0);
    if (!header || std::memcmp(header->e_ident, ELFMAG, SELFMAG) != 0)
        return error(path.string(), 0, "expected an ELF file",
                     "give vmlinux, a module or their debug files");
    if (header->e_ident[EI_CLASS] != ELFCLASS64 || header->e_ident[EI_DATA] != ELFDATA2LSB)
        return error(path.string(), EI_CLASS, "expected 64-bit little endian ELF",
                     "only x86_64 and aarch64 debug files are read");
    if (header->e_machine == EM_X86_64)
        arch = Arch::x86_64;
    else if (header->e_machine == EM_AARCH64)
        arch = Arch::aarch64;
    else
        return error(
            path.string(), offsetof(Elf64_Ehdr, e_machine),
            "expected x86_64 or aarch64, found machine " + std::to_string(header->e_machine),
            "only x86_64 and aarch64 debug files are read");
    if (header->e_type != ET_REL && header->e_type != ET_EXEC && header->e_type != ET_DYN)
        return error(path.string(), offsetof(Elf64_Ehdr, e_type),
                     "expected an object, program or library, found ELF type " +
                         std::to_string(header->e_type),
                     "give vmlinux, a module or their debug files");
    relocatable = header->e_type == ET_REL;
    auto read = read_sections(*header);
    if (!read) return read;
    for (std::size_t i = 0; i < sections.size(); ++i) read_form(i);
    for (std::size_t i = 0; relocatable && i < sections.size(); ++i)
        if (sections[i].type == SHT_RELA && sections[i].info < sections.size())
            contents[sections[i].info].relocations.push_back(i);
    return relocatable ? lay_out() : Result<void>{};
}

Result<void> ElfObject::State::read_sections(const Elf64_Ehdr& header) {
    Bytes all(file.bytes());
    if (header.e_shoff == 0) return damaged({}, "expected sections, found none");
    if (header.e_shentsize != sizeof(Elf64_Shdr))
        return damaged(
            offsetof(Elf64_Ehdr, e_shentsize),
            "expected section headers of 64 bytes, found " + std::to_string(header.e_shentsize));
    auto first = all.get<Elf64_Shdr>(header.e_shoff);
    if (!first) return damaged(header.e_shoff, "section headers are outside of the file");
    std::uint64_t count = header.e_shnum != 0 ? header.e_shnum : first->sh_size;
    std::uint64_t names = header.e_shstrndx != SHN_XINDEX ? header.e_shstrndx : first->sh_link;
    auto size = checked_mul(count, sizeof(Elf64_Shdr));
    if (!size || names >= count || !all.range(header.e_shoff, *size))
        return damaged(header.e_shoff, "section headers are outside of the file");

    Bytes headers(*all.range(header.e_shoff, *size));
    auto name_header = *headers.get<Elf64_Shdr>(names * sizeof(Elf64_Shdr));
    auto name_bytes = all.range(name_header.sh_offset, name_header.sh_size);
    if (!name_bytes || name_header.sh_type == SHT_NOBITS)
        return damaged(name_header.sh_offset, "section names are outside of the file");
    for (std::uint64_t i = 0; i < count; ++i) {
        auto raw = *headers.get<Elf64_Shdr>(i * sizeof(Elf64_Shdr));
        auto name = name_at(*name_bytes, raw.sh_name);
        if (!name && i != 0)
            return damaged(header.e_shoff + i * sizeof(Elf64_Shdr),
                           "the name of section " + std::to_string(i) +
                               " is too long or outside of the names");
        ElfSection section;
        section.name = name ? std::string(*name) : std::string();
        section.type = raw.sh_type;
        section.flags = raw.sh_flags;
        section.address = raw.sh_addr;
        section.offset = raw.sh_offset;
        section.file_size = raw.sh_type == SHT_NOBITS ? 0 : raw.sh_size;
        section.size = raw.sh_size;
        section.link = raw.sh_link;
        section.info = raw.sh_info;
        section.alignment = raw.sh_addralign;
        section.entry_size = raw.sh_entsize;
        if (i == 0) section = {};  // its fields count the others
        sections.push_back(std::move(section));
    }
    contents.resize(sections.size());
    symbol_addresses.resize(sections.size());
    return {};
}

// Notes how a section is packed, and its size unpacked.
void ElfObject::State::read_form(std::size_t index) {
    ElfSection& section = sections[index];
    Contents& content = contents[index];
    bool zdebug = section.name.rfind(".zdebug_", 0) == 0;
    if (zdebug) section.name.erase(1, 1);
    bool compressed = (section.flags & SHF_COMPRESSED) != 0;
    if ((!zdebug && !compressed) || section.type == SHT_NOBITS) return;
    section.size = 0;
    auto packed = Bytes(file.bytes()).range(section.offset, section.file_size);
    if (!packed) {
        content.damage = "is outside of the file";
        return;
    }
    auto form = compressed ? read_compression_header(*packed) : read_zdebug_header(*packed);
    if (!form) {
        content.damage = form.error().what;
        return;
    }
    content.form = *form;
    section.size = form->size;
    if (compressed) section.alignment = form->alignment;
}

// Gives the allocated sections of ET_REL their addresses, in the order of the kernel's loader.
Result<void> ElfObject::State::lay_out() {
    auto part_of = [](const ElfSection& section) {
        if ((section.flags & SHF_EXECINSTR) == 0) return 2;
        return section.name.rfind(".init", 0) == 0 ? 1 : 0;
    };
    std::uint64_t end = 0;
    for (int part = 0; part < 3; ++part)
        for (ElfSection& section : sections) {
            if ((section.flags & SHF_ALLOC) == 0 || part_of(section) != part) continue;
            if (section.alignment > kAlignmentLimit || section.size >= kAlignmentLimit)
                return damaged({}, "section " + section.name + " has an impossible size of " +
                                       std::to_string(section.size) + " or alignment of " +
                                       std::to_string(section.alignment));
            section.address = round_up(end, section.alignment);
            end = section.address + section.size;
        }
    return {};
}

Result<ByteSpan> ElfObject::State::in_file(std::size_t index) const {
    const ElfSection& section = sections[index];
    if (!contents[index].damage.empty())
        return damaged(section.offset, "section " + section.name + ": " + contents[index].damage);
    auto range = Bytes(file.bytes()).range(section.offset, section.file_size);
    if (!range)
        return damaged(section.offset, "section " + section.name + " is outside of the file");
    return *range;
}

Result<ByteSpan> ElfObject::State::bytes(std::size_t index) const {
    if (index >= sections.size())
        return damaged({}, "there is no section " + std::to_string(index));
    const ElfSection& section = sections[index];
    Contents& content = contents[index];
    if (section.type == SHT_NOBITS || section.type == SHT_NULL) return ByteSpan();
    bool as_is = content.form.packing == Packing::none &&
                 (content.relocations.empty() || (section.flags & SHF_EXECINSTR) != 0);
    if (as_is) return in_file(index);
    if (!content.ready) {
        auto loaded = load(index);
        if (!loaded) return tl::unexpected<Error>(loaded.error());
        content.buffer = std::move(*loaded);
        content.ready = true;
    }
    return content.buffer.span();
}

Result<Buffer> ElfObject::State::load(std::size_t index) const {
    const ElfSection& section = sections[index];
    const Contents& content = contents[index];
    auto stored = in_file(index);
    if (!stored) return tl::unexpected<Error>(stored.error());
    auto buffer = allocate(section.size);
    if (!buffer)
        return error(path.string(), section.offset,
                     "section " + section.name + ": " + buffer.error().what,
                     "give the debug file of a kernel, and enough memory");
    Maybe<void> done;
    if (content.form.packing == Packing::none)
        std::memcpy(buffer->bytes.get(), stored->data(), stored->size());
    else
        done = unpack(content.form.packing, stored->subspan(content.form.header), buffer->span());
    if (!done) return damaged(section.offset, "section " + section.name + ": " + done.error().what);
    for (std::size_t relocation : content.relocations) {
        // A table for the table itself would never end.
        if (section.type == SHT_RELA || section.type == SHT_SYMTAB || section.type == SHT_STRTAB)
            return damaged(section.offset, "section " + section.name + " has relocations");
        auto table = bytes(relocation);
        if (!table) return tl::unexpected<Error>(table.error());
        auto symbols = addresses(sections[relocation].link);
        if (!symbols) return tl::unexpected<Error>(symbols.error());
        done = relocate(arch, *table, **symbols, section.address, buffer->span());
        if (!done)
            return damaged(sections[relocation].offset,
                           "section " + section.name + ": " + done.error().what);
        file.release(*table);
    }
    file.release(*stored);
    return std::move(*buffer);
}

Result<const SymbolAddresses*> ElfObject::State::addresses(std::size_t table) const {
    if (table >= sections.size() || sections[table].type != SHT_SYMTAB)
        return damaged({}, "relocations without a symbol table");
    if (!symbol_addresses[table]) {
        auto content = bytes(table);
        if (!content) return tl::unexpected<Error>(content.error());
        Bytes symbols(*content);
        SymbolAddresses found;
        found.reserve(symbols.size() / sizeof(Elf64_Sym));
        for (std::uint64_t at = 0; at + sizeof(Elf64_Sym) <= symbols.size();
             at += sizeof(Elf64_Sym)) {
            auto symbol = *symbols.get<Elf64_Sym>(at);
            bool of_section = symbol.st_shndx != SHN_UNDEF && symbol.st_shndx < sections.size();
            std::uint64_t value = symbol.st_shndx == SHN_UNDEF ? 0 : symbol.st_value;
            found.push_back(of_section ? sections[symbol.st_shndx].address + value : value);
        }
        symbol_addresses[table] = std::move(found);
    }
    return &*symbol_addresses[table];
}

std::optional<std::size_t> ElfObject::State::find(std::string_view name) const {
    for (std::size_t i = 1; i < sections.size(); ++i)
        if (sections[i].name == name) return i;
    return std::nullopt;
}

std::optional<ByteSpan> ElfObject::State::find_bytes(std::string_view name) const {
    auto index = find(name);
    if (!index) return std::nullopt;
    auto found = bytes(*index);
    if (!found) return std::nullopt;
    return *found;
}

ElfObject::ElfObject(std::unique_ptr<State> state) : state_(std::move(state)) {}
ElfObject::~ElfObject() = default;

Result<std::unique_ptr<ElfObject>> ElfObject::open(const std::filesystem::path& path) {
    auto state = std::make_unique<State>();
    state->path = path;
    auto mapped = state->file.map(path);
    if (!mapped) return tl::unexpected<Error>(mapped.error());
    auto read = state->read_headers();
    if (!read) return tl::unexpected<Error>(read.error());
    return std::unique_ptr<ElfObject>(new ElfObject(std::move(state)));
}

const std::filesystem::path& ElfObject::path() const { return state_->path; }
Arch ElfObject::arch() const { return state_->arch; }
bool ElfObject::relocatable() const { return state_->relocatable; }
const std::vector<ElfSection>& ElfObject::sections() const { return state_->sections; }
std::optional<std::size_t> ElfObject::find(std::string_view section) const {
    return state_->find(section);
}
Result<ByteSpan> ElfObject::bytes(std::size_t section) const { return state_->bytes(section); }

void ElfObject::forget(std::size_t section) const {
    if (section >= state_->contents.size()) return;
    state_->contents[section].buffer = {};
    state_->contents[section].ready = false;
}

void ElfObject::release(ByteSpan bytes) const { state_->file.release(bytes); }

Result<std::vector<ElfSymbol>> ElfObject::symbols() const {
    std::vector<ElfSymbol> result;
    auto is_table = [](const ElfSection& section) { return section.type == SHT_SYMTAB; };
    if (std::count_if(state_->sections.begin(), state_->sections.end(), is_table) > 1)
        return state_->damaged({}, "one symbol table was expected");
    for (std::size_t i = 0; i < state_->sections.size(); ++i) {
        const ElfSection& section = state_->sections[i];
        if (!is_table(section)) continue;
        auto table = state_->bytes(i);
        if (!table) return tl::unexpected<Error>(table.error());
        auto names = state_->bytes(section.link);
        if (!names) return tl::unexpected<Error>(names.error());
        Bytes symbols(*table);
        result.reserve(symbols.size() / sizeof(Elf64_Sym));
        for (std::uint64_t at = 0; at + sizeof(Elf64_Sym) <= symbols.size();
             at += sizeof(Elf64_Sym)) {
            auto raw = *symbols.get<Elf64_Sym>(at);
            unsigned char type = ELF64_ST_TYPE(raw.st_info);
            if (type == STT_SECTION || type == STT_FILE || raw.st_shndx == SHN_UNDEF) continue;
            auto name = name_at(*names, raw.st_name);
            if (!name)
                return state_->damaged(section.offset + at,
                                       "the name of a symbol is too long or outside of the names");
            ElfSymbol symbol;
            symbol.name = *name;
            symbol.address = raw.st_value;
            if (state_->relocatable && raw.st_shndx < state_->sections.size())
                symbol.address += state_->sections[raw.st_shndx].address;
            symbol.size = raw.st_size;
            symbol.section = raw.st_shndx;
            symbol.type = type;
            symbol.binding = ELF64_ST_BIND(raw.st_info);
            result.push_back(symbol);
        }
    }
    return result;
}

std::optional<std::string> ElfObject::build_id() const {
    for (std::size_t i = 0; i < state_->sections.size(); ++i) {
        if (state_->sections[i].type != SHT_NOTE) continue;
        auto content = state_->in_file(i);  // notes are never packed
        if (!content) continue;
        Bytes notes(*content);
        for (std::uint64_t at = 0; at < notes.size();) {
            auto note = notes.get<Elf64_Nhdr>(at);
            if (!note) break;
            std::uint64_t name_at = at + sizeof(Elf64_Nhdr);
            std::uint64_t data_at = name_at + round_up(note->n_namesz, 4);
            auto name = notes.range(name_at, note->n_namesz);
            auto data = notes.range(data_at, note->n_descsz);
            if (!name || !data) break;
            if (note->n_type == NT_GNU_BUILD_ID && note->n_namesz == 4 &&
                std::memcmp(name->data(), "GNU", 4) == 0 && !data->empty())
                return hex(*data);
            at = data_at + round_up(note->n_descsz, 4);
        }
    }
    return std::nullopt;
}

std::optional<ElfObject::AlternateLink> ElfObject::alternate_link() const {
    auto content = state_->find_bytes(".gnu_debugaltlink");
    if (!content) return std::nullopt;
    auto name = Bytes(*content).cstring(0);
    if (!name || name->empty()) return std::nullopt;
    return AlternateLink{std::string(*name), hex(content->subspan(name->size() + 1))};
}

std::map<std::string, std::string> ElfObject::module_info() const {
    std::map<std::string, std::string> result;
    auto content = state_->find_bytes(".modinfo");
    if (!content) return result;
    Bytes text(*content);
    for (std::uint64_t at = 0; at < text.size();) {
        auto entry = text.cstring(at);
        if (!entry) break;
        auto equals = entry->find('=');
        if (equals != std::string_view::npos)
            result.emplace(entry->substr(0, equals), entry->substr(equals + 1));
        at += entry->size() + 1;
    }
    return result;
}

Maybe<ByteSpan> ElfObject::memory(std::uint64_t address, std::uint64_t size) const {
    for (std::size_t i = 0; i < state_->sections.size(); ++i) {
        const ElfSection& section = state_->sections[i];
        if ((section.flags & SHF_ALLOC) == 0 || section.type == SHT_NOBITS) continue;
        if (address < section.address || address - section.address > section.size) continue;
        if (size > section.size - (address - section.address)) continue;
        auto content = state_->bytes(i);
        if (!content) return unknown(Reason::corrupt, content.error().expected);
        auto range = Bytes(*content).range(address - section.address, size);
        if (!range) return unknown(Reason::corrupt, "section " + section.name + " is cut short");
        return *range;
    }
    return unknown(Reason::not_dumped, "no section of the file holds this address");
}

}  // namespace nfstriage::debuginfo
