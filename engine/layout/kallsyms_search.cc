// The order of the tables in .rodata (scripts/kallsyms.c, write_src):
//   before v6.4:  addresses/offsets, [relative_base], num_syms, names, markers, [seqs_of_names],
//                 token_table, token_index
//   since v6.4 (404bad70fcf7 "kallsyms: change the output order"):
//                 num_syms, names, markers, token_table, token_index, offsets, relative_base, seqs
// Each starts on 8 bytes. markers[i] is the offset in names of symbol 256 * i: u64 (long) up to
// v4.19, u32 since v4.20 (80ffbaa5b1bd "kallsyms: reduce size a little on 64-bit").
#include "layout/kallsyms_search.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "base/budget.h"
#include "base/bytes.h"

namespace nfstriage::layout {
namespace {

constexpr std::uint64_t kStep = 1 << 20;
constexpr std::uint64_t kPage = 4096;
constexpr std::array<std::uint8_t, 20> kDigits = {'0', 0, '1', 0, '2', 0, '3', 0, '4', 0,
                                                  '5', 0, '6', 0, '7', 0, '8', 0, '9', 0};
constexpr std::uint64_t kTokenTableMost = 16384;
constexpr std::uint64_t kNamesMost = 8 << 20;  // seen: 1 to 2 MiB
constexpr std::uint64_t kSeqsMost = 2 << 20;   // 3 bytes for each symbol
constexpr std::uint64_t kBefore = 14 << 20;    // of a token table: names, markers, offsets
constexpr std::uint64_t kBehind = 4 << 20;     // offsets since v6.4
constexpr std::uint64_t kShortestName = 3;     // mean compressed size over 256 symbols, in bytes
constexpr std::uint64_t kLongestName = 130;
// Bytes looked at for what begins like a token table. A kernel's image needs some millions; one
// that was made to look like nothing but token tables would need hours.
constexpr std::uint64_t kSteps = 400'000'000;

// The image's bytes; what is absent is left zero, which no check below accepts.
std::vector<std::uint8_t> read_available(const dump::Memory& memory, VAddr begin,
                                         std::uint64_t size) {
    std::vector<std::uint8_t> bytes(size, 0);
    for (std::uint64_t at = 0; at < size; at += kStep) {
        std::uint64_t step = std::min(kStep, size - at);
        if (memory.read(begin + at, std::span(bytes).subspan(at, step))) continue;
        for (std::uint64_t page = 0; page < step; page += kPage)
            (void)memory.read(begin + at + page,
                              std::span(bytes).subspan(at + page, std::min(kPage, step - page)));
    }
    return bytes;
}

class Search {
public:
    Search(VAddr begin, std::vector<std::uint8_t> bytes, Budget& budget)
        : begin_(begin), image_(std::move(bytes)), bytes_{ByteSpan(image_)}, budget_(budget) {}

    // Tries every run of digits that starts in [from, to) of the bytes.
    std::optional<KallsymsPlaces> run(std::uint64_t from, std::uint64_t to) const {
        auto begin = image_.begin();
        for (auto at = begin + static_cast<std::ptrdiff_t>(from);; ++at) {
            at = std::search(at, image_.end(), kDigits.begin(), kDigits.end());
            auto place = static_cast<std::uint64_t>(at - begin);
            if (at == image_.end() || place >= to || budget_.exhausted()) return std::nullopt;
            if (auto places = check(place)) return places;
        }
    }

private:
    template <class T>
    std::optional<T> get(std::uint64_t at) const {
        auto value = bytes_.get<T>(at);
        if (!value) return std::nullopt;
        return *value;
    }

    // `digits`: place of the token "0" (token number 0x30).
    std::optional<KallsymsPlaces> check(std::uint64_t digits) const {
        for (std::uint64_t back = 0x30; back <= kTokenTableMost && back <= digits; ++back) {
            std::uint64_t table = digits - back;
            if (table % 8 != 0) continue;
            if (auto index = token_index(table, digits))
                if (auto places = tables(table, *index)) return places;
        }
        return std::nullopt;
    }

