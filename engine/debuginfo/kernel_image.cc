#include "debuginfo/kernel_image.h"

#include <algorithm>
#include <cstring>
#include <fstream>

#include "debuginfo/object_identity.h"
#include "layout/btf.h"

namespace nfstriage::debuginfo {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kLargestImage = 512ull << 20;
constexpr std::uint64_t kLargestBtf = 64ull << 20;
constexpr unsigned kMostBtf = 16;    // headers that look right
constexpr unsigned kMostLayers = 3;  // a packed Image inside a zboot image

std::string_view text_of(ByteSpan bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}
std::string_view at(std::string_view text, std::size_t offset, std::size_t size) {
    return offset < text.size() ? text.substr(offset, size) : std::string_view();
}
bool is_bzimage(std::string_view head) { return at(head, 0x202, 4) == "HdrS"; }
bool is_arm64(std::string_view head) { return at(head, 56, 4) == "ARM\x64"; }
bool is_zboot(std::string_view head) { return head.starts_with("MZ") && at(head, 4, 4) == "zimg"; }

Result<std::vector<std::uint8_t>> read_file(const fs::path& path) {
    std::error_code failure;
    std::uint64_t size = fs::file_size(path, failure);
    if (failure || size > kLargestImage)
        return error(path.string(), std::nullopt, "a kernel image of at most 512 MiB was expected",
                     "check the path");
    std::vector<std::uint8_t> bytes(size);
    std::ifstream file(path, std::ios::binary);
    if (!file.read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(size)))
        return error(path.string(), std::nullopt, "a readable kernel image was expected",
                     "check its rights");
    return bytes;
}

Result<fs::path> write_file(const fs::path& to, ByteSpan bytes) {
    std::ofstream file(to, std::ios::binary);
    file.write(reinterpret_cast<const char*>(bytes.data()),
               static_cast<std::streamsize>(bytes.size()));
    if (!file.flush())
        return error(to.string(), std::nullopt, "room to unpack into was expected",
                     "set TMPDIR to a folder with enough space");
    return to;
}

// What is packed inside a boot image; nothing if it is not packed.
Result<std::optional<ByteSpan>> payload_of(const fs::path& path, ByteSpan image) {
    Bytes bytes(image);
    std::uint64_t begin = 0, size = 0;
    if (is_bzimage(text_of(image))) {
        auto sectors = bytes.get<std::uint8_t>(0x1f1);
        auto offset = bytes.get<std::uint32_t>(0x248), length = bytes.get<std::uint32_t>(0x24c);
        if (sectors && offset && length) {
            begin = (*sectors == 0 ? 5u : *sectors + 1u) * 512ull + *offset;
            size = *length;
        }
    } else if (is_zboot(text_of(image))) {
        begin = bytes.get<std::uint32_t>(8).value_or(0);
        size = bytes.get<std::uint32_t>(12).value_or(0);
    } else {
        return std::optional<ByteSpan>();
    }
    auto payload = bytes.range(begin, size);
    if (!payload || size < 8)
        return error(path.string(), 0x248, "a packed kernel inside of the image was expected",
                     "the file is damaged or cut short");
    // The size of what is packed is appended to all but gzip, which has it itself.
    bool gzip = (*payload)[0] == 0x1f && (*payload)[1] == 0x8b;
    return std::optional<ByteSpan>(gzip ? *payload : payload->subspan(0, size - 4));
}

Result<fs::path> unpack_one(const fs::path& packed, const fs::path& to,
                            const ArchiveLimits& limits) {
    auto archive = Archive::open(packed, limits, {});
    if (!archive) return tl::unexpected<Error>(archive.error());
    auto entry = (*archive)->next();
    if (!entry) return tl::unexpected<Error>(entry.error());
    auto written = (*archive)->write(to);
    if (!written) return tl::unexpected<Error>(written.error());
    return to;
}

Result<KernelImage> of_elf(const fs::path& path) {
    KernelImage image;
    auto elf = ElfObject::open(path);
    if (!elf) return tl::unexpected<Error>(elf.error());
    auto identity = identify_object(**elf);
    if (!identity) return tl::unexpected<Error>(identity.error());
    if (identity->is_module())
        return error(path.string(), std::nullopt, "a vmlinux was expected, this is a module",
                     "name the vmlinux or vmlinuz of the kernel");
    image.identity = identity->kernel;
    image.debug_info = identity->debug_info;
    image.elf = std::move(*elf);
    return image;
}

