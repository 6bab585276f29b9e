// Writes a kdump-compressed file (diskdump_mod.h, header version 6, zlib) of chosen pages, for
// crash, drgn and ourselves to open. Pages are asked for one after the other and never held
// together; the bitmaps, which are as long as the machine's memory, are holes where they are empty.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <span>
#include <utility>
#include <vector>

#include "base/arch.h"
#include "base/maybe.h"
#include "base/result.h"
#include "dump/codecs.h"
#include "dump/dump.h"

namespace nfstriage::dump {

struct KdumpImage {
    Arch arch = Arch::x86_64;
    Uname uname;
    RawHeaders raw;
    std::size_t cpus = 0;          // that have notes
    std::uint32_t block_size = 0;  // bytes of a page, a power of two; the unit of the lists below
    std::vector<Pfn> pages;        // ascending, without repetition
    // Pages of memory that are not in the file; what is in neither list reads as no memory at all.
    std::vector<Pfn> filtered;
};

// Fills `out` with the block_size bytes of a page. A page that is Unknown is written as filtered.
using PageBytes = std::function<Maybe<void>(Pfn page, std::span<std::uint8_t> out)>;

struct WrittenKdump {
    std::uint64_t pages = 0;  // that the file holds
    std::uint64_t bytes = 0;  // of the file, without holes
};

// Replaces `path` in one step; nothing is left there when it fails. Only its owner may read it.
// Errors: what the system says.
Result<WrittenKdump> write_kdump_file(const std::filesystem::path& path, const KdumpImage& image,
                                      const PageBytes& page_bytes);

// What a page descriptor says of its codec, and the header of the codec of its pages.
std::uint32_t flag_of(Codec codec);

// `page` compressed, or as it is if `codec` does not make it smaller; the flags to store for it.
std::pair<std::vector<std::uint8_t>, std::uint32_t> compress_page(
    std::span<const std::uint8_t> page, Codec codec);

}  // namespace nfstriage::dump
