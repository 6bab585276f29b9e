#include "layout/code_blocks_source.h"

#include <algorithm>
#include <cstring>

namespace nfstriage::layout {

namespace {

enum Column : std::size_t { kTexts, kPieces, kNodes, kOffsets, kTree, kLines, kFiles, kColumns };

// File and line that a function's code was last seen at.
struct Place {
    std::uint32_t file = 0, line = 0;
};

// How the current node changes from one row to the next: 0 stays; odd opens (n + 1) / 2 nodes, each
// inside the last; even goes to an open node: n / 2 odd is (n / 2 + 1) / 2 levels up, even is the
// node n / 4 - 1 places before the newest.
std::uint32_t levels_up(const std::vector<CodeNode>& nodes, std::uint32_t from, std::uint32_t to) {
    std::uint32_t levels = 0;
    while (from > to) from = nodes[from - 1].parent, levels++;
    return from == to ? levels : 0;
}

class SourceEncoder {
public:
    SourceEncoder(unsigned shift, const CodeStrings& strings, std::span<const std::uint32_t> shared)
        : shift_(shift), strings_(strings, shared), places_(strings.count()) {}

    void add(const CodePiece& piece, std::uint64_t& previous_end) {
        CodeWriter& out = columns_[kPieces];
        out.number((piece.begin - previous_end) >> shift_);
        out.number((piece.end - piece.begin) >> shift_);
        strings_.write(out, piece.function);
        out.difference(static_cast<std::int64_t>((piece.entry - piece.begin) >> shift_ << shift_) >>
                       shift_);
        out.number(piece.rows.size());
        previous_end = piece.end;

        renumbered_.assign(piece.nodes.size() + 1, 0);
        open_.clear();
        std::uint32_t offset = 0, current = 0;
        for (const CodeRow& row : piece.rows) {
            columns_[kOffsets].number((row.offset - offset) >> shift_);
            offset = row.offset;
            current = move(piece, current, row.node);
            std::uint32_t function =
                row.node == 0 ? piece.function : piece.nodes[row.node - 1].function;
            place(columns_[kLines], function, row.file, row.line);
        }
    }

    std::vector<std::uint8_t> finish() {
        columns_[kTexts] = strings_.texts();
        return join_columns(columns_);
    }

private:
    // Writes the way from open node `current` to the piece's node `wanted`; returns the latter's
    // number in the order of opening.
    std::uint32_t move(const CodePiece& piece, std::uint32_t current, std::uint32_t wanted) {
        CodeWriter& tree = columns_[kTree];
        path_.clear();
        std::uint32_t at = wanted;
        for (; at != 0 && renumbered_[at] == 0; at = piece.nodes[at - 1].parent)
            path_.push_back(at);
        std::uint32_t base = renumbered_[at];
        if (path_.empty()) {
            if (base == current) {
                tree.number(0);
            } else if (std::uint32_t up = levels_up(open_, current, base); up != 0) {
                tree.number(2 * (2 * std::uint64_t{up} - 1));
            } else {
                tree.number(4 * (open_.size() - base + std::uint64_t{1}));
            }
            return base;
        }
        tree.number(2 * path_.size() - 1);
        // Where the first of them hangs: levels up from the current node plus 1, or 0 and its
        // number.
        std::uint32_t up = levels_up(open_, current, base);
        if (up != 0 || base == current) {
            columns_[kNodes].number(std::uint64_t{up} + 1);
        } else {
            columns_[kNodes].number(0);
            columns_[kNodes].number(base);
        }
        for (auto node = path_.rbegin(); node != path_.rend(); ++node) {
            const CodeNode& from = piece.nodes[*node - 1];
            std::uint32_t outer = base == 0 ? piece.function : open_[base - 1].function;
            strings_.write(columns_[kNodes], from.function);
            place(columns_[kNodes], outer, from.call_file, from.call_line);
            open_.push_back({base, from.function, 0, 0});
            base = static_cast<std::uint32_t>(open_.size());
            renumbered_[*node] = base;
        }
        return base;
    }

