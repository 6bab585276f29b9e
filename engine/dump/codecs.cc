#include "dump/codecs.h"

#include <libdeflate.h>
#include <lzo/lzo1x.h>
#include <snappy.h>
#include <zstd.h>

#include <cstring>

namespace nfstriage::dump {
namespace {

// makedumpfile's diskdump_mod.h, DUMP_DH_COMPRESSED_*
constexpr std::uint32_t kZlib = 0x1, kLzo = 0x2, kSnappy = 0x4, kZstd = 0x20;

bool unpack_lzo(std::span<const std::uint8_t> in, std::span<std::uint8_t> out) {
    lzo_uint size = out.size();
    return lzo1x_decompress_safe(in.data(), in.size(), out.data(), &size, nullptr) == LZO_E_OK &&
           size == out.size();
}

bool unpack_snappy(std::span<const std::uint8_t> in, std::span<std::uint8_t> out) {
    const char* bytes = reinterpret_cast<const char*>(in.data());
    std::size_t size = 0;
    return snappy::GetUncompressedLength(bytes, in.size(), &size) && size == out.size() &&
           snappy::RawUncompress(bytes, in.size(), reinterpret_cast<char*>(out.data()));
}

}  // namespace

Maybe<Codec> codec_from_flags(std::uint32_t flags) {
    switch (flags) {
        case 0:
            return Codec::none;
        case kZlib:
            return Codec::zlib;
        case kLzo:
            return Codec::lzo;
        case kSnappy:
            return Codec::snappy;
        case kZstd:
            return Codec::zstd;
        default:
            return unknown(Reason::corrupt, "page descriptor names no known compression: flags " +
                                                std::to_string(flags));
    }
}

struct Decompressor::State {
    libdeflate_decompressor* deflate = libdeflate_alloc_decompressor();
    ZSTD_DCtx* zstd = nullptr;  // 160 KiB, made for the first zstd page
    ~State() {
        libdeflate_free_decompressor(deflate);
        ZSTD_freeDCtx(zstd);
    }
};

Decompressor::Decompressor() : state_(std::make_unique<State>()) {}
Decompressor::~Decompressor() = default;

Maybe<void> Decompressor::run(Codec codec, std::span<const std::uint8_t> in,
                              std::span<std::uint8_t> out) const {
    bool good = false;
    switch (codec) {
        case Codec::none:
            good = in.size() == out.size();
            if (good) std::memcpy(out.data(), in.data(), in.size());
            break;
        case Codec::zlib: {
            std::size_t size = 0;
            good = state_->deflate != nullptr &&
                   libdeflate_zlib_decompress(state_->deflate, in.data(), in.size(), out.data(),
                                              out.size(), &size) == LIBDEFLATE_SUCCESS &&
                   size == out.size();
            break;
        }
        case Codec::lzo:
            good = unpack_lzo(in, out);
            break;
        case Codec::snappy:
            good = unpack_snappy(in, out);
            break;
        case Codec::zstd:
            if (state_->zstd == nullptr) state_->zstd = ZSTD_createDCtx();
            good =
                state_->zstd != nullptr && ZSTD_decompressDCtx(state_->zstd, out.data(), out.size(),
                                                               in.data(), in.size()) == out.size();
            break;
    }
    if (!good) return unknown(Reason::corrupt, "the page does not decompress");
    return {};
}

}  // namespace nfstriage::dump
