// Which reader a file needs, by its first bytes.
#include <algorithm>
#include <array>
#include <cstring>
#include <string_view>

#include "dump/dump.h"
#include "dump/elf.h"
#include "dump/file_bytes.h"
#include "dump/flattened.h"
#include "dump/kdump_header.h"
#include "dump/library.h"
#include "dump/native_dump.h"
#include "dump/open_kdump.h"

namespace nfstriage::dump {
namespace {

// What people hand over instead of a vmcore, by the first bytes.
struct Packing {
    std::string_view magic;
    const char* name;
    const char* remedy;
};
constexpr std::array kPackings = {
    Packing{"\x1f\x8b", "a gzip file", "unpack it first: gzip -dk FILE"},
    Packing{"\xfd\x37zXZ", "an xz file", "unpack it first: xz -dk FILE"},
    Packing{"BZh", "a bzip2 file", "unpack it first: bzip2 -dk FILE"},
    Packing{"\x28\xb5\x2f\xfd", "a zstd file", "unpack it first: zstd -d FILE"},
    Packing{"\x04\x22\x4d\x18", "an lz4 file", "unpack it first: lz4 -d FILE"},
    Packing{"PK\x03\x04", "a zip archive", "unpack it first: unzip FILE"},
    Packing{"\xed\xab\xee\xdb", "an rpm package", "give the vmcore, not a package"},
    Packing{"!<arch>\n", "a deb package or archive", "give the vmcore, not a package"},
};

// Printable bytes and UTF-8's, which 0x7f and 0xf5 upwards are not.
bool is_text(std::string_view head) {
    return !head.empty() && std::all_of(head.begin(), head.end(), [](char c) {
        auto byte = static_cast<unsigned char>(c);
        bool printable = byte >= 0x20 && byte != 0x7f && byte < 0xf5;
        return printable || byte == '\t' || byte == '\n' || byte == '\r' || byte == 0x1b;
    });
}

std::string hex_bytes(std::string_view head) {
    std::string text;
    for (char c : head.substr(0, 8)) {
        constexpr std::string_view kDigits = "0123456789abcdef";
        auto byte = static_cast<unsigned char>(c);
        if (!text.empty()) text += ' ';
        text += kDigits[byte >> 4];
        text += kDigits[byte & 15];
    }
    return text;
}

// No reader of ours knows the file: libkdumpfile may, and if not we say what it looks like.
Result<std::unique_ptr<Dump>> open_other(const FileBytes& file,
                                         const std::vector<std::filesystem::path>& parts,
                                         const OpenOptions& options) {
    std::string head(static_cast<std::size_t>(std::min<std::uint64_t>(file.size(), 512)), '\0');
    auto got = file.read(0, {reinterpret_cast<std::uint8_t*>(head.data()), head.size()});
    if (!got)
        return error(file.name(), 0, "readable bytes, found: " + got.error().what,
                     "check the disk that holds it");
    for (const Packing& packing : kPackings)
        if (std::string_view(head).starts_with(packing.magic))
            return error(file.name(), 0, std::string("a vmcore, found ") + packing.name,
                         packing.remedy);
    if (is_text(head))
        return error(file.name(), 0, "a vmcore, found text",
                     "if it is a console log, give it as a log");
    if (!file.flattened())
        if (auto dump = open_with_library(parts, options)) return dump;
    bool zeros = std::all_of(head.begin(), head.end(), [](char c) { return c == 0; });
    return error(file.name(), 0,
                 "a kdump-compressed, flattened or ELF vmcore, found " +
                     (zeros ? std::string("zeros") : "the bytes " + hex_bytes(head)),
                 zeros ? "the dump was never written or its transfer failed; copy it again"
                       : "check that it is the vmcore and was copied whole");
}

// Whether a kdump header that we do not understand is one of an architecture that we do not read:
// 32-bit and big endian writers lay it out otherwise, but the machine's name is at the same place.
bool names_other_machine(const FileBytes& file) {
    char name[65] = {};
    if (!file.read(kKdumpMachineOffset, {reinterpret_cast<std::uint8_t*>(name), 64})) return false;
    auto arch = arch_from_machine(name);
    return arch && *arch != Arch::x86_64 && *arch != Arch::aarch64;
}

Result<std::shared_ptr<const FileBytes>> open_file(const std::filesystem::path& path) {
    auto file = open_plain_file(path);
    if (file && is_flattened(**file)) return open_flattened(std::move(*file));
    return file;
}

}  // namespace

Result<std::unique_ptr<Dump>> Dump::open(const std::vector<std::filesystem::path>& parts,
                                         const OpenOptions& options) {
    std::vector<std::shared_ptr<const FileBytes>> files;
    for (const auto& path : parts) {
        auto file = open_file(path);
        if (!file) return tl::unexpected<Error>(file.error());
        files.push_back(std::move(*file));
    }
    if (files.empty())
        return error("", std::nullopt, "at least one dump file, found none", "name the vmcore");
    if (options.force_library) return open_with_library(parts, options);
    const FileBytes& first = *files.front();
    if (is_kdump(first)) {
        auto contents = open_kdump(files);
        if (contents && (contents->arch == Arch::x86_64 || contents->arch == Arch::aarch64))
            return make_native_dump(std::move(*contents), options);
        if (contents || names_other_machine(first)) return open_with_library(parts, options);
        return tl::unexpected<Error>(contents.error());
    }
    if (files.size() == 1 && is_native_elf(first)) {
        auto contents = open_elf(files.front());
        if (!contents) return tl::unexpected<Error>(contents.error());
        return make_native_dump(std::move(*contents), options);
    }
    if (is_elf(first)) {
        auto dump = open_with_library(parts, options);
        if (dump) return dump;
        return error(first.name(), 16, "an ELF core of a whole machine; " + dump.error().expected,
                     "give the vmcore, not the kernel or a module");
    }
    return open_other(first, parts, options);
}

}  // namespace nfstriage::dump