    // The token index that fits a token table at `table`, if the bytes there are 256 strings.
    std::optional<std::uint64_t> token_index(std::uint64_t table, std::uint64_t digits) const {
        std::uint64_t at = table;
        std::uint16_t starts[256];
        for (unsigned i = 0; i < 256; ++i) {
            if (i == 0x30 && at != digits) return std::nullopt;
            if (at - table > UINT16_MAX) return std::nullopt;
            starts[i] = static_cast<std::uint16_t>(at - table);
            std::uint64_t end = at;
            while (end < image_.size() && image_[end] != 0 && end - at < 512) ++end;
            if (end >= image_.size() || image_[end] != 0) return std::nullopt;
            if (!budget_.spend(end - at + 1)) return std::nullopt;
            at = end + 1;
        }
        std::uint64_t index = (at + 7) / 8 * 8;
        auto found = bytes_.range(index, sizeof starts);
        if (!found || std::memcmp(found->data(), starts, sizeof starts) != 0) return std::nullopt;
        return index;
    }

    // How many offsets of names, 256 symbols apart, stand at `at`; 0 if that is no such table.
    template <class Marker>
    std::uint64_t count_markers(std::uint64_t at, std::uint64_t end) const {
        std::uint64_t previous = 0, count = 0;
        for (; at + sizeof(Marker) <= end && budget_.spend(); at += sizeof(Marker), ++count) {
            Marker marker;
            std::memcpy(&marker, &image_[at], sizeof marker);
            if (count == 0 ? marker != 0
                           : marker <= previous || marker - previous < 256 * kShortestName ||
                                 marker - previous > 256 * kLongestName)
                break;
            previous = marker;
        }
        return count;
    }

    // Walks names from `names` and compares every 256th offset with the markers.
    template <class Marker>
    bool names_fit(std::uint64_t names, std::uint64_t markers, std::uint64_t table,
                   std::uint32_t count) const {
        std::uint64_t at = names;
        for (std::uint32_t i = 0; i < count; ++i) {
            if (i % 256 == 0) {
                std::uint64_t marker = markers + std::uint64_t{i} / 256 * sizeof(Marker);
                auto expected = get<Marker>(marker);
                if (marker >= table || !expected || *expected != at - names) return false;
            }
            auto length = get<std::uint8_t>(at);
            if (!length || *length == 0 || !budget_.spend()) return false;
            std::uint64_t size = *length;
            ++at;
            if (size & 0x80) {
                auto more = get<std::uint8_t>(at);
                if (!more) return false;
                size = (size & 0x7f) | std::uint64_t{*more} << 7;
                ++at;
            }
            at += size;
            if (at > markers) return false;
        }
        return markers - at < 16;  // only padding is left
    }

    // Markers end where the token table begins, or, since v6.2 (60443c88f3a8 "kallsyms: Improve the
    // performance of kallsyms_lookup_name()", backported), where seqs_of_names does.
    template <class Marker>
    std::optional<KallsymsPlaces> tables_with(std::uint64_t table, std::uint64_t index) const {
        for (std::uint64_t markers = table - 8; markers + kSeqsMost > table && markers >= 24;
             markers -= 8) {
            std::uint64_t count = count_markers<Marker>(markers, table);
            if (count < 3) continue;
            std::uint64_t end = (markers + count * sizeof(Marker) + 7) / 8 * 8;
            std::uint64_t gap = table - end;  // seqs_of_names: 3 bytes for each symbol
            if (gap != 0 && (gap / 3 > count * 256 || gap / 3 + 256 + 8 < count * 256)) continue;
            if (auto names = names_before<Marker>(markers, count, table))
                return with_addresses(*names, table, index, *get<std::uint32_t>(*names - 8));
        }
        return std::nullopt;
    }

    // num_syms stands 8 bytes before names and is what the number of markers says.
    template <class Marker>
    std::optional<std::uint64_t> names_before(std::uint64_t markers, std::uint64_t marker_count,
                                              std::uint64_t table) const {
        for (std::uint64_t names = markers - 8; names + kNamesMost > markers && names >= 16;
             names -= 8) {
            if (!budget_.spend()) return std::nullopt;
            std::uint64_t count;
            std::memcpy(&count, &image_[names - 8], sizeof count);
            if (count == 0 || (count + 255) / 256 != marker_count) continue;
            if (names_fit<Marker>(names, markers, table, static_cast<std::uint32_t>(count)))
                return names;
        }
        return std::nullopt;
    }