KernelImage of_raw(std::vector<std::uint8_t> bytes) {
    KernelImage image;
    image.raw = std::move(bytes);
    image.identity = identity_by_banner(text_of(image.raw)).value_or(layout::KernelIdentity{});
    image.identity.arch = Arch::aarch64;
    return image;
}

// The BTF that begins at one of the headers in `bytes`: a kernel's own is large.
Maybe<std::vector<std::uint8_t>> search_btf(ByteSpan bytes) {
    constexpr std::uint8_t kHeader[8] = {0x9f, 0xeb, 1, 0, 24, 0, 0, 0};
    constexpr std::uint64_t kSmallest = 64 << 10;
    unsigned tries = 0;
    for (auto hit = bytes.begin(); tries < kMostBtf; ++hit) {
        hit = std::search(hit, bytes.end(), std::begin(kHeader), std::end(kHeader));
        if (hit == bytes.end()) break;
        Bytes rest(bytes.subspan(static_cast<std::size_t>(hit - bytes.begin())));
        auto word = [&](std::uint64_t offset) {
            return std::uint64_t{rest.get<std::uint32_t>(offset).value_or(0)};
        };
        std::uint64_t size = 24 + std::max(word(8) + word(12), word(16) + word(20));
        auto found = rest.range(0, size);
        if (!found || size < kSmallest || size > kLargestBtf) continue;
        ++tries;
        std::vector<std::uint8_t> copy(found->begin(), found->end());
        if (layout::Btf::parse(copy)) return copy;
    }
    return unknown(Reason::no_type, "the kernel image has no BTF");
}

}  // namespace

bool is_boot_image(std::string_view head) {
    return is_bzimage(head) || is_arm64(head) || is_zboot(head);
}

Maybe<std::vector<std::uint8_t>> KernelImage::btf() const {
    if (!elf) return search_btf(raw);
    auto index = elf->find(".BTF");
    if (!index) return unknown(Reason::no_type, "vmlinux has no BTF");
    auto bytes = elf->bytes(*index);
    if (!bytes) return unknown(Reason::corrupt, bytes.error().expected);
    if (bytes->empty()) return unknown(Reason::no_type, "vmlinux has no BTF");
    return std::vector<std::uint8_t>(bytes->begin(), bytes->end());
}

Tri KernelImage::has_string(std::string_view text) const {
    if (!elf) return Tri::unknown;
    auto index = elf->find(".rodata");
    if (!index) return Tri::unknown;
    auto bytes = elf->bytes(*index);
    if (!bytes || bytes->empty()) return Tri::unknown;
    return tri(text_of(*bytes).find(std::string(text) + '\0') != std::string_view::npos);
}

Result<KernelImage> open_kernel_image(const fs::path& path, const fs::path& folder,
                                      const ArchiveLimits& limits) {
    fs::path current = path;
    for (unsigned layer = 0; layer < kMostLayers; ++layer) {
        std::string head(1024, '\0');
        std::ifstream file(current, std::ios::binary);
        file.read(head.data(), static_cast<std::streamsize>(head.size()));
        head.resize(static_cast<std::size_t>(std::max<std::streamsize>(file.gcount(), 0)));
        if (head.starts_with("\x7f"
                             "ELF"))
            return of_elf(current);
        fs::path next = folder / ("kernel-image-" + std::to_string(layer));
        if (is_archive(head) && !is_boot_image(head)) {
            auto unpacked = unpack_one(current, next, limits);
            if (!unpacked) return tl::unexpected<Error>(unpacked.error());
            current = *unpacked;
            continue;
        }
        if (!is_boot_image(head)) break;
        auto bytes = read_file(current);
        if (!bytes) return tl::unexpected<Error>(bytes.error());
        auto payload = payload_of(current, *bytes);
        if (!payload) return tl::unexpected<Error>(payload.error());
        if (!*payload) return of_raw(std::move(*bytes));
        auto packed = write_file(next.string() + ".packed", **payload);
        if (!packed) return tl::unexpected<Error>(packed.error());
        auto unpacked = unpack_one(*packed, next, limits);
        if (!unpacked) return tl::unexpected<Error>(unpacked.error());
        current = *unpacked;
    }
    return error(path.string(), 0, "a vmlinux, bzImage or Image was expected",
                 "name the kernel's own file");
}

}  // namespace nfstriage::debuginfo
