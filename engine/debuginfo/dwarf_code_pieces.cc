#include "debuginfo/dwarf_code_pieces.h"

#include <algorithm>

namespace nfstriage::debuginfo {

namespace {

using layout::CodePiece;
using layout::CodeRow;

// The innermost inlined call over a range, as cells between the addresses where it may change.
struct Cells {
    std::vector<std::uint64_t> begins;  // of the cells; the first is the range's begin
    std::vector<std::uint32_t> nodes;
};

Cells paint(const UnitFunction& function, const CodeRange& range, std::uint64_t& work) {
    Cells cells;
    cells.begins.push_back(range.begin);
    auto edge = [&](std::uint64_t address) {
        if (address > range.begin && address < range.end) cells.begins.push_back(address);
    };
    for (const CodeRange& each : function.inlined_ranges) edge(each.begin), edge(each.end);
    std::sort(cells.begins.begin(), cells.begins.end());
    cells.begins.erase(std::unique(cells.begins.begin(), cells.begins.end()), cells.begins.end());
    cells.nodes.assign(cells.begins.size(), 0);
    for (std::uint32_t i = 0; i < function.inlined.size(); i++) {
        const auto& inlined = function.inlined[i];
        for (std::uint32_t k = 0; k < inlined.ranges; k++) {
            const CodeRange& each = function.inlined_ranges[inlined.first_range + k];
            auto first = std::lower_bound(cells.begins.begin(), cells.begins.end(), each.begin);
            for (auto cell = first; cell != cells.begins.end() && *cell < each.end; ++cell) {
                if (work == 0) return cells;
                work--;
                std::uint32_t& node =
                    cells.nodes[static_cast<std::size_t>(cell - cells.begins.begin())];
                if (node == inlined.node.parent) node = i + 1;
            }
        }
    }
    return cells;
}

// Only the nodes that rows refer to, and those around them.
void keep_used_nodes(const UnitFunction& function, CodePiece& piece) {
    std::vector<std::uint32_t> numbers(function.inlined.size() + 1, 0);
    for (const CodeRow& row : piece.rows)
        for (std::uint32_t at = row.node; at != 0 && numbers[at] == 0;
             at = function.inlined[at - 1].node.parent)
            numbers[at] = 1;
    for (std::uint32_t i = 1; i < numbers.size(); i++) {
        if (numbers[i] == 0) continue;
        layout::CodeNode node = function.inlined[i - 1].node;
        node.parent = numbers[node.parent];
        piece.nodes.push_back(node);
        numbers[i] = static_cast<std::uint32_t>(piece.nodes.size());
    }
    for (CodeRow& row : piece.rows) row.node = numbers[row.node];
}

}  // namespace

void append_pieces(const UnitFunction& function, const LineTable& lines,
                   std::vector<layout::CodePiece>& pieces, std::uint64_t& work) {
    for (const CodeRange& range : function.ranges) {
        if (range.end - range.begin > UINT32_MAX) continue;
        CodePiece piece;
        piece.begin = range.begin;
        piece.end = range.end;
        piece.entry = function.entry;
        piece.function = function.name;
        Cells cells = paint(function, range, work);
        auto line = std::upper_bound(
            lines.rows().begin(), lines.rows().end(), range.begin,
            [](std::uint64_t key, const LineRow& row) { return key < row.address; });
        LineRow now;  // the line in force
        if (line != lines.rows().begin()) now = *std::prev(line);
        std::size_t cell = 0;
        for (std::uint64_t at = range.begin;;) {
            CodeRow row{static_cast<std::uint32_t>(at - range.begin), cells.nodes[cell],
                        now.end ? 0 : now.file, now.end ? 0 : now.line};
            bool same = !piece.rows.empty() && piece.rows.back().node == row.node &&
                        piece.rows.back().file == row.file && piece.rows.back().line == row.line;
            if (!same) piece.rows.push_back(row);
            std::uint64_t next_cell =
                cell + 1 < cells.begins.size() ? cells.begins[cell + 1] : range.end;
            std::uint64_t next_line = line != lines.rows().end() ? line->address : range.end;
            at = std::min(next_cell, next_line);
            if (at >= range.end) break;
            if (at == next_cell) cell++;
            if (at == next_line) now = *line++;
        }
        keep_used_nodes(function, piece);
        piece.rows.shrink_to_fit();
        pieces.push_back(std::move(piece));
    }
}

}  // namespace nfstriage::debuginfo
