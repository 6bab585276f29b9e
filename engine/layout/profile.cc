// Reading and writing the container. The identity section is text:
//   arch=x86_64
//   release=4.19.90-vhulk2211.3.0.h1960
//   version=#1 SMP ...
//   build_id=...
//   object=NAME|BUILD_ID|SRCVERSION|VERMAGIC      one line for vmlinux and for each module
#include "layout/profile.h"

#include <fcntl.h>
#include <libdeflate.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <utility>

namespace nfstriage::layout {
namespace {

constexpr std::array<char, 8> kMagic{'n', 'f', 's', 'p', 'r', 'o', 'f', '\n'};
constexpr std::uint32_t kFormat = 2;  // 1 had no index of symbols' names
constexpr std::uint32_t kMostSections = 1024;
constexpr std::uint64_t kLargestFile = 1ull << 30;
constexpr std::size_t kObjectName = 64;  // longer than MODULE_NAME_LEN

struct Header {
    std::array<char, 8> magic;
    std::uint32_t format, sections, table_crc, reserved;
};
static_assert(sizeof(Header) == 24);

struct TableEntry {
    std::uint32_t kind, crc;
    std::uint64_t offset, size;
    std::array<char, kObjectName> object;
};
static_assert(sizeof(TableEntry) == 88);

std::uint32_t crc_of(ByteSpan bytes) { return libdeflate_crc32(0, bytes.data(), bytes.size()); }

// Sections of blocks of which few are read: each block has its own check sum.
bool is_packed(ProfileSection kind) {
    return kind == ProfileSection::types || kind == ProfileSection::symbols ||
           kind == ProfileSection::orc || kind == ProfileSection::code ||
           kind == ProfileSection::cfi;
}

// One line of text: nothing in it may end the line or separate its fields.
std::string clean(std::string_view text) {
    std::string result(text);
    for (char& c : result)
        if (static_cast<unsigned char>(c) < 0x20 || c == '|') c = ' ';
    return result;
}

void append(std::vector<std::uint8_t>& to, const void* from, std::size_t size) {
    const auto* bytes = static_cast<const std::uint8_t*>(from);
    to.insert(to.end(), bytes, bytes + size);
}

std::vector<std::uint8_t> identity_text(const KernelIdentity& identity,
                                        const std::vector<ProfileObject>& objects) {
    std::string text;
    if (identity.arch) text += "arch=" + std::string(to_string(*identity.arch)) + "\n";
    if (identity.release) text += "release=" + clean(*identity.release) + "\n";
    if (identity.version) text += "version=" + clean(*identity.version) + "\n";
    if (identity.build_id) text += "build_id=" + clean(*identity.build_id) + "\n";
    for (const ProfileObject& object : objects)
        text += "object=" + clean(object.name) + "|" + clean(object.build_id) + "|" +
                clean(object.srcversion) + "|" + clean(object.vermagic) + "\n";
    return {text.begin(), text.end()};
}

// The part of `text` before `separator`, which is taken off it.
std::string_view take(std::string_view& text, char separator) {
    std::size_t at = text.find(separator);
    std::string_view part = text.substr(0, at);
    text.remove_prefix(at == std::string_view::npos ? text.size() : at + 1);
    return part;
}

void parse_identity(std::string_view text, KernelIdentity& identity,
                    std::vector<ProfileObject>& objects) {
    while (!text.empty()) {
        std::string_view line = take(text, '\n');
        std::string_view key = take(line, '=');
        if (key == "arch") identity.arch = arch_from_machine(line);
        if (key == "release") identity.release = line;
        if (key == "version") identity.version = line;
        if (key == "build_id") identity.build_id = line;
        if (key != "object") continue;
        ProfileObject object;
        object.name = take(line, '|');
        object.build_id = take(line, '|');
        object.srcversion = take(line, '|');
        object.vermagic = take(line, '|');
        objects.push_back(std::move(object));
    }
}

class Mapping {  // of a whole file, read only
public:
    Mapping() = default;
    Mapping(const Mapping&) = delete;
    Mapping& operator=(const Mapping&) = delete;
    ~Mapping() {
        if (at_ != nullptr) munmap(at_, size_);
    }

