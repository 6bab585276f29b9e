#include "dump/physical.h"

#include <algorithm>
#include <cstring>

#include "base/bytes.h"

namespace nfstriage::dump {
namespace {

constexpr std::size_t kCacheBytes = 8u << 20;  // a whole triage touches about 12 MiB of pages
constexpr std::size_t kLeastPages = 16;
constexpr std::uint64_t kBatchBytes = 256u << 10;  // read in one piece
constexpr std::uint64_t kBatchGap = 8192;          // bytes between two pages worth reading along

}  // namespace

PagedReader::PagedReader(std::shared_ptr<const PageSource> source, std::span<const Pfn> hidden)
    : source_(std::move(source)),
      page_size_(source_->page_size()),
      capacity_(std::max(kCacheBytes / page_size_, kLeastPages)) {
    for (Pfn page : hidden) hidden_.insert(page.value);
}

std::vector<Pfn> PagedReader::pages_read() const {
    std::vector<Pfn> result;
    for (std::uint64_t number : seen_) result.push_back({number});
    std::sort(result.begin(), result.end());
    return result;
}

Maybe<StoredPage> PagedReader::locate(std::uint64_t number) const {
    if (hidden_.contains(number)) return unknown(Reason::filtered, "hidden by the caller");
    return source_->locate(number);
}

Maybe<const std::uint8_t*> PagedReader::keep(std::uint64_t number, const StoredPage& stored,
                                             std::span<const std::uint8_t> raw) const {
    Pages spare;  // one node, not yet in the cache
    if (pages_.size() >= capacity_) {
        by_number_.erase(pages_.back().number);
        spare.splice(spare.begin(), pages_, std::prev(pages_.end()));
    } else {
        spare.push_back({0, std::vector<std::uint8_t>(page_size_)});
    }
    Page& page = spare.front();
    page.number = number;
    if (stored.file == nullptr) {
        std::fill(page.bytes.begin(), page.bytes.end(), std::uint8_t{0});
    } else {
        auto done = decompressor_.run(stored.codec, raw, page.bytes);
        if (!done)
            return unknown(done.error().reason, done.error().what + " (stored at byte " +
                                                    std::to_string(stored.offset) + " of " +
                                                    stored.file->name() + ")");
    }
    pages_.splice(pages_.begin(), spare);
    by_number_[number] = pages_.begin();
    if (seen_.insert(number).second) {
        ++statistics_.pages_read;
        statistics_.bytes_read += stored.size;
    }
    return pages_.front().bytes.data();
}

Maybe<const std::uint8_t*> PagedReader::page(std::uint64_t number) const {
    if (!pages_.empty() && pages_.front().number == number) return pages_.front().bytes.data();
    if (auto it = by_number_.find(number); it != by_number_.end()) {
        pages_.splice(pages_.begin(), pages_, it->second);
        return pages_.front().bytes.data();
    }
    auto stored = locate(number);
    if (!stored) return tl::unexpected<Unknown>(stored.error());
    raw_.resize(stored->size);
    if (stored->file != nullptr) {
        auto done = stored->file->read(stored->offset, raw_);
        if (!done) return tl::unexpected<Unknown>(done.error());
    }
    return keep(number, *stored, raw_);
}

Maybe<void> PagedReader::read(PAddr address, std::span<std::uint8_t> out) const {
    if (out.empty()) return {};
    if (!checked_add(address.value, out.size() - 1))
        return unknown(Reason::corrupt, "the range at physical " + hex(address) + " wraps");
    std::size_t done = 0;
    while (done < out.size()) {
        std::uint64_t at = address.value + done;
        auto bytes = page(at / page_size_);
        if (!bytes)
            return unknown(bytes.error().reason,
                           "page of physical " + hex(at) +
                               (bytes.error().what.empty() ? "" : ": " + bytes.error().what));
        std::size_t from = static_cast<std::size_t>(at % page_size_);
        std::size_t count = std::min<std::size_t>(page_size_ - from, out.size() - done);
        std::memcpy(out.data() + done, *bytes + from, count);
        done += count;
    }
    return {};
}

void PagedReader::prefetch(std::span<const PAddr> addresses) const {
    struct Wanted {
        std::uint64_t number;
        StoredPage stored;
    };
    std::vector<std::uint64_t> numbers;
    for (PAddr address : addresses) {
        std::uint64_t number = address.value / page_size_;
        if (!by_number_.contains(number)) numbers.push_back(number);
    }
    std::sort(numbers.begin(), numbers.end());
    numbers.erase(std::unique(numbers.begin(), numbers.end()), numbers.end());
    // More than the cache holds would push out what was fetched first.
    if (numbers.size() > capacity_ / 2) numbers.resize(capacity_ / 2);
    std::vector<Wanted> wanted;
    for (std::uint64_t number : numbers)
        if (auto stored = locate(number)) wanted.push_back({number, *stored});
    std::sort(wanted.begin(), wanted.end(), [](const Wanted& a, const Wanted& b) {
        return std::tie(a.stored.file, a.stored.offset) < std::tie(b.stored.file, b.stored.offset);
    });
    std::vector<std::uint8_t> batch;
    for (std::size_t first = 0; first < wanted.size();) {
        const StoredPage& begin = wanted[first].stored;
        std::uint64_t end = begin.offset + begin.size;
        std::size_t last = first + 1;
        while (last < wanted.size() && wanted[last].stored.file == begin.file &&
               wanted[last].stored.offset <= end + kBatchGap &&
               wanted[last].stored.offset + wanted[last].stored.size <=
                   begin.offset + kBatchBytes) {
            end = std::max(end, wanted[last].stored.offset + wanted[last].stored.size);
            ++last;
        }
        batch.resize(static_cast<std::size_t>(end - begin.offset));
        bool read = begin.file == nullptr || begin.file->read(begin.offset, batch).has_value();
        for (std::size_t i = first; read && i < last; ++i) {
            const StoredPage& stored = wanted[i].stored;
            std::span<const std::uint8_t> raw(batch);
            (void)keep(
                wanted[i].number, stored,
                raw.subspan(static_cast<std::size_t>(stored.offset - begin.offset), stored.size));
        }
        first = last;
    }
}

}  // namespace nfstriage::dump
