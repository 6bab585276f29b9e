#include "layout/code_blocks_parameters.h"

#include <algorithm>

namespace nfstriage::layout {

namespace {

enum Column : std::size_t {
    kTexts,
    kFunctions,
    kNames,
    kTypes,
    kKinds,
    kOffsets,
    kRanges,
    kCalls,
    kColumns
};

constexpr std::uint64_t kKinds_ = 7;  // of Location::Kind

bool has_offset(Location::Kind kind) {
    return kind == Location::Kind::at_register || kind == Location::Kind::at_frame ||
           kind == Location::Kind::constant || kind == Location::Kind::value_register;
}

class ParameterEncoder {
public:
    ParameterEncoder(const CodeStrings& strings, std::span<const std::uint32_t> shared)
        : strings_(strings, shared) {}

    void add(const CodeParameters& function, std::uint64_t& previous_entry) {
        CodeWriter& out = columns_[kFunctions];
        out.number(function.entry - previous_entry);
        out.number(function.parameters.size());
        out.number(function.calls.size());
        previous_entry = function.entry;
        for (const CodeParameter& parameter : function.parameters) {
            strings_.write(columns_[kNames], parameter.name);
            strings_.write(columns_[kTypes], parameter.type);
            columns_[kNames].number(parameter.locations.size());
            std::uint64_t end = function.entry;
            for (const Location& location : parameter.locations) {
                bool everywhere = location.begin == 0 && location.end == 0;
                value(location, everywhere);
                if (everywhere) continue;
                columns_[kRanges].difference(static_cast<std::int64_t>(location.begin - end));
                columns_[kRanges].number(location.end - location.begin);
                end = location.end;
            }
        }
        std::uint64_t at = function.entry;
        for (const CodeCall& call : function.calls) {
            columns_[kCalls].difference(static_cast<std::int64_t>(call.return_address - at));
            at = call.return_address;
            columns_[kCalls].number(call.arguments.size());
            for (const CallArgument& argument : call.arguments) {
                columns_[kCalls].number(argument.reg);
                value(argument.value, false);
            }
        }
    }

    std::vector<std::uint8_t> finish() {
        columns_[kTexts] = strings_.texts();
        return join_columns(columns_);
    }

private:
    void value(const Location& location, bool everywhere) {
        write_location(columns_[kKinds], columns_[kOffsets], location, everywhere);
    }

    StringColumn strings_;
    CodeWriter columns_[kColumns];
};

class ParameterDecoder {
public:
    explicit ParameterDecoder(ParameterBlock& block) : block_(block) {}

    bool run(std::uint64_t first_address, std::span<const std::string_view> shared) {
        if (!split_columns(block_.bytes, columns_)) return false;
        block_.strings.emplace(shared, columns_[kTexts].take(columns_[kTexts].left()));
        std::uint64_t entry = first_address;
        while (columns_[kFunctions].left() > 0) {
            CodeParameters& function = block_.functions.emplace_back();
            auto next = checked_add(entry, columns_[kFunctions].number());
            if (!next) return false;
            function.entry = entry = *next;
            if (!read(function)) return false;
        }
        return true;
    }

private:
    bool read(CodeParameters& function) {
        std::uint64_t parameters = columns_[kFunctions].number();
        std::uint64_t calls = columns_[kFunctions].number();
        for (std::uint64_t i = 0; i < parameters; i++) {
            CodeParameter& parameter = function.parameters.emplace_back();
            parameter.name = block_.strings->read(columns_[kNames]);
            parameter.type = block_.strings->read(columns_[kTypes]);
            std::uint64_t locations = columns_[kNames].number(), end = function.entry;
            for (std::uint64_t k = 0; k < locations && ok(); k++) {
                auto [location, everywhere] = value();
                if (!everywhere) {
                    location.begin =
                        end + static_cast<std::uint64_t>(columns_[kRanges].difference());
                    location.end = end = location.begin + columns_[kRanges].number();
                }
                parameter.locations.push_back(location);
            }
            if (!ok()) return false;
        }
        std::uint64_t at = function.entry;
        for (std::uint64_t i = 0; i < calls; i++) {
            CodeCall& call = function.calls.emplace_back();
            call.return_address = at += static_cast<std::uint64_t>(columns_[kCalls].difference());
            std::uint64_t arguments = columns_[kCalls].number();
            for (std::uint64_t k = 0; k < arguments && ok(); k++) {
                std::uint64_t reg = columns_[kCalls].number();
                if (reg > UINT16_MAX) return false;
                call.arguments.push_back({static_cast<std::uint16_t>(reg), value().first});
            }
            if (!ok()) return false;
        }
        return ok();
    }

    std::pair<Location, bool> value() {
        return read_location(columns_[kKinds], columns_[kOffsets]);
    }

    bool ok() const {
        return std::all_of(std::begin(columns_), std::end(columns_),
                           [](const CodeReader& column) { return column.ok(); });
    }

    ParameterBlock& block_;
    CodeReader columns_[kColumns];
};

}  // namespace

// Kind, register and mark are one number.
void write_location(CodeWriter& kinds, CodeWriter& offsets, const Location& location, bool mark) {
    kinds.number((location.reg * kKinds_ + static_cast<std::uint64_t>(location.kind)) * 2 +
                 (mark ? 1 : 0));
    if (has_offset(location.kind)) offsets.difference(location.offset);
}

std::pair<Location, bool> read_location(CodeReader& kinds, CodeReader& offsets) {
    std::uint64_t code = kinds.number();
    Location location;
    location.kind = static_cast<Location::Kind>(code / 2 % kKinds_);
    if (code / 2 / kKinds_ > UINT16_MAX) kinds.fail();
    location.reg = static_cast<std::uint16_t>(code / 2 / kKinds_);
    if (has_offset(location.kind)) location.offset = offsets.difference();
    return {location, code % 2 == 1};
}

std::vector<std::uint8_t> encode_parameters(std::span<const CodeParameters* const> functions,
                                            const CodeStrings& strings,
                                            std::span<const std::uint32_t> shared) {
    ParameterEncoder encoder(strings, shared);
    std::uint64_t entry = functions.empty() ? 0 : functions.front()->entry;
    for (const CodeParameters* function : functions) encoder.add(*function, entry);
    return encoder.finish();
}

Maybe<ParameterBlock> decode_parameters(std::vector<std::uint8_t> bytes,
                                        std::uint64_t first_address,
                                        std::span<const std::string_view> shared) {
    ParameterBlock block;
    block.bytes = std::move(bytes);
    if (!ParameterDecoder(block).run(first_address, shared))
        return unknown(Reason::corrupt, "block of parameters");
    return block;
}

}  // namespace nfstriage::layout
