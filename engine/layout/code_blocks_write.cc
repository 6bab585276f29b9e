#include "layout/code_blocks_write.h"

#include <algorithm>
#include <numeric>
#include <set>

#include "layout/code_blocks.h"
#include "layout/code_blocks_inlined.h"
#include "layout/code_blocks_parameters.h"
#include "layout/code_blocks_source.h"

namespace nfstriage::layout {

namespace {

constexpr std::size_t kBlockSize = 6 << 10;       // bytes of an unpacked block, about
constexpr std::size_t kMaxPieceSize = 1 << 20;    // of one piece, above which its lines are dropped
constexpr std::size_t kMaxSharedTexts = 1 << 20;  // bytes

// About how many bytes a piece takes: exact enough to cut blocks of even size.
std::size_t size_of(const CodePiece& piece) {
    return 24 + piece.nodes.size() * 6 + piece.rows.size() * 3;
}
std::size_t size_of(const CodeParameters& function) {
    std::size_t size = 4;
    for (const CodeParameter& parameter : function.parameters)
        size += 4 + parameter.locations.size() * 5;
    for (const CodeCall& call : function.calls) size += 3 + call.arguments.size() * 4;
    return size;
}
std::size_t size_of(const InlinedPiece& piece) {
    std::size_t size = 2;
    for (const InlinedCall& call : piece.calls)
        for (const CodeParameter& parameter : call.parameters)
            size += 2 + parameter.locations.size() * 3;
    return size;
}

void sort_pieces(std::vector<CodePiece>& pieces) {
    std::stable_sort(pieces.begin(), pieces.end(), [](const CodePiece& a, const CodePiece& b) {
        return a.begin != b.begin ? a.begin < b.begin : a.end > b.end;
    });
    std::vector<CodePiece> kept;
    kept.reserve(pieces.size());
    for (CodePiece& piece : pieces) {
        if (!kept.empty() && piece.begin < kept.back().end) {
            if (piece.end <= kept.back().end) continue;
            auto cut = static_cast<std::uint32_t>(kept.back().end - piece.begin);
            std::vector<CodeRow> rows;
            for (CodeRow row : piece.rows) {
                if (row.offset <= cut) rows.clear();
                row.offset = row.offset <= cut ? 0 : row.offset - cut;
                rows.push_back(row);
            }
            piece.rows = std::move(rows);
            piece.begin = kept.back().end;
        }
        if (piece.begin >= piece.end || piece.end - piece.begin > UINT32_MAX) continue;
        if (size_of(piece) > kMaxPieceSize) piece.rows.clear(), piece.nodes.clear();
        kept.push_back(std::move(piece));
    }
    pieces = std::move(kept);
}

unsigned shift_of(const std::vector<CodePiece>& pieces) {
    std::uint64_t bits = 0;
    for (const CodePiece& piece : pieces) {
        bits |= piece.begin | piece.end | piece.entry;
        for (const CodeRow& row : piece.rows) bits |= row.offset;
    }
    return (bits & 3) == 0 ? 2 : (bits & 1) == 0 ? 1 : 0;
}

// Items of a list in address order, cut into blocks: (first, last + 1) of each.
template <class T>
std::vector<std::pair<std::size_t, std::size_t>> cut(const std::vector<T>& items) {
    std::vector<std::pair<std::size_t, std::size_t>> blocks;
    std::size_t size = 0, begin = 0;
    for (std::size_t i = 0; i < items.size(); i++) {
        size += size_of(items[i]);
        if (size >= kBlockSize || i + 1 == items.size()) {
            blocks.emplace_back(begin, i + 1);
            begin = i + 1;
            size = 0;
        }
    }
    return blocks;
}

// Counts in how many blocks each string stands.
class StringUse {
public:
    explicit StringUse(std::size_t strings) : blocks_(strings), last_(strings) {}
    void start_block() { block_++; }
    void use(std::uint32_t string) {
        uses_++;
        if (last_[string] == block_) return;
        last_[string] = block_;
        blocks_[string]++;
    }
    // Strings that several blocks use, the most used first; "" before all.
    std::vector<std::uint32_t> shared(const CodeStrings& strings) const {
        std::vector<std::uint32_t> out;
        for (std::uint32_t i = 1; i < blocks_.size(); i++)
            if (blocks_[i] > 1) out.push_back(i);
        std::stable_sort(out.begin(), out.end(),
                         [&](std::uint32_t a, std::uint32_t b) { return blocks_[a] > blocks_[b]; });
        std::size_t size = 0, fit = 0;
        while (fit < out.size() && (size += strings.text(out[fit]).size() + 1) <= kMaxSharedTexts)
            fit++;
        out.resize(fit);
        out.insert(out.begin(), 0);
        return out;
    }

private:
    std::vector<std::uint32_t> blocks_, last_;
    std::uint32_t block_ = 0;
    std::size_t uses_ = 0;
};

void use(StringUse& uses, const CodePiece& piece) {
    uses.use(piece.function);
    for (const CodeNode& node : piece.nodes) uses.use(node.function), uses.use(node.call_file);
    for (const CodeRow& row : piece.rows) uses.use(row.file);
}
void use(StringUse& uses, const CodeParameters& function) {
    for (const CodeParameter& parameter : function.parameters)
        uses.use(parameter.name), uses.use(parameter.type);
}
void use(StringUse& uses, const InlinedPiece& piece) {
    for (const InlinedCall& call : piece.calls)
        for (const CodeParameter& parameter : call.parameters)
            uses.use(parameter.name), uses.use(parameter.type);
}

std::vector<InlinedPiece> pieces_with_parameters(const CodeModel& model) {
    std::vector<InlinedPiece> out;
    for (const CodePiece& piece : model.pieces)
        if (InlinedPiece known = inlined_calls(piece, model); !known.calls.empty())
            out.push_back(std::move(known));
    return out;
}

template <class T>
std::vector<const T*> pointers(const std::vector<T>& items, std::size_t begin, std::size_t end) {
    std::vector<const T*> out;
    for (std::size_t i = begin; i < end; i++) out.push_back(&items[i]);
    return out;
}

template <class T>
void append(std::vector<std::uint8_t>& out, const T& bytes) {
    const auto* begin = reinterpret_cast<const std::uint8_t*>(std::data(bytes));
    out.insert(out.end(), begin, begin + std::size(bytes) * sizeof(*std::data(bytes)));
}

// Of the functions that these pieces are of or have inlined calls of.
std::set<std::uint16_t> names_in(std::span<const CodePiece> pieces, const CodeStrings& strings) {
    std::set<std::uint16_t> names;
    for (const CodePiece& piece : pieces) {
        names.insert(name_fingerprint(strings.text(piece.function)));
        for (const CodeNode& node : piece.nodes)
            names.insert(name_fingerprint(strings.text(node.function)));
    }
    return names;
}

}  // namespace

std::vector<std::uint8_t> write_code_table(CodeModel model, int level, CodeTableSizes* sizes) {
    sort_pieces(model.pieces);
    std::stable_sort(
        model.parameters.begin(), model.parameters.end(),
        [](const CodeParameters& a, const CodeParameters& b) { return a.entry < b.entry; });
    unsigned shift = shift_of(model.pieces);
    auto source_cuts = cut(model.pieces);
    auto parameter_cuts = cut(model.parameters);
    std::vector<InlinedPiece> inlined_pieces = pieces_with_parameters(model);
    auto inlined_cuts = cut(inlined_pieces);

    StringUse uses(model.strings.count());
    for (auto [begin, end] : source_cuts) {
        uses.start_block();
        for (std::size_t i = begin; i < end; i++) use(uses, model.pieces[i]);
    }
    for (auto [begin, end] : parameter_cuts) {
        uses.start_block();
        for (std::size_t i = begin; i < end; i++) use(uses, model.parameters[i]);
    }
    for (auto [begin, end] : inlined_cuts) {
        uses.start_block();
        for (std::size_t i = begin; i < end; i++) use(uses, inlined_pieces[i]);
    }
    std::vector<std::uint32_t> shared = uses.shared(model.strings);
    std::vector<std::uint32_t> places(model.strings.count());
    CodeBlock texts;
    for (std::uint32_t i = 0; i < shared.size(); i++) {
        places[shared[i]] = i + 1;
        std::string_view text = model.strings.text(shared[i]);
        texts.bytes.insert(texts.bytes.end(), text.begin(), text.end());
        texts.bytes.push_back(0);
    }

    std::vector<CodeBlock> source, parameters, inlined;
    for (auto [begin, end] : source_cuts)
        source.push_back(
            {model.pieces[begin].begin,
             encode_source(pointers(model.pieces, begin, end), shift, model.strings, places)});
    for (auto [begin, end] : parameter_cuts)
        parameters.push_back(
            {model.parameters[begin].entry,
             encode_parameters(pointers(model.parameters, begin, end), model.strings, places)});
    for (auto [begin, end] : inlined_cuts)
        inlined.push_back({inlined_pieces[begin].begin,
                           encode_inlined(std::span(inlined_pieces).subspan(begin, end - begin),
                                          shift, model.strings, places)});
    std::vector<std::uint32_t> counts;
    std::vector<std::uint16_t> fingerprints;
    for (auto [begin, end] : source_cuts) {
        auto names = names_in(std::span(model.pieces).subspan(begin, end - begin), model.strings);
        counts.push_back(static_cast<std::uint32_t>(names.size()));
        fingerprints.insert(fingerprints.end(), names.begin(), names.end());
    }

    auto packed_source = pack_code_blocks(source, level);
    auto packed_parameters = pack_code_blocks(parameters, level);
    auto packed_strings = pack_code_blocks({&texts, 1}, level);
    std::vector<std::uint8_t> packed_inlined;
    if (!inlined.empty()) packed_inlined = pack_code_blocks(inlined, level);
    CodeTableHeader header{kCodeTableMagic,
                           kCodeTableVersion,
                           shift,
                           static_cast<std::uint32_t>(model.pieces.size()),
                           static_cast<std::uint32_t>(packed_source.size()),
                           static_cast<std::uint32_t>(packed_parameters.size()),
                           static_cast<std::uint32_t>(packed_strings.size()),
                           static_cast<std::uint32_t>(counts.size() * 4 + fingerprints.size() * 2)};
    if (sizes != nullptr)
        *sizes = {packed_source.size(), packed_parameters.size(), packed_strings.size(),
                  header.names_size, packed_inlined.size()};
    std::vector<std::uint8_t> out;
    append(out, std::span(&header, 1));
    append(out, packed_source);
    append(out, packed_parameters);
    append(out, packed_strings);
    append(out, counts);
    append(out, fingerprints);
    append(out, packed_inlined);
    return out;
}

}  // namespace nfstriage::layout
