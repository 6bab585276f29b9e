// Pages of a kdump-compressed dump, whole or split into parts. Behind the headers lie two bitmaps
// of one bit per page frame: the first says which frames are memory at all, the second which of
// them were dumped; then one descriptor per dumped page, in frame order; then the pages.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/address.h"
#include "dump/file_bytes.h"
#include "dump/kdump_header.h"
#include "dump/physical.h"

namespace nfstriage::dump {

// One bitmap inside a file, and how many bits are set before a given one. The counts are made as
// far as they are asked for, one per 4096 bits.
class PfnBitmap {
public:
    PfnBitmap(std::shared_ptr<const FileBytes> file, std::shared_ptr<const BlockCache> cache,
              std::uint64_t offset, std::uint64_t bits);
    std::uint64_t bits() const { return bits_; }
    Maybe<bool> test(std::uint64_t bit) const;           // false behind the last bit
    Maybe<std::uint64_t> rank(std::uint64_t bit) const;  // set bits in [0, bit), bit <= bits()
    std::optional<std::uint64_t> next(std::uint64_t bit) const;  // first set bit from `bit` on

private:
    std::shared_ptr<const FileBytes> file_;
    std::shared_ptr<const BlockCache> cache_;
    std::uint64_t offset_, bits_;
    mutable std::vector<std::uint64_t> ranks_;  // of bit 4096 * i
};

struct KdumpPart {
    std::shared_ptr<const FileBytes> file;
    KdumpHeader header;
};

class KdumpSource final : public PageSource {
public:
    // `parts` belong together and agree in block size (open.cc checks that).
    explicit KdumpSource(std::vector<KdumpPart> parts);

    std::string format() const override;
    std::uint32_t page_size() const override { return block_size_; }
    Maybe<StoredPage> locate(std::uint64_t number) const override;
    std::optional<std::uint64_t> next_stored(std::uint64_t number) const override;

    // One sentence for each file that stops before its pages do, judged by the last descriptors:
    // pages are written in order, only those of zeros may be shared with an earlier one.
    std::vector<std::string> cut_off() const;

private:
    struct Part {
        std::shared_ptr<const FileBytes> file;
        std::shared_ptr<const BlockCache> cache;
        std::uint64_t start_pfn, end_pfn, descriptors;
        bool split, incomplete;
        std::optional<PfnBitmap> memory, dumped;
    };
    Maybe<StoredPage> describe(const Part& part, std::uint64_t number) const;

    // Descriptors of a part's pages, and whether all its bytes are in the file.
    Maybe<std::uint64_t> descriptor_count(const Part& part) const;
    bool is_whole(const Part& part) const;

    std::vector<Part> parts_;
    std::uint32_t block_size_;
    bool flattened_ = false, only_zeros_filtered_ = false;
};

}  // namespace nfstriage::dump
