#include "dump/kdump_file.h"

#include <libdeflate.h>
#include <lzo/lzo1x.h>
#include <snappy.h>
#include <unistd.h>
#include <zstd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>
#include <optional>
#include <string>

#include "base/replace_files.h"
#include "dump/notes_writer.h"
#include "dump/put.h"

namespace nfstriage::dump {
namespace {

using File = std::vector<std::uint8_t>;

constexpr std::uint64_t kDescriptorSize = 24;
constexpr std::size_t kUtsField = 65;
constexpr std::uint64_t kSubHeaderSize = 104;
constexpr std::int32_t kVersion = 6, kDumpLevel = 31;
constexpr std::uint32_t kStatusZlib = 1;
constexpr std::size_t kBuffer = 1 << 20;
constexpr std::uint64_t kBitsPerPiece = 8 * 4096;  // of a bitmap, written together

std::size_t squeeze(std::span<const std::uint8_t> page, Codec codec, File& out) {
    out.resize(page.size() * 2 + 1024);
    switch (codec) {
        case Codec::none:
            return 0;
        case Codec::zlib: {
            std::unique_ptr<libdeflate_compressor, decltype(&libdeflate_free_compressor)>
                compressor(libdeflate_alloc_compressor(6), &libdeflate_free_compressor);
            return libdeflate_zlib_compress(compressor.get(), page.data(), page.size(), out.data(),
                                            out.size());
        }
        case Codec::lzo: {
            File work(LZO1X_1_MEM_COMPRESS);
            lzo_uint size = out.size();
            lzo1x_1_compress(page.data(), page.size(), out.data(), &size, work.data());
            return size;
        }
        case Codec::snappy: {
            std::size_t size = 0;
            snappy::RawCompress(reinterpret_cast<const char*>(page.data()), page.size(),
                                reinterpret_cast<char*>(out.data()), &size);
            return size;
        }
        case Codec::zstd: {
            std::size_t size = ZSTD_compress(out.data(), out.size(), page.data(), page.size(), 1);
            return ZSTD_isError(size) ? 0 : size;
        }
    }
    return 0;
}

tl::unexpected<Error> cannot_write(const std::filesystem::path& path, int number) {
    return error(
        path.string(), std::nullopt, std::string("cannot be written: ") + std::strerror(number),
        number == ENOSPC || number == EDQUOT ? "free some space" : "check the disk that holds it");
}

// Bytes put at offsets of a file; those that follow each other are gathered.
class Sink {
public:
    Sink(int fd, const std::filesystem::path& path) : fd_(fd), path_(path) {}

