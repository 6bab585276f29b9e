#include "layout/code_blocks_inlined.h"

#include <algorithm>
#include <map>

#include "layout/code_blocks_parameters.h"

namespace nfstriage::layout {

namespace {

enum Column : std::size_t {
    kTexts,
    kPieces,
    kCalls,
    kHeads,
    kCounts,
    kKinds,
    kOffsets,
    kRanges,
    kColumns
};

constexpr std::size_t kMaxParameters = 1 << 10;  // of one function

// Where the code of one inlined call is, in bytes of the piece: ascending, apart from each other.
class Active {
public:
    void add(std::uint64_t begin, std::uint64_t end) {
        if (!ranges_.empty() && ranges_.back().end == begin)
            ranges_.back().end = end;
        else
            ranges_.push_back({begin, end});
    }
    bool empty() const { return ranges_.empty(); }
    std::uint64_t begin() const { return ranges_.front().begin; }
    std::uint64_t end() const { return ranges_.back().end; }
    // The first byte of the call at or behind `at`; end() when there is none.
    std::uint64_t next(std::uint64_t at) const {
        auto range =
            std::upper_bound(ranges_.begin(), ranges_.end(), at,
                             [](std::uint64_t key, const CodeStretch& r) { return key < r.end; });
        return range == ranges_.end() ? end() : std::max(at, range->begin);
    }

private:
    std::vector<CodeStretch> ranges_;
};

// Nodes of a piece by the number that they get when it is read: in the order in which rows open
// them (code_blocks_source.cc). 0 for a node that no row leads to.
std::vector<std::uint32_t> opening_order(const CodePiece& piece) {
    std::vector<std::uint32_t> numbers(piece.nodes.size() + 1), path;
    std::uint32_t opened = 0;
    for (const CodeRow& row : piece.rows) {
        path.clear();
        for (std::uint32_t at = row.node; at != 0 && numbers[at] == 0;
             at = piece.nodes[at - 1].parent)
            path.push_back(at);
        for (auto node = path.rbegin(); node != path.rend(); ++node) numbers[*node] = ++opened;
    }
    return numbers;
}

std::uint64_t row_end(const CodePiece& piece, std::size_t row) {
    return row + 1 < piece.rows.size() ? piece.rows[row + 1].offset : piece.end - piece.begin;
}

bool same_value(const Location& a, const Location& b) {
    return a.kind == b.kind && a.reg == b.reg && a.offset == b.offset;
}

// The part of `locations` that matters to a call, told as InlinedCall does. Where two overlap the
// first counts.
std::vector<Location> cut_to(const Active& active, std::uint64_t piece,
                             const std::vector<Location>& locations) {
    std::vector<Location> out;
    std::uint64_t done = active.begin();
    for (const Location& location : locations) {
        bool everywhere = location.begin == 0 && location.end == 0;
        if (!everywhere && location.end <= piece) continue;
        std::uint64_t begin = everywhere || location.begin < piece ? 0 : location.begin - piece;
        std::uint64_t end = everywhere ? active.end() : location.end - piece;
        begin = active.next(std::max(begin, done));
        end = active.next(std::min(end, active.end()));
        if (begin >= end) continue;
        Location cut = location;
        cut.begin = begin - active.begin();
        cut.end = end - active.begin();
        if (begin == done && !out.empty() && same_value(out.back(), cut))
            out.back().end = cut.end;
        else
            out.push_back(cut);
        done = end;
    }
    if (!out.empty() && out.back().end == active.end() - active.begin()) out.back().end = 0;
    return out;
}

class InlinedEncoder {
public:
    InlinedEncoder(unsigned shift, const CodeStrings& strings,
                   std::span<const std::uint32_t> shared)
        : shift_(shift), strings_(strings, shared) {}

    void add(const InlinedPiece& piece, std::uint64_t& previous) {
        columns_[kPieces].number((piece.begin - previous) >> shift_);
        columns_[kPieces].number(piece.calls.size());
        previous = piece.begin;
        std::uint32_t node = 0;
        for (const InlinedCall& call : piece.calls) {
            columns_[kCalls].number(call.node - node - 1);
            node = call.node;
            head(call);
            for (const CodeParameter& parameter : call.parameters) {
                columns_[kCounts].number(parameter.locations.size());
                std::uint64_t end = 0;
                for (const Location& location : parameter.locations) {
                    bool to_the_end = location.begin == end && location.end == 0;
                    write_location(columns_[kKinds], columns_[kOffsets], location, to_the_end);
                    if (to_the_end) break;
                    columns_[kRanges].number(location.begin - end);
                    columns_[kRanges].number(location.end == 0 ? 0 : location.end - location.begin);
                    end = location.end;
                }
            }
        }
    }

    std::vector<std::uint8_t> finish() {
        columns_[kTexts] = strings_.texts();
        return join_columns(columns_);
    }

private:
    // Names and types, written once for each function: 0 is a new list, n the nth one.
    void head(const InlinedCall& call) {
        std::vector<std::uint32_t> names;
        for (const CodeParameter& parameter : call.parameters)
            names.push_back(parameter.name), names.push_back(parameter.type);
        auto [known, is_new] =
            heads_.emplace(std::move(names), static_cast<std::uint32_t>(heads_.size() + 1));
        columns_[kCalls].number(is_new ? 0 : known->second);
        if (!is_new) return;
        columns_[kHeads].number(call.parameters.size());
        for (std::uint32_t name : known->first) strings_.write(columns_[kHeads], name);
    }

    unsigned shift_;
    StringColumn strings_;
    CodeWriter columns_[kColumns];
    std::map<std::vector<std::uint32_t>, std::uint32_t> heads_;
};

class InlinedDecoder {
public:
    InlinedDecoder(InlinedBlock& block, unsigned shift) : block_(block), shift_(shift) {}

