#include "dump/kernel_memory.h"

#include <algorithm>

#include "base/bytes.h"

namespace nfstriage::dump {
namespace {

constexpr std::uint64_t kPage = 4096;  // no granule is smaller
constexpr std::size_t kTranslations = 1024;
constexpr std::size_t kPrefetchPages = 1024;
constexpr std::size_t kRunBytes = 256u << 10;  // asked for in one piece

}  // namespace

KernelMemory::KernelMemory(const PhysicalReader& physical,
                           Maybe<std::unique_ptr<PageTables>> tables, const OpenOptions& options)
    : physical_(physical),
      tables_(std::move(tables)),
      observer_(options.observer),
      spending_(options.spending),
      translations_(kTranslations) {}

Maybe<PAddr> KernelMemory::translate(VAddr address) const {
    if (address.value < kPage) return unknown(Reason::null, hex(address) + " is in the NULL page");
    if (!tables_) return tl::unexpected<Unknown>(tables_.error());
    std::uint64_t page = address.value / kPage;
    Entry& entry = translations_[page % kTranslations];
    if (entry.page != page) {
        auto found = (*tables_)->translate(VAddr{page * kPage});
        if (!found) return found;
        entry = {page, found->value / kPage};
    }
    return PAddr{entry.frame * kPage + address.value % kPage};
}

std::size_t KernelMemory::run_of(VAddr begin, PAddr physical, std::size_t first,
                                 std::size_t most) const {
    std::size_t run = first;
    while (run < most && run < kRunBytes) {
        auto next = translate(begin + run);
        if (!next || next->value != physical.value + run) break;
        run += std::min<std::size_t>(kPage, most - run);
    }
    return run;
}

Maybe<void> KernelMemory::read(VAddr address, std::span<std::uint8_t> out) const {
    if (out.empty()) return {};
    if (!checked_add(address.value, out.size() - 1))
        return unknown(Reason::corrupt, "the range at " + hex(address) + " wraps");
    if (spending_ != nullptr && !spending_->read())
        return unknown(Reason::budget, spending_->what_was_hit());
    if (copy_at_hand(address, out)) return {};
    std::size_t done = 0;
    bool by_page = false;  // once something is missing: what is missing is told of its page
    while (done < out.size()) {
        VAddr at = address + done;
        auto physical = translate(at);
        if (!physical) return tl::unexpected<Unknown>(physical.error());
        const std::size_t first = std::min<std::size_t>(
            static_cast<std::size_t>(kPage - at.value % kPage), out.size() - done);
        const std::size_t count = by_page ? first : run_of(at, *physical, first, out.size() - done);
        auto got = physical_.read(*physical, out.subspan(done, count));
        if (!got && count > first) {
            by_page = true;
            continue;
        }
        if (!got) return unknown(got.error().reason, hex(at) + ": " + got.error().what);
        done += count;
    }
    return {};
}

bool KernelMemory::copy_at_hand(VAddr address, std::span<std::uint8_t> out) const {
    const std::uint64_t page = address.value / kPage, from = address.value % kPage;
    const Entry& entry = translations_[page % kTranslations];
    if (from + out.size() > kPage || entry.page != page) return false;
    auto bytes = physical_.at_hand(PAddr{entry.frame * kPage + from});
    if (bytes.size() < out.size()) return false;
    std::copy_n(bytes.begin(), out.size(), out.begin());
    return true;
}

void KernelMemory::mark(VRange bytes, Secret kind) const {
    if (observer_ == nullptr || !checked_add(bytes.begin.value, bytes.size)) return;
    std::vector<PRange> places;
    for (std::uint64_t done = 0; done < bytes.size;) {
        VAddr at = bytes.begin + done;
        std::uint64_t count = std::min(kPage - at.value % kPage, bytes.size - done);
        auto physical = translate(at);
        if (!physical) return;  // nobody can read it
        places.push_back({*physical, count});
        done += count;
    }
    observer_->secret(places, kind);
}

void KernelMemory::prefetch(std::span<const VRange> ranges) const {
    std::vector<PAddr> pages;
    for (const VRange& range : ranges) {
        auto end = checked_add(range.begin.value, range.size);
        if (!end) continue;
        for (std::uint64_t at = range.begin.value; at < *end; at = (at / kPage + 1) * kPage) {
            if (pages.size() == kPrefetchPages) break;
            if (auto physical = translate(VAddr{at})) pages.push_back(*physical);
            if (at > UINT64_MAX - kPage) break;
        }
    }
    physical_.prefetch(pages);
}

}  // namespace nfstriage::dump
