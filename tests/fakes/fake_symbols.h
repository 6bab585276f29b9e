// A layout::Symbols that holds the symbols a test gives it.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "layout/symbols.h"

namespace nfstriage::fakes {

class FakeSymbols : public layout::Symbols {
public:
    // `type` as nm prints it: 't' and 'T' are text.
    void add(std::string name, std::uint64_t address, std::uint64_t size = 0, char type = 'T',
             std::string module = {}) {
        symbols_.push_back({std::move(name), VAddr{address}, size, std::move(module), type});
    }
    void set_complete_for_data(bool complete) { complete_ = complete; }

    Maybe<VAddr> address(std::string_view name) const override {
        auto found = all(name);
        if (found.empty()) return unknown(Reason::no_symbol, std::string(name));
        return found.front().address;
    }
    std::vector<layout::Symbol> all(std::string_view name) const override {
        std::vector<layout::Symbol> out;
        for (const auto& symbol : symbols_)
            if (symbol.name == name) out.push_back(symbol);
        return out;
    }
    Maybe<layout::SymbolAt> find(VAddr address) const override {
        for (const auto& symbol : symbols_)
            if (symbol.address <= address &&
                address - symbol.address < std::max<std::uint64_t>(symbol.size, 1))
                return layout::SymbolAt{symbol, address - symbol.address};
        return unknown(Reason::no_symbol, hex(address));
    }
    bool complete_for_data() const override { return complete_; }
    bool is_text(VAddr address) const override {
        return std::any_of(symbols_.begin(), symbols_.end(), [&](const auto& symbol) {
            return (symbol.type == 't' || symbol.type == 'T') && symbol.address <= address &&
                   address - symbol.address < symbol.size;
        });
    }

private:
    std::vector<layout::Symbol> symbols_;
    bool complete_ = true;
};

}  // namespace nfstriage::fakes
