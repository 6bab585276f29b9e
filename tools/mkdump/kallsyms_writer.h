// Writes kallsyms as scripts/kallsyms.c lays it out, in the orders and encodings of different
// kernels. Names are stored with one token for each character, which is a legal (if long)
// compression.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/address.h"
#include "layout/kallsyms.h"

namespace nfstriage::mkdump {

struct KallsymsImage {
    layout::KallsymsAddressing addressing = layout::KallsymsAddressing::base_relative;
    bool wide_markers = false;  // u64, up to v4.19
    bool seqs = false;          // seqs_of_names before the token table (v6.2)
    bool new_order = false;     // offsets behind the token index (v6.4)

    // Type letter and name, with addresses; must be sorted by address.
    std::vector<std::pair<std::string, std::uint64_t>> symbols;

    std::optional<std::uint64_t>
        relative_base;  // _text in a kernel; by default where the tables begin

    layout::KallsymsPlaces places;  // filled in by write()

    // Lays the tables out from `begin`, behind `gap` bytes of something else.
    std::vector<std::uint8_t> write(VAddr begin, std::size_t gap) {
        bytes_.assign(gap, 0x5a);
        begin_ = begin;
        places = {};
        places.count = static_cast<std::uint32_t>(symbols.size());
        if (!new_order) addresses();
        align();
        put<std::uint32_t>(places.count);
        align();
        names();
        if (seqs) {
            for (std::size_t i = 0; i < symbols.size() * 3; ++i)
                bytes_.push_back(static_cast<std::uint8_t>(i * 7 + 1));
            align();
        }
        tokens();
        if (new_order) addresses();
        return bytes_;
    }

private:
    template <class T>
    void put(T value) {
        for (std::size_t i = 0; i < sizeof(T); ++i)
            bytes_.push_back(
                static_cast<std::uint8_t>(static_cast<std::uint64_t>(value) >> (8 * i)));
    }
    void align() {
        while (bytes_.size() % 8 != 0) bytes_.push_back(0);
    }
    VAddr here() const { return begin_ + bytes_.size(); }

    void addresses() {
        align();
        places.addresses = here();
        std::uint64_t base = relative_base.value_or(begin_.value);
        using enum layout::KallsymsAddressing;
        for (const auto& [name, address] : symbols) {
            switch (addressing) {
                case absolute:
                    put(address);
                    break;
                case base_relative:
                    put(static_cast<std::uint32_t>(address - base));
                    break;
                case absolute_percpu:
                    put(address < base ? static_cast<std::uint32_t>(address)
                                       : static_cast<std::uint32_t>(base - 1 - address));
                    break;
                case place_relative:
                    put(static_cast<std::uint32_t>(address - here().value));
                    break;
            }
        }
        align();
        if (addressing == base_relative || addressing == absolute_percpu) {
            places.relative_base = here();
            put(base);
        }
        places.candidates = {addressing};
        if (addressing == base_relative || addressing == absolute_percpu)
            places.candidates = {absolute_percpu, base_relative};
    }

    void names() {
        places.names = here();
        std::vector<std::uint64_t> markers;
        std::size_t start = bytes_.size();
        for (std::size_t i = 0; i < symbols.size(); ++i) {
            if (i % 256 == 0) markers.push_back(bytes_.size() - start);
            const std::string& name = symbols[i].first;
            if (name.size() >= 0x80)
                bytes_.push_back(static_cast<std::uint8_t>(0x80 | (name.size() & 0x7f)));
            bytes_.push_back(
                static_cast<std::uint8_t>(name.size() >= 0x80 ? name.size() >> 7 : name.size()));
            for (char c : name) bytes_.push_back(static_cast<std::uint8_t>(c));
        }
        align();
        for (std::uint64_t marker : markers) {
            if (wide_markers)
                put(marker);
            else
                put(static_cast<std::uint32_t>(marker));
        }
        align();
    }

    void tokens() {
        places.token_table = here();
        std::vector<std::uint16_t> index;
        std::size_t start = bytes_.size();
        for (unsigned i = 0; i < 256; ++i) {
            index.push_back(static_cast<std::uint16_t>(bytes_.size() - start));
            if (i > ' ' && i < 127)
                bytes_.push_back(static_cast<std::uint8_t>(i));
            else if (i >= 128)
                for (char c : std::string("tok") + std::to_string(i))
                    bytes_.push_back(static_cast<std::uint8_t>(c));
            bytes_.push_back(0);
        }
        align();
        places.token_index = here();
        for (std::uint16_t entry : index) put(entry);
    }

    std::vector<std::uint8_t> bytes_;
    VAddr begin_;
};

}  // namespace nfstriage::mkdump
