// Damage to files: cut, with flipped bits, with page descriptors that lie, with shifted time stamps
// of a log.
#include <algorithm>
#include <cctype>
#include <cstdio>
#include <string>

#include "damage/kinds.h"

namespace nfstriage::damage {
namespace {

constexpr std::size_t kCuts = 200, kHeaderFlips = 2500, kFileFlips = 1000;

std::size_t cuts(const Target&) { return kCuts; }

// A third of them inside the headers.
void cut(const Target& target, Damage& damage) {
    std::uint64_t headers = 0;
    for (const FileRange& range : target.reference.metadata)
        headers = std::max(headers, range.offset + range.size);
    headers = std::min(headers, damage.copy.size());
    std::uint64_t end = damage.at % 3 == 0 ? headers : damage.copy.size();
    damage.copy.cut(damage.at == 0 ? damage.copy.size() - 1 : damage.random.below(end));
}

void flip(Damage& damage, std::uint64_t offset) {
    if (offset >= damage.copy.size()) return;
    auto bit = static_cast<std::uint8_t>(1u << damage.random.below(8));
    auto byte = static_cast<std::uint8_t>(damage.copy.byte(offset) ^ bit);
    damage.copy.write(offset, {&byte, 1});
}

std::size_t header_flips(const Target& target) {
    return target.sample.form == Form::dump ? kHeaderFlips : 0;
}

void put_number(Damage& damage, std::uint64_t offset, std::uint64_t value, std::size_t size) {
    if (offset + size > damage.copy.size()) return;
    std::uint8_t bytes[8];
    for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<std::uint8_t>(value >> 8 * i);
    damage.copy.write(offset, {bytes, size});
}

// One bit, a few, or a number that is 0, the largest, the least or close to them.
void flip_headers(const Target& target, Damage& damage) {
    const FileRange& range = damage.random.of(target.reference.metadata);
    std::uint64_t offset = range.offset + damage.random.below(range.size);
    if (damage.at % 3 != 0) {
        flip(damage, offset);
        for (unsigned more = damage.at % 3 == 1 ? 0 : 7; more-- > 0;)
            flip(damage, range.offset + damage.random.below(range.size));
        return;
    }
    const std::vector<std::uint64_t> kValues{0,
                                             1,
                                             4095,
                                             0x7fffffff,
                                             0x80000000,
                                             0xffffffff,
                                             ~std::uint64_t{0},
                                             ~std::uint64_t{0} - 4096,
                                             std::uint64_t{1} << 63};
    put_number(damage, offset / 4 * 4, damage.random.of(kValues), damage.at % 2 == 0 ? 4 : 8);
}

std::size_t file_flips(const Target&) { return kFileFlips; }

void flip_file(const Target&, Damage& damage) {
    const std::vector<unsigned> kCounts{1, 1, 16, 256};
    for (unsigned i = damage.random.of(kCounts); i-- > 0;)
        flip(damage, damage.random.below(damage.copy.size()));
}

std::size_t descriptors(const Target& target) {
    return target.sample.made ? 0 : target.reference.descriptors.size();
}

// s64 offset, u32 size, u32 flags, u64 page_flags.
void damage_descriptor(const Target& target, Damage& damage) {
    constexpr std::uint64_t kSize = 8, kFlags = 12;
    const std::vector<FileRange>& all = target.reference.descriptors;
    std::uint64_t at = all[damage.at].offset;
    const std::vector<std::uint64_t> kOffsets{0,
                                              1,
                                              damage.copy.size() - 8,
                                              damage.copy.size(),
                                              ~std::uint64_t{0},
                                              std::uint64_t{1} << 63};
    const std::vector<std::uint64_t> kSizes{0, 1, 100, 4095, 4097, 65536, 0xffffffff};
    const std::vector<std::uint64_t> kFlagBits{0, 1, 2, 4, 0x20, 0x40, 3, 0xffffffff};
    switch (damage.random.below(5)) {
        case 0:
            return put_number(damage, at, damage.random.of(kOffsets), 8);
        case 1:
            return put_number(damage, at + kSize, damage.random.of(kSizes), 4);
        case 2:
            return put_number(damage, at + kFlags, damage.random.of(kFlagBits), 4);
        case 3:
            return flip(damage, at + damage.random.below(16));
        default: {  // another page's bytes
            std::uint64_t other = damage.random.of(all).offset;
            for (std::uint64_t i = 0; i < 16; ++i)
                put_number(damage, at + i, damage.copy.byte(other + i), 1);
        }
    }
}

struct Skew {
    bool absolute;
    double seconds;
};

constexpr Skew kSkews[] = {{false, 3600},       {false, -3600}, {false, 3.2e8}, {false, -3.2e8},
                           {false, 4294967296}, {true, 0},      {true, 1e19},   {true, 9.3e9}};
constexpr std::size_t kWhich = 3;  // all stamps, those of the second half, one

std::size_t log_skews(const Target& target) {
    return target.sample.form == Form::log ? std::size(kSkews) * kWhich : 0;
}

struct Stamp {
    std::size_t begin, end;  // of "   12.345678" in the text
};

std::vector<Stamp> stamps_of(const std::string& text) {
    std::vector<Stamp> stamps;
    for (std::size_t at = text.find('['); at != std::string::npos; at = text.find('[', at + 1)) {
        std::size_t end = text.find_first_not_of(" 0123456789.", at + 1);
        if (end == std::string::npos || text[end] != ']') continue;
        if (text.substr(at, end - at).find('.') != std::string::npos)
            stamps.push_back({at + 1, end});
    }
    return stamps;
}

void skew_log(const Target& target, Damage& damage) {
    std::vector<std::uint8_t> bytes = read_bytes(target.sample.file);
    std::string text(bytes.begin(), bytes.end());
    std::vector<Stamp> stamps = stamps_of(text);
    const Skew& skew = kSkews[damage.at / kWhich];
    std::size_t which = damage.at % kWhich, first = which == 1 ? stamps.size() / 2 : 0;
    if (which == 2) {
        first = static_cast<std::size_t>(damage.random.below(stamps.size()));
        stamps.resize(std::min(stamps.size(), first + 1));
    }
    for (std::size_t i = stamps.size(); i-- > first;) {
        Stamp stamp = stamps[i];
        std::string old = text.substr(stamp.begin, stamp.end - stamp.begin);
        double seconds = (skew.absolute ? 0 : std::atof(old.c_str())) + skew.seconds;
        char shifted[400];
        std::snprintf(shifted, sizeof(shifted), "%12.6f", seconds);
        text.replace(stamp.begin, old.size(), shifted);
    }
    damage.copy.replace({text.begin(), text.end()});
}

constexpr Kind kKinds[] = {
    {"cut", "the file ends early", true, false, 2, cuts, cut},
    {"flip_headers", "bits and numbers in headers, notes, bitmaps and page descriptors", false,
     false, 4, header_flips, flip_headers},
    {"flip_file", "bits anywhere in the file", false, false, 1, file_flips, flip_file},
    {"descriptor", "the descriptor of a page that was touched", false, false, 2, descriptors,
     damage_descriptor},
    {"log_clock", "time stamps of a log", false, false, 1, log_skews, skew_log},
};

}  // namespace

std::span<const Kind> file_kinds() { return kKinds; }

}  // namespace nfstriage::damage
