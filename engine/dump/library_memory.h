// Physical memory and address translation through libkdumpfile, for library.cc.
#pragma once

#include <algorithm>
#include <map>
#include <unordered_set>

#include "base/bytes.h"
#include "dump/library_context.h"
#include "dump/page_tables.h"
#include "dump/physical.h"

namespace nfstriage::dump::library {

// A bitmap of the library. Asking it costs microseconds, so the runs of set bits that were seen are
// kept. (kdump_bmp_get_bits would be faster, but writes outside of its buffer for ranges that reach
// behind the last page.)
class Bitmap {
public:
    Bitmap(const Context& context, const char* key)
        : api_(context.api()), bitmap_(context.bitmap(key)) {}
    Bitmap(const Bitmap&) = delete;
    Bitmap& operator=(const Bitmap&) = delete;
    ~Bitmap() {
        if (bitmap_ != nullptr) api_.drop_bitmap(bitmap_);
    }
    bool present() const { return bitmap_ != nullptr; }
    bool test(std::uint64_t bit) const {
        auto it = runs_.upper_bound(bit);
        if (it != runs_.begin() && bit < std::prev(it)->second) return true;
        kdump_addr_t begin = bit;
        if (api_.find_set(bitmap_, &begin) != KDUMP_OK || begin != bit) return false;
        kdump_addr_t end = bit;
        if (api_.find_clear(bitmap_, &end) != KDUMP_OK || end <= bit) end = bit + 1;
        runs_[bit] = end;
        return true;
    }

private:
    const Api& api_;
    kdump_bmp_t* bitmap_;
    mutable std::map<std::uint64_t, std::uint64_t> runs_;  // begin → end, half open
};

class LibraryReader final : public PhysicalReader {
public:
    LibraryReader(const Context& context, std::uint32_t page_size, const OpenOptions& options)
        : context_(context),
          page_size_(page_size),
          stored_(context, "file.pagemap"),
          memory_(context, "memory.pagemap"),
          overlay_(options.overlay),
          observer_(options.observer),
          spending_(options.spending) {
        for (Pfn page : options.hidden_pages) hidden_.insert(page.value);
    }

    Maybe<void> read(PAddr address, std::span<std::uint8_t> out) const override {
        if (!checked_add(address.value, out.size()))
            return unknown(Reason::corrupt, "the range at physical " + hex(address) + " wraps");
        for (std::size_t done = 0; done < out.size();) {
            std::uint64_t at = address.value + done;
            std::size_t count = std::min<std::size_t>(
                static_cast<std::size_t>(page_size_ - at % page_size_), out.size() - done);
            auto got = read_in_page(at, out.subspan(done, count));
            if (!got) {
                if (got.error().reason == Reason::filtered) filtered_.insert(at / page_size_);
                return got;
            }
            if (overlay_ != nullptr) overlay_->apply(PAddr{at}, out.subspan(done, count));
            if (observer_ != nullptr) observer_->read({PAddr{at}, count});
            done += count;
        }
        return {};
    }
    Statistics statistics() const override { return {seen_.size(), seen_.size() * page_size_}; }
    std::vector<Pfn> pages_read() const override { return in_order(seen_); }
    std::vector<Pfn> pages_filtered() const override { return in_order(filtered_); }

private:
    Maybe<void> read_in_page(std::uint64_t at, std::span<std::uint8_t> out) const {
        std::uint64_t number = at / page_size_;
        if (hidden_.contains(number)) return unknown(Reason::filtered, "left out by makedumpfile");
        if (stored_.present() && !stored_.test(number)) {
            bool memory = memory_.present() && memory_.test(number);
            std::string page = "page of physical " + hex(at);
            return memory ? unknown(Reason::filtered, page + ": left out by makedumpfile")
                          : unknown(Reason::not_dumped, page + ": no memory there");
        }
        if (spending_ != nullptr && !spending_->take(out.size()))
            return unknown(Reason::budget, spending_->what_was_hit());
        std::size_t size = out.size();
        kdump_status status = read_space(at, out, size);
        if (status == KDUMP_ERR_ADDRXLAT && space_ == KDUMP_KPHYSADDR) {
            // Without VMCOREINFO the library knows no kernel addresses, only the machine's.
            space_ = KDUMP_MACHPHYSADDR;
            context_.api().clear(context_.handle());
            size = out.size();
            status = read_space(at, out, size);
        }
        if (status == KDUMP_OK && size == out.size()) {
            seen_.insert(number);
            return {};
        }
        std::string message = context_.message();
        context_.api().clear(context_.handle());
        return unknown(status == KDUMP_ERR_NODATA ? Reason::not_dumped : Reason::corrupt,
                       "page of physical " + hex(at) + ": " + message);
    }

    kdump_status read_space(std::uint64_t at, std::span<std::uint8_t> out,
                            std::size_t& size) const {
        return context_.api().read(context_.handle(), space_, at, out.data(), &size);
    }

    const Context& context_;
    std::uint32_t page_size_;
    mutable kdump_addrspace_t space_ = KDUMP_KPHYSADDR;
    Bitmap stored_, memory_;
    std::unordered_set<std::uint64_t> hidden_;
    std::shared_ptr<const Overlay> overlay_;
    std::shared_ptr<Observer> observer_;
    std::shared_ptr<Spending> spending_;
    mutable std::unordered_set<std::uint64_t> seen_, filtered_;
};

class LibraryPageTables final : public PageTables {
public:
    explicit LibraryPageTables(const Context& context) : context_(context) {
        context.api().translation(context.handle(), &translation_, &system_);
    }
    LibraryPageTables(const LibraryPageTables&) = delete;
    LibraryPageTables& operator=(const LibraryPageTables&) = delete;
    ~LibraryPageTables() override {
        if (translation_ != nullptr) context_.api().drop_context(translation_);
        if (system_ != nullptr) context_.api().drop_system(system_);
    }
    Maybe<PAddr> translate(VAddr address) const override {
        if (translation_ == nullptr || system_ == nullptr)
            return unknown(Reason::unsupported_arch, "libkdumpfile cannot translate addresses");
        addrxlat_fulladdr_t place{address.value, ADDRXLAT_KVADDR};
        auto status = context_.api().convert(&place, ADDRXLAT_KPHYSADDR, translation_, system_);
        if (status == ADDRXLAT_OK) return PAddr{place.addr};
        Reason reason = status == ADDRXLAT_ERR_NODATA ? Reason::not_dumped : Reason::unmapped;
        return unknown(reason, hex(address) + " (libkdumpfile)");
    }
    std::string description() const override { return "libkdumpfile"; }

private:
    const Context& context_;
    addrxlat_ctx_t* translation_ = nullptr;
    addrxlat_sys_t* system_ = nullptr;
};

}  // namespace nfstriage::dump::library
