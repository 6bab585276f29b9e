#include "layout/kallsyms.h"

#include <algorithm>
#include <numeric>

#include "base/bytes.h"
#include "layout/name_hash.h"
#include "layout/symbol_alias.h"

namespace nfstriage::layout {
namespace {

constexpr std::uint32_t kMostSymbols = 4'000'000;  // allyesconfig has well under one million
constexpr std::uint64_t kReach = 64ull << 20;      // more than the longest symbol
constexpr std::size_t kNamesStep = 256 * 1024;
constexpr std::size_t kLongestName = 8192;          // spelled out; KSYM_NAME_LEN is 512
constexpr std::size_t kTokenTableMost = 16 * 1024;  // 256 tokens; seen: under 1 KiB

tl::unexpected<Unknown> corrupt(const std::string& what) {
    return unknown(Reason::corrupt, "kallsyms: " + what);
}

// One compressed name: its tokens. Since v6.1 (73bbb94466fd "kallsyms: support "big" kernel
// symbols") a length byte with the top bit set carries on in a second byte.
struct CompressedName {
    std::uint32_t begin = 0, size = 0;
};

std::optional<CompressedName> compressed_name(const std::vector<std::uint8_t>& names,
                                              std::size_t at) {
    if (at >= names.size()) return std::nullopt;
    std::uint32_t size = names[at], begin = static_cast<std::uint32_t>(at + 1);
    if (size & 0x80) {
        if (begin >= names.size()) return std::nullopt;
        size = (size & 0x7f) | std::uint32_t{names[begin]} << 7;
        ++begin;
    }
    if (size > names.size() - begin) return std::nullopt;
    return CompressedName{begin, size};
}

template <class T>
Maybe<std::vector<T>> read_array(const dump::Memory& memory, VAddr begin, std::uint32_t count) {
    std::vector<T> values(count);
    auto done = memory.read(
        begin, {reinterpret_cast<std::uint8_t*>(values.data()), values.size() * sizeof(T)});
    if (!done) return tl::unexpected<Unknown>(done.error());
    return values;
}

}  // namespace

Maybe<KallsymsPlaces> kallsyms_places(const dump::Vmcoreinfo& vmcoreinfo,
                                      const dump::Memory& memory) {
    auto names = vmcoreinfo.symbol("kallsyms_names");
    auto count = vmcoreinfo.symbol("kallsyms_num_syms");
    auto token_table = vmcoreinfo.symbol("kallsyms_token_table");
    auto token_index = vmcoreinfo.symbol("kallsyms_token_index");
    auto offsets = vmcoreinfo.symbol("kallsyms_offsets");
    auto addresses = vmcoreinfo.symbol("kallsyms_addresses");
    if (!names || !count || !token_table || !token_index || (!offsets && !addresses))
        return unknown(Reason::no_symbol, "VMCOREINFO does not say where kallsyms is");
    KallsymsPlaces places;
    places.names = *names;
    places.token_table = *token_table;
    places.token_index = *token_index;
    places.addresses = offsets ? *offsets : *addresses;
    places.relative_base = vmcoreinfo.symbol("kallsyms_relative_base");
    auto symbols = memory.u32(*count);
    if (!symbols) return tl::unexpected<Unknown>(symbols.error());
    places.count = *symbols;
    if (!offsets) {
        places.candidates = {KallsymsAddressing::absolute};
    } else if (places.relative_base) {
        places.candidates = {KallsymsAddressing::absolute_percpu,
                             KallsymsAddressing::base_relative};
    } else {
        places.candidates = {KallsymsAddressing::place_relative};
    }
    return places;
}

Maybe<Kallsyms> Kallsyms::load(const dump::Memory& memory, const KallsymsPlaces& places,
                               const std::vector<KnownSymbol>& known) {
    if (places.count == 0 || places.count > kMostSymbols)
        return corrupt(std::to_string(places.count) + " symbols are not believable");
    Kallsyms table;
    if (auto done = table.read_tokens(memory, places); !done)
        return tl::unexpected<Unknown>(done.error());
    if (auto done = table.read_names(memory, places); !done)
        return tl::unexpected<Unknown>(done.error());
    if (auto done = table.read_addresses(memory, places, known); !done)
        return tl::unexpected<Unknown>(done.error());
    return table;
}

Maybe<void> Kallsyms::read_tokens(const dump::Memory& memory, const KallsymsPlaces& places) {
    std::array<std::uint16_t, 256> index;
    auto done = memory.read(places.token_index,
                            {reinterpret_cast<std::uint8_t*>(index.data()), sizeof index});
    if (!done) return done;
    if (index[0] != 0 || !std::is_sorted(index.begin(), index.end()) ||
        index[255] >= kTokenTableMost)
        return corrupt("token index does not rise from 0");
    // The last token's end is its NUL; read it byte by byte from there.
    auto last = memory.cstring(places.token_table + index[255], 1024);
    if (!last) return tl::unexpected<Unknown>(last.error());
    auto text = memory.bytes(places.token_table, index[255] + last->size() + 1);
    if (!text) return tl::unexpected<Unknown>(text.error());
    token_text_.assign(text->begin(), text->end());
    for (std::size_t i = 0; i < 256; ++i) {
        std::size_t end = i == 255 ? token_text_.size() : index[i + 1];
        if (end <= index[i] || token_text_[end - 1] != 0)
            return corrupt("token " + std::to_string(i) + " has no end");
    }
    for (std::size_t i = 0; i < 256; ++i) {
        std::size_t end = i == 255 ? token_text_.size() : index[i + 1];
        tokens_[i] = std::string_view(token_text_).substr(index[i], end - index[i] - 1);
    }
    return {};
}

// Each name is looked at once, on the way to the next: what finds it is made along with it.
Maybe<void> Kallsyms::read_names(const dump::Memory& memory, const KallsymsPlaces& places) {
    // The first character of a name is its type.
    std::array<JoinedHash, 256> whole, first;
    std::array<bool, 256> has_dot;
    for (std::size_t i = 0; i < tokens_.size(); ++i) {
        has_dot[i] = tokens_[i].find('.') != std::string_view::npos;
        whole[i] = joined_hash(tokens_[i]);
        if (!tokens_[i].empty()) first[i] = joined_hash(tokens_[i].substr(1));
    }
    name_offsets_.reserve(places.count);
    by_name_ = NameChains(places.count, places.count);
    std::size_t at = 0, data = 0;
    while (name_offsets_.size() < places.count) {
        auto name = compressed_name(names_, at);
        if (!name) {
            if (auto done = read_more_names(memory, places.names); !done) return done;
            continue;
        }
        if (name->size == 0)
            return corrupt("empty name at symbol " + std::to_string(name_offsets_.size()));
        const std::uint8_t* tokens = &names_[name->begin];
        if (token(tokens[0]).empty())
            return corrupt("symbol " + std::to_string(name_offsets_.size()) + " has no type");
        std::size_t length = token(tokens[0]).size();
        JoinedHash hash = first[tokens[0]];
        bool dotted = has_dot[tokens[0]];
        for (std::uint32_t t = 1; t < name->size; ++t) {
            length += token(tokens[t]).size();
            hash = hash + whole[tokens[t]];
            dotted = dotted || has_dot[tokens[t]];
        }
        if (dotted) dotted_.push_back(static_cast<std::uint32_t>(name_offsets_.size()));
        if (length > kLongestName)
            return corrupt("a name of " + std::to_string(length) + " characters");
        constexpr std::string_view kDataLetters = "dDbBrR";
        data += kDataLetters.find(letter_of(tokens[0])) != std::string_view::npos;
        by_name_.add(hash.value, static_cast<std::uint32_t>(name_offsets_.size()));
        name_offsets_.push_back(static_cast<std::uint32_t>(at));
        at = name->begin + name->size;
        if (at > UINT32_MAX / 2) return corrupt("names of more than 2 GiB");
    }
    names_.resize(at);
    names_.shrink_to_fit();
    // A few data symbols lie between the functions in any kernel; with CONFIG_KALLSYMS_ALL they are
    // about half of all.
    has_data_ = data > name_offsets_.size() / 10;
    return {};
}

// A table ends inside mapped rodata, so steps are cut at pages.
Maybe<void> Kallsyms::read_more_names(const dump::Memory& memory, VAddr names) {
    const std::size_t old = names_.size();
    Maybe<void> done;
    for (std::size_t step = kNamesStep; step >= 64; step /= 4) {
        names_.resize(old + step);
        done = memory.read(names + old, std::span(names_).subspan(old));
        if (done) break;
        names_.resize(old);
    }
    return done;
}

Maybe<void> Kallsyms::read_addresses(const dump::Memory& memory, const KallsymsPlaces& places,
                                     const std::vector<KnownSymbol>& known) {
    if (places.relative_base) {
        auto value = memory.u64(*places.relative_base);
        if (!value) return tl::unexpected<Unknown>(value.error());
        base_ = *value;
    }
    entries_ = places.addresses;
    if (places.candidates == std::vector{KallsymsAddressing::absolute}) {
        auto values = read_array<std::uint64_t>(memory, entries_, places.count);
        if (!values) return tl::unexpected<Unknown>(values.error());
        wide_ = std::move(*values);
    } else {
        auto values = read_array<std::uint32_t>(memory, entries_, places.count);
        if (!values) return tl::unexpected<Unknown>(values.error());
        narrow_ = std::move(*values);
    }
    for (KallsymsAddressing candidate : places.candidates) {
        addressing_ = candidate;
        unsigned right = 0, wrong = 0;
        for (const KnownSymbol& symbol : known) {
            auto found = find(symbol.name);
            if (found.empty()) continue;
            bool hit = std::any_of(found.begin(), found.end(),
                                   [&](std::uint32_t i) { return address(i) == symbol.address; });
            ++(hit ? right : wrong);
        }
        if (right == 0 || wrong != 0) continue;
        sort_by_address();
        return {};
    }
    return corrupt("no way of reading the addresses puts _stext where VMCOREINFO says it is");
}

void Kallsyms::sort_by_address() {
    bool sorted = true;
    for (std::uint32_t i = 1; sorted && i < size(); ++i) sorted = address(i - 1) <= address(i);
    if (sorted) return;
    by_address_.resize(size());
    std::iota(by_address_.begin(), by_address_.end(), 0u);
    std::stable_sort(by_address_.begin(), by_address_.end(),
                     [this](auto a, auto b) { return address(a) < address(b); });
}

VAddr Kallsyms::address(std::uint32_t index) const {
    if (addressing_ == KallsymsAddressing::absolute && !wide_.empty()) return VAddr{wide_[index]};
    const std::uint32_t value = narrow_[index];
    const auto offset = static_cast<std::int32_t>(value);
    const auto extended = static_cast<std::uint64_t>(std::int64_t{offset});
    switch (addressing_) {
        case KallsymsAddressing::base_relative:
            return VAddr{base_ + value};
        case KallsymsAddressing::absolute_percpu:
            return VAddr{offset >= 0 ? extended : base_ - 1 - extended};
        case KallsymsAddressing::place_relative:
            return entries_ + index * 4 + extended;
        case KallsymsAddressing::absolute:
            break;
    }
    return VAddr{value};
}

char Kallsyms::letter_of(std::uint8_t first_token) const {
    return token(first_token).front();  // read_names() has seen that it has one
}

bool Kallsyms::has_name(std::uint32_t index, std::string_view wanted) const {
    auto compressed = *compressed_name(names_, name_offsets_[index]);
    for (std::uint32_t t = 0; t < compressed.size; ++t) {
        std::string_view text = token(names_[compressed.begin + t]);
        if (t == 0) text.remove_prefix(1);
        if (!wanted.starts_with(text)) return false;
        wanted.remove_prefix(text.size());
    }
    return wanted.empty();
}

std::vector<std::uint32_t> Kallsyms::find(std::string_view wanted) const {
    std::vector<std::uint32_t> found;
    for (std::uint32_t index : by_name_.of(joined_hash(wanted).value))
        if (has_name(index, wanted)) found.push_back(index);
    std::reverse(found.begin(), found.end());
    return found;
}

std::string Kallsyms::name(std::uint32_t index) const {
    auto compressed = *compressed_name(names_, name_offsets_[index]);
    std::string text;
    for (std::uint32_t t = 0; t < compressed.size; ++t) text += token(names_[compressed.begin + t]);
    text.erase(0, 1);
    return text;
}

char Kallsyms::type(std::uint32_t index) const {
    return letter_of(names_[compressed_name(names_, name_offsets_[index])->begin]);
}

std::optional<std::uint32_t> Kallsyms::at(VAddr wanted) const {
    auto index_of = [this](std::size_t rank) {
        return by_address_.empty() ? static_cast<std::uint32_t>(rank) : by_address_[rank];
    };
    auto address_of = [&](std::size_t rank) { return address(index_of(rank)).value; };
    std::size_t low = 0, high = size();
    while (low < high) {
        std::size_t middle = low + (high - low) / 2;
        if (address_of(middle) <= wanted.value)
            low = middle + 1;
        else
            high = middle;
    }
    // Most words that are asked about are no addresses of the image at all.
    if (low == 0 || wanted.value - address_of(low - 1) >= kReach) return std::nullopt;
    // Of several names for one address take what the kernel takes: the first (kernel/kallsyms.c,
    // get_symbol_pos: "search for the first aliased symbol"). The table's order of aliases is that
    // of scripts/kallsyms.c, which does not know _stext and the like for what they are.
    std::size_t first = 0;
    for (std::size_t below = low - 1; first < below;) {
        std::size_t middle = first + (below - first) / 2;
        if (address_of(middle) < address_of(low - 1))
            first = middle + 1;
        else
            below = middle;
    }
    for (std::size_t rank = first; first + 1 < low && rank < low; ++rank)
        if (!is_linker_mark(name(index_of(rank)))) return index_of(rank);
    return index_of(first);
}

std::uint64_t Kallsyms::extent(std::uint32_t index) const {
    const VAddr start = address(index);
    auto address_of = [this](std::size_t rank) {
        return address(by_address_.empty() ? static_cast<std::uint32_t>(rank) : by_address_[rank]);
    };
    std::size_t low = 0, high = size();
    while (low < high) {
        std::size_t middle = low + (high - low) / 2;
        if (address_of(middle) > start)
            high = middle;
        else
            low = middle + 1;
    }
    return low == size() ? 0 : address_of(low) - start;
}

}  // namespace nfstriage::layout
