#include "dump/physical.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <utility>

#include "base/bytes.h"

namespace nfstriage::dump {
namespace {

constexpr std::size_t kCacheBytes = 1u << 20;
constexpr std::size_t kLeastPages = 16;
constexpr std::uint64_t kBatchBytes = 256u << 10;  // read in one piece
constexpr std::uint64_t kBatchGap = 8192;          // bytes between two pages worth reading along
constexpr std::uint64_t kRunBytes = 64u << 10;     // of pages that are copied as a whole

}  // namespace

std::vector<Pfn> in_order(const std::unordered_set<std::uint64_t>& numbers) {
    std::vector<Pfn> result;
    for (std::uint64_t number : numbers) result.push_back({number});
    std::sort(result.begin(), result.end());
    return result;
}

PagedReader::PagedReader(std::shared_ptr<const PageSource> source, const OpenOptions& options)
    : source_(std::move(source)),
      page_size_(source_->page_size()),
      page_shift_(static_cast<unsigned>(std::countr_zero(page_size_))),
      capacity_(std::max(kCacheBytes / page_size_, kLeastPages)),
      overlay_(options.overlay),
      observer_(options.observer),
      spending_(options.spending) {
    for (Pfn page : options.hidden_pages) hidden_.insert(page.value);
}

std::vector<Pfn> PagedReader::pages_read() const { return in_order(seen_); }
std::vector<Pfn> PagedReader::pages_filtered() const { return in_order(filtered_); }

Maybe<StoredPage> PagedReader::locate(std::uint64_t number) const {
    // As if the file did not have it.
    Maybe<StoredPage> stored = hidden_.contains(number)
                                   ? unknown(Reason::filtered, "left out by makedumpfile")
                                   : source_->locate(number);
    if (!stored && stored.error().reason == Reason::filtered) filtered_.insert(number);
    return stored;
}

Maybe<void> PagedReader::unpack(std::uint64_t number, const StoredPage& stored,
                                std::span<const std::uint8_t> raw,
                                std::span<std::uint8_t> out) const {
    if (stored.file == nullptr) {
        std::fill(out.begin(), out.end(), std::uint8_t{0});
    } else {
        auto done = decompressor_.run(stored.codec, raw, out);
        if (!done)
            return unknown(done.error().reason, done.error().what + " (stored at byte " +
                                                    std::to_string(stored.offset) + " of " +
                                                    stored.file->name() + ")");
    }
    if (overlay_ != nullptr) overlay_->apply(PAddr{number * page_size_}, out);
    if (seen_.insert(number).second) {
        ++statistics_.pages_read;
        statistics_.bytes_read += stored.size;
    }
    return {};
}

std::size_t PagedReader::room() const {
    if (pages_.size() < capacity_) {
        pages_.push_back({std::nullopt, true, std::vector<std::uint8_t>(page_size_)});
        return pages_.size() - 1;
    }
    while (pages_[hand_].used) {
        pages_[hand_].used = false;
        hand_ = (hand_ + 1) % pages_.size();
    }
    return std::exchange(hand_, (hand_ + 1) % pages_.size());
}

Maybe<const std::uint8_t*> PagedReader::keep(std::uint64_t number, const StoredPage& stored,
                                             std::span<const std::uint8_t> raw) const {
    const std::size_t place = room();
    Page& page = pages_[place];
    if (page.number) by_number_.erase(*page.number);
    page.number.reset();
    if (auto done = unpack(number, stored, raw, page.bytes); !done)
        return tl::unexpected<Unknown>(done.error());
    page.number = number;
    page.used = true;
    by_number_[number] = place;
    return page.bytes.data();
}

const std::uint8_t* PagedReader::kept(std::uint64_t number) const {
    std::size_t& place = recent_[number % recent_.size()];
    if (place >= pages_.size() || pages_[place].number != number) {
        auto found = by_number_.find(number);
        if (found == by_number_.end()) return nullptr;
        place = found->second;
    }
    pages_[place].used = true;
    return pages_[place].bytes.data();
}

Maybe<StoredPage> PagedReader::fetch(std::uint64_t number) const {
    auto stored = locate(number);
    if (!stored) return stored;
    if (spending_ != nullptr && !spending_->take(stored->size))
        return unknown(Reason::budget, spending_->what_was_hit());
    raw_.resize(stored->size);
    if (stored->file != nullptr) {
        auto done = stored->file->read(stored->offset, raw_);
        if (!done) return tl::unexpected<Unknown>(done.error());
    }
    return stored;
}

Maybe<void> PagedReader::copy(std::uint64_t number, std::size_t from,
                              std::span<std::uint8_t> out) const {
    const std::uint8_t* bytes = kept(number);
    if (bytes == nullptr) {
        auto stored = fetch(number);
        if (!stored) return tl::unexpected<Unknown>(stored.error());
        if (out.size() == page_size_) return unpack(number, *stored, raw_, out);
        auto page = keep(number, *stored, raw_);
        if (!page) return tl::unexpected<Unknown>(page.error());
        bytes = *page;
    }
    std::memcpy(out.data(), bytes + from, out.size());
    return {};
}

std::size_t PagedReader::copy_run(std::uint64_t number, std::span<std::uint8_t> out) const {
    const std::size_t most = out.size() >> page_shift_;
    if (most < 2) return 0;
    std::vector<StoredPage> run;
    std::uint64_t bytes = 0;
    while (run.size() < most) {
        auto stored = locate(number + run.size());
        if (!stored || stored->file == nullptr || bytes + stored->size > kRunBytes) break;
        if (!run.empty() &&
            (stored->file != run.front().file || stored->offset != run.front().offset + bytes))
            break;
        bytes += stored->size;
        run.push_back(*stored);
    }
    if (run.size() < 2 || (spending_ != nullptr && !spending_->take(bytes))) return 0;
    raw_.resize(static_cast<std::size_t>(bytes));
    if (!run.front().file->read(run.front().offset, raw_)) return 0;
    std::span<const std::uint8_t> raw(raw_);
    std::size_t done = 0;
    for (const StoredPage& stored : run) {
        auto unpacked = unpack(number, stored, raw.first(stored.size), out.first(page_size_));
        if (!unpacked) break;
        if (observer_ != nullptr) observer_->read({PAddr{number * page_size_}, page_size_});
        raw = raw.subspan(stored.size);
        out = out.subspan(page_size_);
        done += page_size_;
        ++number;
    }
    return done;
}

Maybe<void> PagedReader::read(PAddr address, std::span<std::uint8_t> out) const {
    if (out.empty()) return {};
    if (!checked_add(address.value, out.size() - 1))
        return unknown(Reason::corrupt, "the range at physical " + hex(address) + " wraps");
    std::size_t done = 0;
    while (done < out.size()) {
        std::uint64_t at = address.value + done;
        std::size_t from = static_cast<std::size_t>(at & (page_size_ - 1));
        if (from == 0) {
            if (std::size_t run = copy_run(at >> page_shift_, out.subspan(done)); run != 0) {
                done += run;
                continue;
            }
        }
        std::size_t count = std::min<std::size_t>(page_size_ - from, out.size() - done);
        auto copied = copy(at >> page_shift_, from, out.subspan(done, count));
        if (!copied)
            return unknown(copied.error().reason,
                           "page of physical " + hex(at) +
                               (copied.error().what.empty() ? "" : ": " + copied.error().what));
        if (observer_ != nullptr) observer_->read({PAddr{at}, count});
        done += count;
    }
    return {};
}

std::span<const std::uint8_t> PagedReader::at_hand(PAddr address) const {
    if (observer_ != nullptr) return {};  // is told of each read
    const std::uint8_t* bytes = kept(address.value >> page_shift_);
    if (bytes == nullptr) return {};
    const std::uint64_t from = address.value & (page_size_ - 1);
    return {bytes + from, static_cast<std::size_t>(page_size_ - from)};
}

void PagedReader::prefetch(std::span<const PAddr> addresses) const {
    struct Wanted {
        std::uint64_t number;
        StoredPage stored;
    };
    std::vector<std::uint64_t> numbers;
    for (PAddr address : addresses) {
        std::uint64_t number = address.value >> page_shift_;
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
        if (spending_ != nullptr && !spending_->take(batch.size())) return;
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