    Result<void> put_at(std::uint64_t offset, std::span<const std::uint8_t> bytes) {
        if (offset != begin_ + pending_.size() || pending_.size() >= kBuffer) {
            if (auto done = flush(); !done) return done;
            begin_ = offset;
        }
        pending_.insert(pending_.end(), bytes.begin(), bytes.end());
        return {};
    }
    Result<void> flush() {
        std::size_t done = 0;
        while (done < pending_.size()) {
            ssize_t count = ::pwrite(fd_, pending_.data() + done, pending_.size() - done,
                                     static_cast<off_t>(begin_ + done));
            if (count < 0 && errno == EINTR) continue;
            if (count < 0) return cannot_write(path_, errno);
            done += static_cast<std::size_t>(count);
        }
        written_ += done;
        begin_ += done;
        pending_.clear();
        return {};
    }
    std::uint64_t written() const { return written_; }

private:
    int fd_;
    const std::filesystem::path& path_;
    std::uint64_t begin_ = 0, written_ = 0;
    File pending_;
};

struct Places {
    std::uint64_t frames = 0;  // max_mapnr
    std::uint64_t sub_blocks = 0, bitmap = 0, half = 0, descriptors = 0, data = 0;
};

Places places_of(const KdumpImage& image, std::uint64_t info_bytes, std::uint64_t note_bytes) {
    Places places;
    for (const auto* list : {&image.pages, &image.filtered})
        if (!list->empty()) places.frames = std::max(places.frames, list->back().value + 1);
    const std::uint64_t block = image.block_size;
    auto blocks = [block](std::uint64_t bytes) { return (bytes + block - 1) / block; };
    places.sub_blocks = blocks(kSubHeaderSize + info_bytes + note_bytes);
    places.bitmap = (1 + places.sub_blocks) * block;
    places.half = blocks((places.frames + 7) / 8) * block;
    places.descriptors = places.bitmap + 2 * places.half;
    places.data = places.descriptors + image.pages.size() * kDescriptorSize;
    return places;
}

File headers_of(const KdumpImage& image, const File& notes, const Places& places) {
    const std::uint64_t block = image.block_size;
    File out(places.bitmap);
    put_text(out, 0, "KDUMP   ");
    put_number(out, 8, static_cast<std::uint64_t>(kVersion), 4);
    std::size_t field = 0;
    for (const std::string& text : {std::string("Linux"), image.uname.nodename, image.uname.release,
                                    image.uname.version, image.uname.machine})
        put_text(out, 12 + kUtsField * field++, std::string_view(text).substr(0, kUtsField - 1));
    put_number(out, 424, kStatusZlib, 4);
    put_number(out, 428, block, 4);
    put_number(out, 432, places.sub_blocks, 4);
    put_number(out, 436, 2 * places.half / block, 4);
    put_number(out, 440, std::min<std::uint64_t>(places.frames, UINT32_MAX), 4);
    put_number(out, 460, image.cpus, 4);

    put_number(out, block, image.raw.phys_base.value_or(0), 8);
    put_number(out, block + 8, kDumpLevel, 4);
    std::uint64_t at = block + kSubHeaderSize;
    if (!image.raw.vmcoreinfo.empty()) {
        put_number(out, block + 32, at, 8);
        put_number(out, block + 40, image.raw.vmcoreinfo.size(), 8);
        put_text(out, at, image.raw.vmcoreinfo);
        at += image.raw.vmcoreinfo.size();
    }
    if (!notes.empty()) {
        put_number(out, block + 48, at, 8);
        put_number(out, block + 56, notes.size(), 8);
        put(out, at, notes);
    }
    put_number(out, block + 88, places.frames, 8);
    put_number(out, block + 96, places.frames, 8);
    return out;
}

// Pieces of the bitmap without a set bit are left as holes.
Result<void> put_bitmap(Sink& sink, std::uint64_t begin, const std::vector<Pfn>& set) {
    File piece;
    for (std::size_t i = 0; i < set.size();) {
        const std::uint64_t first = set[i].value / kBitsPerPiece * kBitsPerPiece;
        piece.assign(kBitsPerPiece / 8, 0);
        for (; i < set.size() && set[i].value - first < kBitsPerPiece; ++i) {
            std::uint64_t bit = set[i].value - first;
            piece[bit / 8] = static_cast<std::uint8_t>(piece[bit / 8] | 1u << bit % 8);
        }
        if (auto done = sink.put_at(begin + first / 8, piece); !done) return done;
    }
    return {};
}

Result<WrittenKdump> write_all(int fd, const std::filesystem::path& path, const KdumpImage& image,
                               const PageBytes& page_bytes) {
    const File& notes = image.raw.notes;
    const Places places = places_of(image, image.raw.vmcoreinfo.size(), notes.size());
    Sink sink(fd, path);
    if (auto done = sink.put_at(0, headers_of(image, notes, places)); !done)
        return tl::unexpected<Error>(done.error());

    std::vector<Pfn> kept;
    File page(image.block_size), table;
    std::optional<std::uint64_t> zeros;
    std::uint64_t at = places.data;
    for (Pfn number : image.pages) {
        if (!page_bytes(number, page)) continue;
        kept.push_back(number);
        const bool zero = std::all_of(page.begin(), page.end(), [](auto b) { return b == 0; });
        auto [stored, flags] = compress_page(page, Codec::zlib);
        const bool shared = zero && zeros;
        const std::uint64_t entry = table.size();
        put_number(table, entry, shared ? *zeros : at, 8);
        put_number(table, entry + 8, stored.size(), 4);
        put_number(table, entry + 12, flags, 4);
        put_number(table, entry + 16, 0, 8);
        if (shared) continue;
        if (zero) zeros = at;
        if (auto done = sink.put_at(at, stored); !done) return tl::unexpected<Error>(done.error());
        at += stored.size();
    }
    std::vector<Pfn> memory;
    std::set_union(image.pages.begin(), image.pages.end(), image.filtered.begin(),
                   image.filtered.end(), std::back_inserter(memory));
    for (const auto& done :
         {sink.put_at(places.descriptors, table), put_bitmap(sink, places.bitmap, memory),
          put_bitmap(sink, places.bitmap + places.half, kept), sink.flush()})
        if (!done) return tl::unexpected<Error>(done.error());
    // Where the end is a hole.
    if (::ftruncate(fd, static_cast<off_t>(std::max(at, places.data))) != 0)
        return cannot_write(path, errno);
    return WrittenKdump{kept.size(), sink.written()};
}

}  // namespace

std::uint32_t flag_of(Codec codec) {
    switch (codec) {
        case Codec::none:
            return 0;
        case Codec::zlib:
            return 0x1;
        case Codec::lzo:
            return 0x2;
        case Codec::snappy:
            return 0x4;
        case Codec::zstd:
            return 0x20;
    }
    return 0;
}

std::pair<File, std::uint32_t> compress_page(std::span<const std::uint8_t> page, Codec codec) {
    File out;
    std::size_t size = squeeze(page, codec, out);
    if (size == 0 || size >= page.size()) return {File(page.begin(), page.end()), 0};
    out.resize(size);
    return {std::move(out), flag_of(codec)};
}

Result<WrittenKdump> write_kdump_file(const std::filesystem::path& path, const KdumpImage& image,
                                      const PageBytes& page_bytes) {
    WrittenKdump written;
    auto done = replace_file_by(path, kOwnerOnly, [&](int fd) -> Result<void> {
        auto result = write_all(fd, path, image, page_bytes);
        if (!result) return tl::unexpected<Error>(result.error());
        written = *result;
        return {};
    });
    if (!done) return tl::unexpected<Error>(done.error());
    return written;
}

}  // namespace nfstriage::dump
