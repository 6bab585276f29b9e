#include "dump/flattened.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <map>
#include <vector>

#include "base/bytes.h"

namespace nfstriage::dump {
namespace {

constexpr std::uint64_t kHeaderSize = 4096;
constexpr std::uint64_t kRecordHeader = 16;
constexpr std::string_view kSignature = "makedumpfile";
constexpr std::uint64_t kLargestFile = 1ull << 56;  // no dump is larger; offsets above are damage
constexpr std::size_t kWindow = 16384;

std::uint64_t be64(const std::uint8_t* bytes) {
    std::uint64_t value;
    std::memcpy(&value, bytes, sizeof value);
    return __builtin_bswap64(value);
}

// A run of records that follow each other both in the file and in the target, all of `record_size`
// bytes (the last may be shorter). makedumpfile writes 64 KiB records, so runs keep the index
// small.
struct Extent {
    std::uint64_t begin = 0, end = 0;  // target offsets, half open
    std::uint64_t origin = 0;          // target offset of the run's first record
    std::uint64_t stored = 0;          // file offset of that record's bytes
    std::uint64_t record_size = 0;

    // File offset of target offset `at`, and how many bytes follow there in one piece.
    std::pair<std::uint64_t, std::uint64_t> place(std::uint64_t at) const {
        std::uint64_t index = (at - origin) / record_size, rest = (at - origin) % record_size;
        return {stored + index * (record_size + kRecordHeader) + rest,
                std::min(record_size - rest, end - at)};
    }
};

// Record headers lie between the data; when records are small one read brings several of them.
class HeaderWindow {
public:
    explicit HeaderWindow(const FileBytes& file) : file_(file), bytes_(kWindow) {}
    const std::uint8_t* at(std::uint64_t offset) {
        if (offset + kRecordHeader > file_.size()) return nullptr;
        if (offset < begin_ || offset + kRecordHeader > begin_ + size_) {
            std::size_t size = static_cast<std::size_t>(
                std::min<std::uint64_t>(dense_ ? kWindow : kRecordHeader, file_.size() - offset));
            size_ = 0;
            if (!file_.read(offset, {bytes_.data(), size})) return nullptr;
            dense_ = begin_ != UINT64_MAX && offset - begin_ < 2 * kWindow;
            begin_ = offset;
            size_ = size;
        }
        return bytes_.data() + (offset - begin_);
    }

private:
    const FileBytes& file_;
    std::vector<std::uint8_t> bytes_;
    std::uint64_t begin_ = UINT64_MAX;
    std::size_t size_ = 0;
    bool dense_ = true;
};

// Cuts overlapping extents so that of two the later written stays.
std::vector<Extent> newest_on_top(const std::vector<Extent>& written) {
    std::map<std::uint64_t, Extent> kept;  // by begin, disjoint
    for (auto it = written.rbegin(); it != written.rend(); ++it) {
        std::uint64_t at = it->begin;
        while (at < it->end) {
            auto next = kept.upper_bound(at);
            if (next != kept.begin() && std::prev(next)->second.end > at) {
                at = std::prev(next)->second.end;
                continue;
            }
            std::uint64_t end = next == kept.end() ? it->end : std::min(it->end, next->first);
            Extent piece = *it;
            piece.begin = at;
            piece.end = end;
            kept.emplace(at, piece);
            at = end;
        }
    }
    std::vector<Extent> result;
    result.reserve(kept.size());
    for (const auto& [begin, extent] : kept) result.push_back(extent);
    return result;
}

class FlattenedFile final : public FileBytes {
public:
    FlattenedFile(std::shared_ptr<const FileBytes> file, std::vector<Extent> extents,
                  std::string cut_short)
        : file_(std::move(file)), extents_(std::move(extents)), cut_short_(std::move(cut_short)) {}

    const std::string& name() const override { return file_->name(); }
    std::uint64_t size() const override { return extents_.back().end; }
    std::uint64_t stored_size() const override { return file_->size(); }
    bool flattened() const override { return true; }
    std::string cut_short() const override { return cut_short_; }

