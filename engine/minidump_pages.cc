#include "minidump_pages.h"

#include <algorithm>

#include "kernel/page_map.h"
#include "report/state.h"

namespace nfstriage {

void touch(const dump::Dump& dump, const std::vector<dump::VRange>& ranges) {
    constexpr std::uint64_t kPage = 4096;
    std::vector<std::uint8_t> page(kPage);
    for (const dump::VRange& range : ranges)
        for (std::uint64_t done = 0; done < range.size;) {
            VAddr at = range.begin + done;
            std::uint64_t count = std::min(kPage - at.value % kPage, range.size - done);
            (void)dump.memory().read(at, std::span(page).first(static_cast<std::size_t>(count)));
            done += count;
        }
}

void touch_state(const facts::Scene& scene) {
    if (scene.state) report::state_to_json(scene, {}, {}, [](std::string_view) {});
}

std::vector<Pfn> user_pages(const dump::Dump& dump, const layout::Types& types,
                            const std::vector<Pfn>& pages) {
    kernel::PageMap map(dump, types);
    std::vector<Pfn> result;
    for (Pfn page : pages) {
        const std::uint64_t address = page.value * dump.file_page_size();
        auto frame = map.page_of_frame({address / map.page_size()});
        if (!frame) continue;
        auto user = map.is_user_data(*frame);
        if (user && *user) result.push_back(page);
    }
    return result;
}

void ReadBytes::read(dump::PRange given) {
    if (stopped_) return;
    for (std::uint64_t done = 0; done < given.size;) {
        const std::uint64_t at = given.begin.value + done, offset = at % kPiece;
        const std::uint64_t count = std::min(kPiece - offset, given.size - done);
        std::bitset<kPiece>& read = pieces_[at / kPiece];
        if (count == kPiece)
            read.set();
        else
            for (std::uint64_t i = 0; i < count; ++i) read.set(offset + i);
        done += count;
    }
}

std::vector<Pfn> ReadBytes::pages(std::uint32_t page_size) const {
    std::vector<Pfn> result;
    for (const auto& [piece, read] : pieces_) {
        const Pfn page{piece * kPiece / page_size};
        if (result.empty() || result.back() != page) result.push_back(page);
    }
    return result;
}

void ReadBytes::clear_unread(PAddr at, std::span<std::uint8_t> bytes) const {
    for (std::size_t done = 0; done < bytes.size();) {
        const std::uint64_t address = at.value + done, offset = address % kPiece;
        const std::size_t count =
            std::min<std::size_t>(static_cast<std::size_t>(kPiece - offset), bytes.size() - done);
        auto piece = pieces_.find(address / kPiece);
        for (std::size_t i = 0; i < count; ++i)
            if (piece == pieces_.end() || !piece->second.test(offset + i)) bytes[done + i] = 0;
        done += count;
    }
}

}  // namespace nfstriage