    bool run(std::uint64_t first_address, std::span<const std::string_view> shared) {
        if (!split_columns(block_.bytes, columns_)) return false;
        block_.strings.emplace(shared, columns_[kTexts].take(columns_[kTexts].left()));
        std::uint64_t begin = first_address;
        while (columns_[kPieces].left() > 0) {
            std::uint64_t gap = columns_[kPieces].number(), calls = columns_[kPieces].number();
            auto next = checked_add(begin, gap << shift_);
            if (gap > UINT64_MAX >> shift_ || !next) return false;
            InlinedPiece& piece = block_.pieces.emplace_back();
            piece.begin = begin = *next;
            std::uint64_t node = 0;
            for (std::uint64_t i = 0; i < calls; i++) {
                node += std::uint64_t{columns_[kCalls].small()} + 1;
                if (node > UINT32_MAX) return false;
                InlinedCall& call = piece.calls.emplace_back();
                call.node = static_cast<std::uint32_t>(node);
                if (!head(call) || !locations(call)) return false;
            }
        }
        return ok();
    }

private:
    bool head(InlinedCall& call) {
        std::uint64_t number = columns_[kCalls].number();
        if (number > heads_.size()) return false;
        if (number == 0) {
            std::uint64_t count = columns_[kHeads].number();
            if (count > kMaxParameters) return false;
            auto& made = heads_.emplace_back(count);
            for (CodeParameter& parameter : made) {
                parameter.name = block_.strings->read(columns_[kHeads]);
                parameter.type = block_.strings->read(columns_[kHeads]);
            }
            number = heads_.size();
        }
        call.parameters = heads_[number - 1];
        return ok();
    }

    // Every location takes a byte of its column, so that the bytes bound what is made of them.
    bool locations(InlinedCall& call) {
        for (CodeParameter& parameter : call.parameters) {
            std::uint64_t count = columns_[kCounts].number(), end = 0;
            for (std::uint64_t i = 0; i < count; i++) {
                if (columns_[kKinds].left() == 0) return false;
                auto [location, to_the_end] = read_location(columns_[kKinds], columns_[kOffsets]);
                location.begin = end;
                if (!to_the_end) {
                    location.begin += columns_[kRanges].small();
                    std::uint32_t size = columns_[kRanges].small();
                    location.end = size == 0 ? 0 : location.begin + size;
                }
                parameter.locations.push_back(location);
                end = location.end;
                if (end == 0 && i + 1 < count) return false;
            }
        }
        return ok();
    }

    bool ok() const {
        return std::all_of(std::begin(columns_), std::end(columns_),
                           [](const CodeReader& column) { return column.ok(); });
    }

    InlinedBlock& block_;
    unsigned shift_;
    CodeReader columns_[kColumns];
    std::vector<std::vector<CodeParameter>> heads_;
};

}  // namespace

CodeStretch stretch_of(const CodePiece& piece, std::uint32_t node) {
    CodeStretch stretch;
    for (std::size_t i = 0; i < piece.rows.size(); i++) {
        std::uint32_t at = piece.rows[i].node;
        while (at > node) at = piece.nodes[at - 1].parent;  // always a lower number
        if (at != node) continue;
        if (stretch.end == 0) stretch.begin = piece.rows[i].offset;
        stretch.end = row_end(piece, i);
    }
    return stretch;
}

InlinedPiece inlined_calls(const CodePiece& piece, const CodeModel& model) {
    InlinedPiece out;
    out.begin = piece.begin;
    bool any = std::any_of(piece.nodes.begin(), piece.nodes.end(),
                           [](const CodeNode& node) { return node.known != 0; });
    if (!any) return out;
    std::vector<Active> active(piece.nodes.size() + 1);
    for (std::size_t i = 0; i < piece.rows.size(); i++)
        for (std::uint32_t at = piece.rows[i].node; at != 0; at = piece.nodes[at - 1].parent)
            if (piece.nodes[at - 1].known != 0)
                active[at].add(piece.rows[i].offset, row_end(piece, i));
    std::vector<std::uint32_t> numbers = opening_order(piece);
    for (std::uint32_t node = 1; node <= piece.nodes.size(); node++) {
        if (active[node].empty()) continue;
        InlinedCall& call = out.calls.emplace_back();
        call.node = numbers[node];
        for (const CodeParameter& parameter : model.inlined[piece.nodes[node - 1].known - 1])
            call.parameters.push_back({parameter.name, parameter.type,
                                       cut_to(active[node], piece.begin, parameter.locations)});
    }
    std::sort(out.calls.begin(), out.calls.end(),
              [](const InlinedCall& a, const InlinedCall& b) { return a.node < b.node; });
    return out;
}

std::vector<std::uint8_t> encode_inlined(std::span<const InlinedPiece> pieces, unsigned shift,
                                         const CodeStrings& strings,
                                         std::span<const std::uint32_t> shared) {
    InlinedEncoder encoder(shift, strings, shared);
    std::uint64_t begin = pieces.empty() ? 0 : pieces.front().begin;
    for (const InlinedPiece& piece : pieces) encoder.add(piece, begin);
    return encoder.finish();
}

Maybe<InlinedBlock> decode_inlined(std::vector<std::uint8_t> bytes, std::uint64_t first_address,
                                   unsigned shift, std::span<const std::string_view> shared) {
    InlinedBlock block;
    block.bytes = std::move(bytes);
    if (!InlinedDecoder(block, shift).run(first_address, shared))
        return unknown(Reason::corrupt, "block of inlined parameters");
    return block;
}

}  // namespace nfstriage::layout