    Maybe<void> read(std::uint64_t offset, std::span<std::uint8_t> out) const override {
        auto last = checked_add(offset, out.size());
        if (!last || *last > size())
            return unknown(Reason::not_dumped,
                           name() + " describes a file of " + std::to_string(size()) +
                               " bytes, which ends before byte " + std::to_string(offset) + " + " +
                               std::to_string(out.size()));
        auto it = std::upper_bound(extents_.begin(), extents_.end(), offset,
                                   [](std::uint64_t at, const Extent& e) { return at < e.end; });
        std::size_t done = 0;
        while (done < out.size()) {
            std::uint64_t at = offset + done;
            if (it->begin > at) {  // never written
                if (!cut_short_.empty())
                    return unknown(Reason::not_dumped,
                                   "byte " + std::to_string(at) + " of the dump: " + cut_short_);
                std::size_t count = static_cast<std::size_t>(
                    std::min<std::uint64_t>(it->begin - at, out.size() - done));
                std::memset(out.data() + done, 0, count);
                done += count;
                continue;
            }
            auto [stored, size] = it->place(at);
            std::size_t count =
                static_cast<std::size_t>(std::min<std::uint64_t>(size, out.size() - done));
            auto got = file_->read(stored, out.subspan(done, count));
            if (!got) return got;
            done += count;
            if (offset + done == it->end) ++it;
        }
        return {};
    }

private:
    std::shared_ptr<const FileBytes> file_;
    std::vector<Extent> extents_;  // sorted, disjoint, never empty
    std::string cut_short_;
};

}  // namespace

bool is_flattened(const FileBytes& file) {
    std::uint8_t head[kSignature.size()];
    if (!file.read(0, head)) return false;
    return std::memcmp(head, kSignature.data(), kSignature.size()) == 0;
}

Result<std::shared_ptr<const FileBytes>> open_flattened(std::shared_ptr<const FileBytes> file) {
    std::uint8_t head[32];
    if (!file->read(0, head) || be64(head + 16) != 1 || be64(head + 24) != 1)
        return error(file->name(), 16, "flattened format type 1, version 1",
                     "rearrange it with makedumpfile -R and give the result");
    std::vector<Extent> written;
    std::string cut_short;
    HeaderWindow headers(*file);
    std::uint64_t position = kHeaderSize;
    for (;;) {
        const std::uint8_t* header = headers.at(position);
        if (header == nullptr) {
            cut_short = "the flattened file stops at byte " + std::to_string(file->size()) +
                        " without its end record";
            break;
        }
        std::uint64_t offset = be64(header), size = be64(header + 8);
        if (offset == UINT64_MAX) break;  // {-1, -1}
        std::uint64_t stored = position + kRecordHeader;
        if (offset >= kLargestFile || size == 0 || size > kLargestFile) {
            cut_short = "the flattened record at byte " + std::to_string(position) +
                        " is damaged; nothing behind it can be read";
            break;
        }
        std::uint64_t present = std::min(size, file->size() - stored);
        if (present > 0) {
            Extent* last = written.empty() ? nullptr : &written.back();
            std::uint64_t in_run = last ? last->end - last->origin : 0;
            if (last && last->end == offset && present <= last->record_size &&
                in_run % last->record_size == 0 &&
                last->stored + in_run / last->record_size * (last->record_size + kRecordHeader) ==
                    stored)
                last->end = offset + present;
            else
                written.push_back({offset, offset + present, offset, stored, present});
        }
        if (present < size) {
            cut_short = "the flattened file stops at byte " + std::to_string(file->size()) +
                        " inside a record";
            break;
        }
        position = stored + size;
    }
    if (written.empty())
        return error(file->name(), kHeaderSize, "flattened records behind the header, found none",
                     "the transfer was cut off; copy the dump again");
    std::vector<Extent> sorted = written;
    std::stable_sort(sorted.begin(), sorted.end(),
                     [](const Extent& a, const Extent& b) { return a.begin < b.begin; });
    bool overlap =
        std::adjacent_find(sorted.begin(), sorted.end(), [](const Extent& a, const Extent& b) {
            return b.begin < a.end;
        }) != sorted.end();
    if (overlap) sorted = newest_on_top(written);
    return std::make_shared<FlattenedFile>(std::move(file), std::move(sorted),
                                           std::move(cut_short));
}

}  // namespace nfstriage::dump
