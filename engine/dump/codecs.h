// The page compressions of kdump-compressed files, by their flag in the page descriptor.
#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include "base/maybe.h"

namespace nfstriage::dump {

enum class Codec : std::uint8_t { none, zlib, lzo, snappy, zstd };

// The codec that a page descriptor's flags name; Unknown(corrupt) for flags that no writer sets.
Maybe<Codec> codec_from_flags(std::uint32_t flags);

// Keeps the state of the decompressors between pages: making it anew costs more than a page.
class Decompressor {
public:
    Decompressor();
    ~Decompressor();
    Decompressor(const Decompressor&) = delete;
    Decompressor& operator=(const Decompressor&) = delete;

    // Decompresses exactly out.size() bytes. Unknown: corrupt when `in` is damaged or is another
    // size.
    Maybe<void> run(Codec codec, std::span<const std::uint8_t> in,
                    std::span<std::uint8_t> out) const;

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace nfstriage::dump