    void place(CodeWriter& column, std::uint32_t function, std::uint32_t file, std::uint32_t line) {
        Place& last = places_[function];
        std::int64_t difference = std::int64_t{line} - std::int64_t{last.line};
        column.number(zigzag(difference) << 1 | (file != last.file ? 1 : 0));
        if (file != last.file) strings_.write(columns_[kFiles], file);
        last = {file, line};
    }

    unsigned shift_;
    StringColumn strings_;
    CodeWriter columns_[kColumns];
    std::vector<Place> places_;  // by string number of the function
    std::vector<std::uint32_t> renumbered_, path_;
    std::vector<CodeNode> open_;
};

class SourceDecoder {
public:
    SourceDecoder(SourceBlock& block, unsigned shift) : block_(block), shift_(shift) {}

    bool run(std::uint64_t first_address, std::span<const std::string_view> shared) {
        if (!split_columns(block_.bytes, columns_)) return false;
        block_.strings.emplace(shared, columns_[kTexts].take(columns_[kTexts].left()));
        places_.resize(block_.strings->count());
        std::uint64_t end = first_address;
        while (columns_[kPieces].left() > 0) {
            CodePiece& piece = block_.pieces.emplace_back();
            if (!read(piece, end)) return false;
            end = piece.end;
        }
        return true;
    }

private:
    bool read(CodePiece& piece, std::uint64_t previous_end) {
        CodeReader& in = columns_[kPieces];
        std::uint64_t gap = in.number(), size = in.number();
        piece.function = string(in);
        std::int64_t entry = in.difference();
        std::uint64_t rows = in.number();
        auto begin = checked_add(previous_end, gap << shift_);
        auto end = begin ? checked_add(*begin, size << shift_) : std::nullopt;
        if (!in.ok() || gap > UINT64_MAX >> shift_ || size > UINT32_MAX || !end ||
            rows > columns_[kOffsets].left())
            return false;
        piece.begin = *begin;
        piece.end = *end;
        piece.entry = *begin + (static_cast<std::uint64_t>(entry) << shift_);
        piece.rows.reserve(rows);
        std::uint64_t offset = 0;
        std::uint32_t node = 0;
        for (std::uint64_t i = 0; i < rows; i++) {
            offset += std::uint64_t{columns_[kOffsets].small()} << shift_;
            if (offset >= *end - *begin || !move(piece, node)) return false;
            std::uint32_t function = node == 0 ? piece.function : piece.nodes[node - 1].function;
            Place at = place(columns_[kLines], function);
            piece.rows.push_back({static_cast<std::uint32_t>(offset), node, at.file, at.line});
        }
        return ok();
    }

    bool move(CodePiece& piece, std::uint32_t& node) {
        std::uint64_t step = columns_[kTree].number();
        if (step == 0) return true;
        if (step % 2 == 0) {
            std::uint64_t to = step / 2;
            if (to % 2 == 1) return up(piece, node, (to + 1) / 2);
            to = to / 2 - 1;
            if (to > piece.nodes.size()) return false;
            node = static_cast<std::uint32_t>(piece.nodes.size() - to);
            return true;
        }
        CodeReader& in = columns_[kNodes];
        std::uint64_t place_up = in.number();
        if (place_up == 0) {
            node = in.small();
            if (node > piece.nodes.size()) return false;
        } else if (!up(piece, node, place_up - 1)) {
            return false;
        }
        for (std::uint64_t opened = 0; opened < step / 2 + 1; opened++) {
            CodeNode next;
            next.parent = node;
            std::uint32_t outer = node == 0 ? piece.function : piece.nodes[node - 1].function;
            next.function = string(in);
            Place at = place(in, outer);
            next.call_file = at.file;
            next.call_line = at.line;
            if (!in.ok()) return false;
            piece.nodes.push_back(next);
            node = static_cast<std::uint32_t>(piece.nodes.size());
        }
        return true;
    }

    static bool up(const CodePiece& piece, std::uint32_t& node, std::uint64_t levels) {
        for (; levels > 0; levels--) {
            if (node == 0) return false;
            node = piece.nodes[node - 1].parent;
        }
        return true;
    }

