#include "dump/vmcoreinfo_search.h"

#include <algorithm>
#include <cstring>
#include <string_view>

#include "base/budget.h"

namespace nfstriage::dump {
namespace {

constexpr std::string_view kBegin = "OSRELEASE=";
constexpr std::uint32_t kKernelPage = 4096;  // no kernel page is smaller
constexpr std::size_t kMostFound = 8;
// 16 GiB of plain pages or 2.7 GiB of packed ones: some seconds.
constexpr std::uint64_t kSteps = 1u << 22, kPlainCost = 1, kPackedCost = 6;

bool looks_right(std::string_view text) {
    bool printable = std::all_of(text.begin(), text.end(), [](char c) {
        return c == '\n' || (static_cast<unsigned char>(c) >= 0x20 && c != 0x7f);
    });
    return printable && text.find("\nPAGESIZE=") != std::string_view::npos &&
           text.find("\nSYMBOL(") != std::string_view::npos;
}

class Search {
public:
    explicit Search(const PageSource& source) : source_(source), page_(source.page_size()) {}

    std::vector<FoundVmcoreinfo> run() {
        Budget budget(kSteps);
        std::optional<std::uint64_t> number = source_.next_stored(0);
        for (; number && found_.size() < kMostFound; number = source_.next_stored(*number + 1)) {
            auto stored = source_.locate(*number);
            if (!stored || stored->file == nullptr) continue;
            bool plain = stored->codec == Codec::none;
            if (!budget.spend((plain ? kPlainCost : kPackedCost) * page_.size() / kKernelPage))
                break;
            if (plain)
                try_plain(*number, *stored);
            else
                try_packed(*number, *stored);
        }
        return std::move(found_);
    }

private:
    void try_plain(std::uint64_t number, const StoredPage& stored) {
        for (std::uint32_t at = 0; at < page_.size(); at += kKernelPage) {
            std::uint8_t head[kBegin.size()];
            if (!stored.file->read(stored.offset + at, head)) continue;
            if (std::memcmp(head, kBegin.data(), kBegin.size()) != 0) continue;
            if (stored.file->read(stored.offset, page_)) take(number, at);
        }
    }

    void try_packed(std::uint64_t number, const StoredPage& stored) {
        raw_.resize(stored.size);
        if (!stored.file->read(stored.offset, raw_)) return;
        if (!decompressor_.run(stored.codec, raw_, page_)) return;
        for (std::uint32_t at = 0; at < page_.size(); at += kKernelPage)
            if (std::memcmp(page_.data() + at, kBegin.data(), kBegin.size()) == 0) take(number, at);
    }

    void take(std::uint64_t number, std::uint32_t at) {
        std::string_view text(reinterpret_cast<const char*>(page_.data()) + at, page_.size() - at);
        text = text.substr(0, text.find('\0'));
        if (looks_right(text))
            found_.push_back({PAddr{number * page_.size() + at}, std::string(text)});
    }

    const PageSource& source_;
    Decompressor decompressor_;
    std::vector<std::uint8_t> page_, raw_;
    std::vector<FoundVmcoreinfo> found_;
};

}  // namespace

std::vector<FoundVmcoreinfo> search_vmcoreinfo(const PageSource& source) {
    return Search(source).run();
}

}  // namespace nfstriage::dump
