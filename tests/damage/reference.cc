#include "damage/reference.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <map>
#include <set>
#include <stdexcept>

#include "dump/dump.h"
#include "kernel/printk.h"

namespace nfstriage::damage {
namespace {

constexpr std::uint64_t kPage = 4096, kWord = 8;
constexpr std::uint64_t kMember = 64;  // bytes: no longer is one value, or a few together
constexpr std::uint64_t kTopBits = 0xffff;

enum class Read : std::uint8_t { never, bulk, piece, member };

// How each word of memory was read; the most particular way counts.
class Words : public dump::Observer {
public:
    void read(dump::PRange given) override {
        Read how = given.size <= kMember ? Read::member
                   : given.size < kPage  ? Read::piece
                                         : Read::bulk;
        std::uint64_t end = given.begin.value + given.size;
        for (std::uint64_t at = given.begin.value / kWord * kWord; at < end; at += kWord) {
            Read& word = pages_[at / kPage][at % kPage / kWord];
            word = std::max(word, how);
        }
    }
    void secret(std::span<const dump::PRange>, dump::Secret) override {}

    const auto& pages() const { return pages_; }

private:
    std::map<std::uint64_t, std::array<Read, kPage / kWord>> pages_;
};

std::unique_ptr<dump::Dump> open_without(const Sample& sample, const std::vector<Pfn>& hidden) {
    dump::OpenOptions options;
    options.hidden_pages = hidden;
    auto dump = dump::Dump::open({sample.file}, options);
    if (!dump) throw std::runtime_error(to_string(dump.error()));
    return std::move(*dump);
}

void sort_words(const Words& read, const dump::Dump& dump, Reference& reference) {
    std::vector<std::uint8_t> bytes(kPage);
    for (const auto& [page, words] : read.pages()) {
        if (!dump.read_physical(PAddr{page * kPage}, bytes)) continue;
        for (std::size_t i = 0; i < words.size(); ++i) {
            Word word{PAddr{page * kPage + i * kWord}};
            std::memcpy(&word.value, bytes.data() + i * kWord, kWord);
            if (words[i] == Read::member) reference.members.push_back(word);
            if (words[i] == Read::piece) reference.pieces.push_back(word);
            if (words[i] == Read::bulk) reference.bulk.push_back(word);
            if (words[i] > Read::bulk && word.value >> 48 == kTopBits)
                reference.pointers.push_back(word);
        }
    }
}

bool is_near(std::uint64_t value, std::int64_t to, std::int64_t within) {
    auto difference = static_cast<std::int64_t>(value - static_cast<std::uint64_t>(to));
    return difference >= -within && difference <= within;
}

// By their values alone, so that no symbol is needed.
void sort_clocks(const kernel::Clock& clock, const std::set<std::uint64_t>& stamps,
                 Reference& reference) {
    constexpr std::int64_t kJiffies = 100'000, kSeconds = 100'000, kNanoseconds = 600'000'000'000;
    for (const auto* words : {&reference.members, &reference.pieces, &reference.bulk})
        for (const Word& word : *words) {
            ClockWords& into = reference.clock;
            if (stamps.count(word.value) != 0)
                into.printk.push_back(word);
            else if (clock.jiffies &&
                     is_near(word.value, static_cast<std::int64_t>(*clock.jiffies), kJiffies))
                into.jiffies.push_back(word);
            else if (clock.realtime_s && is_near(word.value, *clock.realtime_s, kSeconds))
                into.wall.push_back(word);
            else if (clock.monotonic_ns && word.value > kSeconds * 1000 &&
                     is_near(word.value, *clock.monotonic_ns, kNanoseconds))
                into.ktime.push_back(word);
        }
}

std::set<std::uint64_t> stamps_of(const dump::Dump& dump) {
    std::set<std::uint64_t> stamps;
    if (auto log = kernel::read_printk(dump))
        for (const kernel::PrintkRecord& record : log->records)
            if (record.time_ns != 0) stamps.insert(record.time_ns);
    return stamps;
}

std::vector<Pfn> pages_of_the_log(const Sample& sample) {
    std::vector<Pfn> touched;
    auto text_without = [&](const std::vector<Pfn>& hidden) {
        auto dump = open_without(sample, hidden);
        auto log = kernel::read_printk(*dump);
        if (hidden.empty()) touched = dump->pages_read();
        return log ? kernel::to_console_text(*log) : std::string();
    };
    std::string whole = text_without({});
    std::vector<Pfn> pages;
    for (Pfn page : touched)
        if (text_without({page}) != whole) pages.push_back(page);
    return pages;
}

}  // namespace

Reference make_reference(const Sample& sample) {
    Reference reference;
    reference.metadata = metadata_of(sample.file);
    if (sample.form != Form::dump) return reference;
    auto read = std::make_shared<Words>();
    Subject subject{sample.file, sample.profile};
    subject.observer = read;
    auto answer = analyze(subject, {true, true, true});
    std::string complaint = complaint_about(sample.file, answer);
    if (!answer) throw std::runtime_error(sample.name + ": " + to_string(answer.error()));
    if (!complaint.empty()) throw std::runtime_error(sample.name + ", undamaged: " + complaint);
    reference.answer = std::move(*answer);
    reference.pages = reference.answer.pages;
    reference.descriptors = descriptors_of(sample.file, reference.pages);
    auto dump = open_without(sample, {});
    sort_words(*read, *dump, reference);
    if (reference.answer.clock) sort_clocks(*reference.answer.clock, stamps_of(*dump), reference);
    reference.log_pages = pages_of_the_log(sample);
    return reference;
}

}  // namespace nfstriage::damage
