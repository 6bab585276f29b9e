// Physical memory of the crashed machine. A PageSource knows one file format: where a page is
// stored and how its bytes are unpacked, or why it is absent. PagedReader puts a bounded cache of
// unpacked pages and batched reading on top; the libkdumpfile adapter is the other PhysicalReader.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "base/address.h"
#include "base/maybe.h"
#include "dump/codecs.h"
#include "dump/dump.h"
#include "dump/file_bytes.h"

namespace nfstriage::dump {

class PhysicalReader {
public:
    virtual ~PhysicalReader() = default;
    // All or nothing. Unknown: not_dumped, filtered, corrupt.
    virtual Maybe<void> read(PAddr address, std::span<std::uint8_t> out) const = 0;
    // The bytes from there to the end of their page, if they need not be fetched; none otherwise,
    // which says nothing about what read() would do. Valid until the next call.
    virtual std::span<const std::uint8_t> at_hand(PAddr address) const {
        (void)address;
        return {};
    }
    // Fetches the pages of these addresses in one batch; absent ones are ignored.
    virtual void prefetch(std::span<const PAddr> addresses) const { (void)addresses; }
    virtual Statistics statistics() const = 0;
    virtual std::vector<Pfn> pages_read() const = 0;      // ascending
    virtual std::vector<Pfn> pages_filtered() const = 0;  // asked for and left out, ascending

    Maybe<std::uint64_t> u64(PAddr address) const {
        std::uint8_t bytes[8];
        auto done = read(address, bytes);
        if (!done) return tl::unexpected<Unknown>(done.error());
        std::uint64_t value = 0;
        for (unsigned i = 0; i < 8; ++i) value |= std::uint64_t{bytes[i]} << 8 * i;
        return value;
    }
};

// Where one page's bytes lie.
struct StoredPage {
    const FileBytes* file = nullptr;  // nullptr: the page is known to be all zeros
    std::uint64_t offset = 0;
    std::uint32_t size = 0;  // bytes as stored
    Codec codec = Codec::none;
};

class PageSource {
public:
    virtual ~PageSource() = default;
    virtual std::string format() const = 0;
    virtual std::uint32_t page_size() const = 0;  // of the file's pages, a power of two
    // Page `number` starts at physical address number * page_size().
    virtual Maybe<StoredPage> locate(std::uint64_t number) const = 0;
    // The first page from `number` on that the file holds, for searches.
    virtual std::optional<std::uint64_t> next_stored(std::uint64_t number) const = 0;
};

// The numbers of pages, ascending.
std::vector<Pfn> in_order(const std::unordered_set<std::uint64_t>& numbers);

class PagedReader final : public PhysicalReader {
public:
    // Of the options it takes hidden pages, which it answers as filtered, and what is shared.
    PagedReader(std::shared_ptr<const PageSource> source, const OpenOptions& options);

    Maybe<void> read(PAddr address, std::span<std::uint8_t> out) const override;
    std::span<const std::uint8_t> at_hand(PAddr address) const override;
    void prefetch(std::span<const PAddr> addresses) const override;
    Statistics statistics() const override { return statistics_; }
    std::vector<Pfn> pages_read() const override;
    std::vector<Pfn> pages_filtered() const override;

private:
    struct Page {
        std::optional<std::uint64_t> number;  // none: what was here could not be unpacked
        bool used = true;                     // since the hand went past it
        std::vector<std::uint8_t> bytes;
    };

    Maybe<StoredPage> locate(std::uint64_t number) const;
    // Bytes of page `number` from `from` on, through the cache; a page that is asked for as a whole
    // is part of something large that its reader keeps (BTF, kallsyms), and is not kept here too.
    Maybe<void> copy(std::uint64_t number, std::size_t from, std::span<std::uint8_t> out) const;
    // Whole pages from `number` on that lie one behind the other in the file, read in one piece.
    // Bytes copied: pages in front of one that cannot be read; 0 where there is nothing to gain.
    std::size_t copy_run(std::uint64_t number, std::span<std::uint8_t> out) const;
    const std::uint8_t* kept(std::uint64_t number) const;  // null if not in the cache
    // Reads the page's stored form into raw_.
    Maybe<StoredPage> fetch(std::uint64_t number) const;
    // `out`: page_size() bytes.
    Maybe<void> unpack(std::uint64_t number, const StoredPage& stored,
                       std::span<const std::uint8_t> raw, std::span<std::uint8_t> out) const;
    // A page of the cache to put another into: a new one while there is room, then the next from
    // the hand on that nobody has used since the hand was there ("second chance").
    std::size_t room() const;
    // Unpacks `raw` into the cache, for page `number`.
    Maybe<const std::uint8_t*> keep(std::uint64_t number, const StoredPage& stored,
                                    std::span<const std::uint8_t> raw) const;

    std::shared_ptr<const PageSource> source_;
    std::uint32_t page_size_;
    unsigned page_shift_;   // page_size_ is 1 << this
    std::size_t capacity_;  // pages
    std::unordered_set<std::uint64_t> hidden_;
    std::shared_ptr<const Overlay> overlay_;
    std::shared_ptr<Observer> observer_;
    std::shared_ptr<Spending> spending_;
    Decompressor decompressor_;
    mutable std::vector<Page> pages_;
    mutable std::size_t hand_ = 0;
    mutable std::unordered_map<std::uint64_t, std::size_t> by_number_;
    // By the low bits of a page's number: which of pages_ may have it. Most reads are of few pages.
    mutable std::array<std::size_t, 256> recent_{};
    mutable std::unordered_set<std::uint64_t> seen_, filtered_;
    mutable std::vector<std::uint8_t> raw_;
    mutable Statistics statistics_;
};

}  // namespace nfstriage::dump