    Result<void> map(const std::filesystem::path& path) {
        int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
        if (fd < 0) return failed(path, errno);
        struct stat status {};
        int number = fstat(fd, &status) == 0 ? 0 : errno;
        auto size = static_cast<std::uint64_t>(status.st_size);
        if (number == 0 && (!S_ISREG(status.st_mode) || size < sizeof(Header))) {
            close(fd);
            return error(path.string(), 0, "a kernel profile was expected",
                         "make one with nfstriage profile build");
        }
        if (number == 0 && size > kLargestFile) number = EFBIG;
        void* at = number != 0 ? MAP_FAILED : mmap(nullptr, size, PROT_READ, MAP_PRIVATE, fd, 0);
        if (number == 0 && at == MAP_FAILED) number = errno;
        close(fd);
        if (number != 0) return failed(path, number);
        at_ = at;
        size_ = size;
        return {};
    }

    ByteSpan bytes() const { return {static_cast<const std::uint8_t*>(at_), size_}; }

private:
    static tl::unexpected<Error> failed(const std::filesystem::path& path, int number) {
        return error(path.string(), std::nullopt,
                     "a readable kernel profile: " + std::string(std::strerror(number)),
                     "check the path and its rights");
    }
    void* at_ = nullptr;
    std::size_t size_ = 0;
};

}  // namespace

struct Profile::State {
    struct Section {
        ProfileSection kind;
        std::string object;
        std::uint32_t crc;
        ByteSpan bytes;
        mutable std::optional<bool> sound;  // the check sum was compared
    };
    std::filesystem::path path;
    Mapping mapping;
    ByteSpan bytes;  // of the file
    std::vector<Section> sections;
    KernelIdentity identity;
    std::vector<ProfileObject> objects;

    Result<void> read_table() {
        Bytes file{bytes};
        auto header = file.get<Header>(0);
        if (!header || header->magic != kMagic)
            return damaged(0, "a kernel profile was expected (magic nfsprof)");
        if (header->format != kFormat)
            return error(path.string(), 8,
                         "profile format " + std::to_string(kFormat) + " was expected, found " +
                             std::to_string(header->format),
                         "make it again with this version of nfstriage profile build");
        if (header->sections > kMostSections)
            return damaged(12, std::to_string(header->sections) + " sections are not believable");
        auto table = file.range(sizeof(Header), header->sections * sizeof(TableEntry));
        if (!table || crc_of(*table) != header->table_crc)
            return damaged(sizeof(Header), "the table of sections does not match its check sum");
        for (std::uint32_t i = 0; i < header->sections; ++i) {
            auto entry = file.get<TableEntry>(sizeof(Header) + i * sizeof(TableEntry));
            auto content = file.range(entry->offset, entry->size);
            if (!content) return damaged(entry->offset, "a section lies outside of the file");
            std::string object(entry->object.data(),
                               strnlen(entry->object.data(), entry->object.size()));
            sections.push_back({static_cast<ProfileSection>(entry->kind), std::move(object),
                                entry->crc, *content, std::nullopt});
        }
        return {};
    }