    std::optional<KallsymsPlaces> tables(std::uint64_t table, std::uint64_t index) const {
        if (auto places = tables_with<std::uint64_t>(table, index)) return places;
        return tables_with<std::uint32_t>(table, index);
    }

    bool is_kernel_address(std::uint64_t value) const {
        return value >> 32 == begin_.value >> 32 || value == begin_.value ||
               (value > begin_.value - (1ull << 30) && value < begin_.value + (1ull << 30));
    }

    KallsymsPlaces with_addresses(std::uint64_t names, std::uint64_t table, std::uint64_t index,
                                  std::uint32_t count) const {
        KallsymsPlaces places;
        places.names = begin_ + names;
        places.token_table = begin_ + table;
        places.token_index = begin_ + index;
        places.count = count;
        std::uint64_t offsets_size = (std::uint64_t{count} * 4 + 7) / 8 * 8;
        std::uint64_t before = names - 8;  // of num_syms
        auto base_before = get<std::uint64_t>(before - 8);
        std::uint64_t after = index + 512;
        auto base_after = get<std::uint64_t>(after + offsets_size);
        if (base_after && is_kernel_address(*base_after)) {
            places.addresses = begin_ + after;
            places.relative_base = begin_ + after + offsets_size;
            places.candidates = {KallsymsAddressing::absolute_percpu,
                                 KallsymsAddressing::base_relative};
        } else if (base_before && is_kernel_address(*base_before) && before >= 8 + offsets_size &&
                   !looks_absolute(before, count)) {
            places.relative_base = begin_ + (before - 8);
            places.addresses = begin_ + (before - 8 - offsets_size);
            places.candidates = {KallsymsAddressing::absolute_percpu,
                                 KallsymsAddressing::base_relative};
        } else {
            places.addresses = begin_ + (before - std::uint64_t{count} * 8);
            places.candidates = {KallsymsAddressing::absolute};
        }
        return places;
    }

    // True if `count` rising u64 addresses end at `end`: kallsyms_addresses.
    bool looks_absolute(std::uint64_t end, std::uint32_t count) const {
        if (std::uint64_t{count} * 8 > end) return false;
        std::uint64_t previous = UINT64_MAX;
        for (std::uint64_t i = 1; i <= std::min<std::uint64_t>(count, 64); ++i) {
            auto value = get<std::uint64_t>(end - i * 8);
            if (!value || *value > previous || !is_kernel_address(*value)) return false;
            previous = *value;
        }
        return true;
    }

    VAddr begin_;
    std::vector<std::uint8_t> image_;
    Bytes bytes_;
    Budget& budget_;
};

// Whether the digits stand anywhere in the bytes: most of the image is left behind by this.
bool has_digits(const std::vector<std::uint8_t>& bytes) {
    return std::search(bytes.begin(), bytes.end(), kDigits.begin(), kDigits.end()) != bytes.end();
}

}  // namespace

Maybe<KallsymsPlaces> search_kallsyms(const dump::Memory& memory, VAddr begin, std::uint64_t size) {
    Budget budget(kSteps);
    for (std::uint64_t at = 0; at < size; at += kStep) {
        std::uint64_t step = std::min(kStep + kDigits.size() - 1, size - at);
        if (!has_digits(read_available(memory, begin + at, step))) continue;
        std::uint64_t from = at > kBefore ? at - kBefore : 0;
        std::uint64_t to = std::min(at + kStep + kBehind, size);
        Search search(begin + from, read_available(memory, begin + from, to - from), budget);
        if (auto places = search.run(at - from, at - from + kStep)) return *places;
        if (budget.exhausted())
            return unknown(Reason::budget, "too much in the kernel's image looks like kallsyms");
    }
    return unknown(Reason::no_symbol, "no kallsyms found in the kernel's image");
}

}  // namespace nfstriage::layout
