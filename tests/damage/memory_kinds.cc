// Damage to the memory that a dump holds: pages that are gone, bits and pointers that are wrong,
// clocks that are elsewhere. Aimed at what the analysis of the undamaged dump read.
#include <algorithm>
#include <iterator>

#include "damage/kinds.h"

namespace nfstriage::damage {
namespace {

constexpr std::size_t kFlips = 2500, kPointers = 500, kThinned = 100;

bool has_memory(const Target& target) {
    return target.sample.form == Form::dump && !target.sample.made;
}

std::size_t pages(const Target& target) {
    return has_memory(target) ? target.reference.pages.size() : 0;
}

void lose_page(const Target& target, Damage& damage) {
    damage.subject.lost = {target.reference.pages[damage.at]};
}

std::size_t log_pages(const Target& target) {
    return has_memory(target) ? target.reference.log_pages.size() : 0;
}

void lose_end_of_log(const Target& target, Damage& damage) {
    const std::vector<Pfn>& log = target.reference.log_pages;
    damage.subject.lost.assign(log.begin() + static_cast<std::ptrdiff_t>(damage.at), log.end());
}

std::size_t thinned(const Target& target) { return has_memory(target) ? kThinned : 0; }

void lose_many(const Target& target, Damage& damage) {
    const std::vector<unsigned> kPercent{1, 3, 10, 30, 60};
    unsigned percent = kPercent[damage.at % kPercent.size()];
    for (Pfn page : target.reference.pages)
        if (damage.random.below(100) < percent) damage.subject.lost.push_back(page);
}

void put(dump::Overlay& overlay, PAddr at, std::uint64_t value) {
    std::uint8_t bytes[8];
    for (std::size_t i = 0; i < 8; ++i) bytes[i] = static_cast<std::uint8_t>(value >> 8 * i);
    overlay.put(at, bytes);
}

std::size_t flips(const Target& target) { return has_memory(target) ? kFlips : 0; }

// Mostly what was read as a member of something; tables are large and would take nearly all.
void flip_memory(const Target& target, Damage& damage) {
    const Reference& reference = target.reference;
    auto overlay = std::make_shared<dump::Overlay>();
    for (unsigned count = damage.at % 4 == 0 ? 16 : 1; count-- > 0;) {
        std::uint64_t which = damage.random.below(4);
        const std::vector<Word>& words = which < 2    ? reference.members
                                         : which == 2 ? reference.pieces
                                                      : reference.bulk;
        if (words.empty()) continue;
        const Word& word = damage.random.of(words);
        put(*overlay, word.at, word.value ^ std::uint64_t{1} << damage.random.below(64));
    }
    damage.subject.overlay = overlay;
}

std::size_t pointers(const Target& target) {
    return has_memory(target) && !target.reference.pointers.empty() ? kPointers : 0;
}

// Lists become circles, objects something else.
void redirect(const Target& target, Damage& damage) {
    const std::vector<Word>& words = target.reference.pointers;
    auto overlay = std::make_shared<dump::Overlay>();
    for (unsigned count = damage.at % 3 == 0 ? 8 : 1; count-- > 0;) {
        const Word& word = damage.random.of(words);
        const std::uint64_t kValues[] = {damage.random.of(words).value,
                                         word.value + 8,
                                         word.value - 8,
                                         0,
                                         ~std::uint64_t{0},
                                         0xdead000000000100};
        std::uint64_t which = damage.random.below(10);
        put(*overlay, word.at, kValues[which < std::size(kValues) ? which : 0]);
    }
    damage.subject.overlay = overlay;
}

struct Skew {
    bool absolute;
    std::int64_t seconds;
};

constexpr std::int64_t kYears = 315'576'000;  // ten of them
constexpr Skew kSkews[] = {{false, 3600},    {false, -3600},    {false, kYears}, {false, -kYears},
                           {false, 1 << 30}, {true, INT64_MAX}, {true, -1},      {true, 0}};

struct Clocks {
    std::vector<Word> ClockWords::*words;
    std::uint64_t units;  // in a second; jiffies as most kernels have them
};
constexpr Clocks kClocks[] = {{&ClockWords::jiffies, 250},
                              {&ClockWords::wall, 1},
                              {&ClockWords::ktime, 1'000'000'000},
                              {&ClockWords::printk, 1'000'000'000}};
constexpr std::size_t kTargets = std::size(kClocks) + 1;  // each, and all together
constexpr std::size_t kWhich = 2;                         // all words, one

std::size_t clocks(const Target& target) {
    return has_memory(target) ? kTargets * std::size(kSkews) * kWhich : 0;
}

void skew_words(std::vector<Word> words, const Clocks& clock, const Skew& skew, bool one,
                Damage& damage, dump::Overlay& overlay) {
    if (one && !words.empty()) words = {damage.random.of(words)};
    auto shift = static_cast<std::uint64_t>(skew.seconds);
    for (const Word& word : words)
        put(overlay, word.at, skew.absolute ? shift : word.value + shift * clock.units);
}

void skew_clocks(const Target& target, Damage& damage) {
    const Skew& skew = kSkews[damage.at % std::size(kSkews)];
    std::size_t rest = damage.at / std::size(kSkews);
    bool one = rest % kWhich == 1;
    std::size_t which = rest / kWhich;
    auto overlay = std::make_shared<dump::Overlay>();
    for (std::size_t i = 0; i < std::size(kClocks); ++i)
        if (which == i || which == std::size(kClocks))
            skew_words(target.reference.clock.*kClocks[i].words, kClocks[i], skew, one, damage,
                       *overlay);
    damage.subject.overlay = overlay;
}

constexpr Kind kKinds[] = {
    {"lose", "a page that was touched is left out", true, false, 10, pages, lose_page},
    {"lose_log", "the end of the log is left out", true, false, 2, log_pages, lose_end_of_log},
    {"lose_many", "many of the pages that were touched are left out", true, false, 2, thinned,
     lose_many},
    {"flip_memory", "bits of what was read", false, false, 6, flips, flip_memory},
    {"redirect", "pointers that were read lead elsewhere", false, false, 4, pointers, redirect},
    {"clock", "jiffies, time of day, times of objects and messages", false, false, 2, clocks,
     skew_clocks},
};

}  // namespace

std::span<const Kind> memory_kinds() { return kKinds; }

}  // namespace nfstriage::damage