    std::uint32_t string(CodeReader& column) { return block_.strings->read(column); }

    Place place(CodeReader& column, std::uint32_t function) {
        std::uint64_t code = column.number();
        Place& last = places_[function];
        std::int64_t line = std::int64_t{last.line} + unzigzag(code >> 1);
        if (line < 0 || line > UINT32_MAX) {
            column.fail();
            return last;
        }
        last.line = static_cast<std::uint32_t>(line);
        if (code & 1) last.file = string(columns_[kFiles]);
        return last;
    }

    bool ok() const {
        return std::all_of(std::begin(columns_), std::end(columns_),
                           [](const CodeReader& column) { return column.ok(); });
    }

    SourceBlock& block_;
    unsigned shift_;
    CodeReader columns_[kColumns];
    std::vector<Place> places_;
};

}  // namespace

std::uint32_t CodeStrings::number(std::string_view text) {
    if (auto found = numbers_.find(text); found != numbers_.end()) return found->second;
    auto next = static_cast<std::uint32_t>(texts_.size());
    texts_.emplace_back(text);
    numbers_.emplace(texts_.back(), next);
    return next;
}

void StringColumn::write(CodeWriter& column, std::uint32_t string) {
    if (shared_[string] != 0) {
        column.number(2 * std::uint64_t{shared_[string]} - 1);
        return;
    }
    auto [own, is_new] = own_.emplace(string, static_cast<std::uint32_t>(own_.size() + 1));
    column.number(is_new ? 0 : 2 * std::uint64_t{own->second});
    if (!is_new) return;
    std::string_view text = strings_.text(string);
    texts_.append({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
    const std::uint8_t end = 0;
    texts_.append({&end, 1});
}

StringTable::StringTable(std::span<const std::string_view> shared, ByteSpan own)
    : shared_(shared), own_(split_texts(own)) {}

std::uint32_t StringTable::read(CodeReader& column) {
    std::uint64_t code = column.number(), number = 0;
    if (code == 0)
        number = shared_.size() + next_own_++;
    else if (code & 1)
        number = code / 2;
    else
        number = shared_.size() + code / 2 - 1;
    bool in_range = code & 1 ? number < shared_.size() : number < count();
    if (!column.ok() || !in_range) {
        column.fail();
        return 0;
    }
    return static_cast<std::uint32_t>(number);
}

std::string_view StringTable::text(std::uint32_t number) const {
    if (number < shared_.size()) return shared_[number];
    number -= static_cast<std::uint32_t>(shared_.size());
    return number < own_.size() ? own_[number] : std::string_view();
}

std::vector<std::string_view> split_texts(ByteSpan texts) {
    std::vector<std::string_view> out;
    const char* at = reinterpret_cast<const char*>(texts.data());
    const char* end = at + texts.size();
    while (at != end) {
        const void* nul = std::memchr(at, 0, static_cast<std::size_t>(end - at));
        if (nul == nullptr) break;
        const char* stop = static_cast<const char*>(nul);
        out.emplace_back(at, static_cast<std::size_t>(stop - at));
        at = stop + 1;
    }
    return out;
}

std::vector<std::uint8_t> encode_source(std::span<const CodePiece* const> pieces, unsigned shift,
                                        const CodeStrings& strings,
                                        std::span<const std::uint32_t> shared) {
    SourceEncoder encoder(shift, strings, shared);
    std::uint64_t end = pieces.empty() ? 0 : pieces.front()->begin;
    for (const CodePiece* piece : pieces) encoder.add(*piece, end);
    return encoder.finish();
}

Maybe<SourceBlock> decode_source(std::vector<std::uint8_t> bytes, std::uint64_t first_address,
                                 unsigned shift, std::span<const std::string_view> shared) {
    SourceBlock block;
    block.bytes = std::move(bytes);
    // The file of a function not seen before is shared string 0, which is "".
    if (shared.empty() || !SourceDecoder(block, shift).run(first_address, shared))
        return unknown(Reason::corrupt, "block of source lines");
    return block;
}

}  // namespace nfstriage::layout