    tl::unexpected<Error> damaged(std::uint64_t at, std::string what) const {
        return error(path.string(), at, std::move(what),
                     "copy it again, or make it again with nfstriage profile build");
    }
};

Profile::Profile(std::unique_ptr<State> state) : state_(std::move(state)) {}
Profile::~Profile() = default;

Result<std::unique_ptr<Profile>> Profile::open(const std::filesystem::path& path) {
    auto state = std::make_unique<State>();
    state->path = path;
    if (auto done = state->mapping.map(path); !done) return tl::unexpected<Error>(done.error());
    state->bytes = state->mapping.bytes();
    return made_of(std::move(state));
}

Result<std::unique_ptr<Profile>> Profile::from_bytes(ByteSpan bytes, std::string name) {
    auto state = std::make_unique<State>();
    state->path = std::move(name);
    state->bytes = bytes;
    return made_of(std::move(state));
}

Result<std::unique_ptr<Profile>> Profile::made_of(std::unique_ptr<State> state) {
    if (auto done = state->read_table(); !done) return tl::unexpected<Error>(done.error());
    std::unique_ptr<Profile> profile(new Profile(std::move(state)));
    auto text = profile->section(ProfileSection::identity);
    if (!text) return profile->state_->damaged(sizeof(Header), to_string(text.error()));
    parse_identity({reinterpret_cast<const char*>(text->data()), text->size()},
                   profile->state_->identity, profile->state_->objects);
    return profile;
}

const std::filesystem::path& Profile::path() const { return state_->path; }
const KernelIdentity& Profile::identity() const { return state_->identity; }
const std::vector<ProfileObject>& Profile::objects() const { return state_->objects; }

Maybe<ByteSpan> Profile::section(ProfileSection kind, std::string_view object) const {
    for (const State::Section& section : state_->sections) {
        if (section.kind != kind || section.object != object) continue;
        if (!section.sound) section.sound = is_packed(kind) || crc_of(section.bytes) == section.crc;
        if (*section.sound) return section.bytes;
        return unknown(Reason::corrupt,
                       state_->path.string() + ": a section does not match its check sum");
    }
    return unknown(Reason::no_type,
                   "the profile has no such section of " +
                       (object.empty() ? std::string("vmlinux") : std::string(object)));
}

std::vector<std::string> Profile::damaged_sections() const {
    std::vector<std::string> damaged;
    for (const State::Section& section : state_->sections)
        if (crc_of(section.bytes) != section.crc)
            damaged.push_back(state_->path.string() + ": section " +
                              std::to_string(static_cast<std::uint32_t>(section.kind)) + " of " +
                              (section.object.empty() ? "vmlinux" : section.object) +
                              " does not match its check sum");
    return damaged;
}

std::vector<Profile::Entry> Profile::entries() const {
    std::vector<Entry> result;
    for (const State::Section& section : state_->sections)
        result.push_back({section.kind, section.object, section.bytes.size()});
    return result;
}

bool is_profile(const std::filesystem::path& path) {
    std::array<char, kMagic.size()> head{};
    std::ifstream file(path, std::ios::binary);
    return file.read(head.data(), head.size()) && head == kMagic;
}

std::vector<std::uint8_t> write_profile(const KernelIdentity& identity,
                                        const std::vector<ProfileObject>& objects,
                                        const std::vector<ProfilePart>& parts) {
    std::vector<ProfilePart> all;
    all.push_back({ProfileSection::identity, "", identity_text(identity, objects)});
    all.insert(all.end(), parts.begin(), parts.end());
    std::vector<TableEntry> table;
    std::uint64_t offset = sizeof(Header) + all.size() * sizeof(TableEntry);
    for (const ProfilePart& part : all) {
        offset = (offset + 7) & ~std::uint64_t{7};
        TableEntry entry{static_cast<std::uint32_t>(part.kind),
                         crc_of(part.bytes),
                         offset,
                         part.bytes.size(),
                         {}};
        part.object.copy(entry.object.data(), kObjectName - 1);
        table.push_back(entry);
        offset += part.bytes.size();
    }
    ByteSpan table_bytes{reinterpret_cast<const std::uint8_t*>(table.data()),
                         table.size() * sizeof(TableEntry)};
    Header header{kMagic, kFormat, static_cast<std::uint32_t>(all.size()), crc_of(table_bytes), 0};
    std::vector<std::uint8_t> file;
    file.reserve(offset);
    append(file, &header, sizeof header);
    append(file, table_bytes.data(), table_bytes.size());
    for (std::size_t i = 0; i < all.size(); ++i) {
        file.resize(table[i].offset);
        append(file, all[i].bytes.data(), all[i].bytes.size());
    }
    return file;
}

}  // namespace nfstriage::layout
