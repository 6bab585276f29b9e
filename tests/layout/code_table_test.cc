#include "layout/code_table.h"

#include <cstring>
#include <random>

#include "catch.h"
#include "layout/code_blocks.h"
#include "layout/code_blocks_write.h"

using namespace nfstriage;
using namespace nfstriage::layout;

namespace {

// Numbers of 32 bits that are the same in every run.
class Random {
public:
    explicit Random(unsigned seed) : engine_(seed) {}
    unsigned operator()() { return static_cast<unsigned>(engine_()); }

private:
    std::mt19937 engine_;
};

// A made-up kernel of `functions` functions with random inlining, lines and parameters.
CodeModel make_model(unsigned functions, unsigned seed, std::uint64_t alignment = 1) {
    CodeModel model;
    Random random(seed);
    std::vector<std::uint32_t> files, names;
    for (int i = 0; i < 9; i++)
        files.push_back(model.strings.number("fs/nfs/file" + std::to_string(i) + ".c"));
    for (int i = 0; i < 40; i++)
        names.push_back(model.strings.number("inlined_" + std::to_string(i)));
    std::uint64_t address = 0xffffffff81000000;
    for (unsigned i = 0; i < functions; i++) {
        CodePiece piece;
        piece.begin = address += random() % 8 * 16;
        piece.entry = i % 7 == 6 ? piece.begin - 0x4000 : piece.begin;  // a cold part
        piece.function = model.strings.number("function_" + std::to_string(i));
        unsigned nodes = random() % 6;
        for (unsigned k = 0; k < nodes; k++)
            piece.nodes.push_back({static_cast<std::uint32_t>(random() % (k + 1)),
                                   names[random() % names.size()], files[random() % files.size()],
                                   static_cast<std::uint32_t>(random() % 5000)});
        std::uint32_t offset = 0;
        for (unsigned k = 0; k < 1 + random() % 30; k++) {
            piece.rows.push_back({offset, static_cast<std::uint32_t>(random() % (nodes + 1)),
                                  files[random() % files.size()],
                                  static_cast<std::uint32_t>(random() % 5000)});
            offset += static_cast<std::uint32_t>((1 + random() % 20) * alignment);
        }
        piece.end = address = piece.begin + offset;
        if (piece.entry == piece.begin) {
            CodeParameters known;
            known.entry = piece.entry;
            for (unsigned k = 0; k < random() % 4; k++) {
                CodeParameter& parameter = known.parameters.emplace_back();
                parameter.name = names[k];
                parameter.type =
                    model.strings.number("struct type_" + std::to_string(random() % 30) + " *");
                for (unsigned l = 0; l < random() % 3; l++) {
                    Location& location = parameter.locations.emplace_back();
                    location.kind = static_cast<Location::Kind>(random() % 7);
                    location.reg = static_cast<std::uint16_t>(random() % 33);
                    bool has_offset = location.kind != Location::Kind::in_register &&
                                      location.kind != Location::Kind::entry_value &&
                                      location.kind != Location::Kind::other;
                    if (has_offset) location.offset = static_cast<std::int64_t>(random()) - 1000000;
                    location.begin = piece.begin + l;
                    location.end = piece.begin + l + 1 + random() % 50;
                }
            }
            CodeCall call;
            call.return_address = piece.begin + 1;
            call.arguments.push_back({5, Location{Location::Kind::constant, 0, 42, 0, 0}});
            known.calls.push_back(call);
            model.parameters.push_back(std::move(known));
        }
        model.pieces.push_back(std::move(piece));
    }
    return model;
}

std::vector<SourceFrame> expected(const CodeModel& model, const CodePiece& piece,
                                  const CodeRow& row) {
    std::vector<SourceFrame> frames;
    auto text = [&](std::uint32_t number) { return std::string(model.strings.text(number)); };
    std::string file = text(row.file);
    unsigned line = row.line;
    for (std::uint32_t node = row.node; node != 0; node = piece.nodes[node - 1].parent) {
        const CodeNode& inlined = piece.nodes[node - 1];
        frames.push_back({text(inlined.function), file, line, true});
        file = text(inlined.call_file);
        line = inlined.call_line;
    }
    frames.push_back({text(piece.function), file, line, false});
    return frames;
}

bool same(const std::vector<SourceFrame>& a, const std::vector<SourceFrame>& b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const auto& x, const auto& y) {
        return x.function == y.function && x.file == y.file && x.line == y.line &&
               x.inlined == y.inlined;
    });
}

// Asks everything; the answers do not matter.
std::size_t ask_everything(const std::vector<std::uint8_t>& bytes, std::uint64_t first,
                           std::uint64_t last) {
    auto table = CodeTable::open(bytes);
    if (!table) return 0;
    std::size_t known = table->entries("function_3").size();
    for (std::uint64_t at = first; at < last; at += (last - first) / 23 + 1) {
        known += table->source_of(at) ? 1 : 0;
        known += table->function_at(at) ? 1 : 0;
        known += table->call_arguments(at) ? 1 : 0;
    }
    return known;
}

}  // namespace

TEST_CASE("a code table gives back every row, parameter and call that was written") {
    for (std::uint64_t alignment : {1, 4}) {
        CodeModel model = make_model(3000, 11, alignment);  // many blocks
        CodeModel copy = make_model(3000, 11, alignment);
        std::vector<std::uint8_t> bytes = write_code_table(std::move(copy), 5);
        auto table = CodeTable::open(bytes);
        REQUIRE(table);
        for (const CodePiece& piece : model.pieces) {
            for (std::size_t i = 0; i < piece.rows.size(); i++) {
                auto end =
                    i + 1 < piece.rows.size() ? piece.begin + piece.rows[i + 1].offset : piece.end;
                for (std::uint64_t at : {piece.begin + piece.rows[i].offset, end - 1}) {
                    auto frames = table->source_of(at);
                    REQUIRE(frames);
                    REQUIRE(same(*frames, expected(model, piece, piece.rows[i])));
                }
            }
            auto function = table->function_at(piece.begin);
            REQUIRE(function);
            CHECK(function->begin == piece.begin);
            CHECK(function->end == piece.end);
            CHECK(function->entry == piece.entry);
        }
        for (const CodeParameters& known : model.parameters) {
            auto function = table->function_at(known.entry);
            REQUIRE(function);
            REQUIRE(function->parameters.size() == known.parameters.size());
            for (std::size_t i = 0; i < known.parameters.size(); i++) {
                const CodeParameter& wanted = known.parameters[i];
                const Parameter& got = function->parameters[i];
                CHECK(got.name == model.strings.text(wanted.name));
                CHECK(got.type == model.strings.text(wanted.type));
                REQUIRE(got.locations.size() == wanted.locations.size());
                for (std::size_t k = 0; k < wanted.locations.size(); k++) {
                    CHECK(got.locations[k].kind == wanted.locations[k].kind);
                    CHECK(got.locations[k].reg == wanted.locations[k].reg);
                    CHECK(got.locations[k].offset == wanted.locations[k].offset);
                    CHECK(got.locations[k].begin == wanted.locations[k].begin);
                    CHECK(got.locations[k].end == wanted.locations[k].end);
                }
            }
            auto arguments = table->call_arguments(known.calls[0].return_address);
            REQUIRE(arguments);
            REQUIRE(arguments->size() == 1);
            CHECK((*arguments)[0].reg == 5);
            CHECK((*arguments)[0].value.offset == 42);
        }
    }
}

TEST_CASE("functions are found by name, where they are entered and not where a cold part is") {
    CodeModel model = make_model(1500, 3);
    auto twice = model.pieces[100].function;
    model.pieces[900].function = twice;
    model.pieces[900].entry = model.pieces[900].begin;
    std::vector<std::uint64_t> wanted = {model.pieces[100].begin, model.pieces[900].begin};
    std::vector<std::uint8_t> bytes = write_code_table(std::move(model), 1);
    auto table = CodeTable::open(bytes);
    REQUIRE(table);
    CHECK(table->entries("function_100") == wanted);
    CHECK(table->entries("function_6").empty());  // a cold part only
    CHECK(table->entries("no_such_function").empty());
    CHECK(table->entries("").empty());
}

TEST_CASE("an address outside of every function has no source") {
    CodeModel model = make_model(50, 5);
    std::uint64_t first = model.pieces.front().begin, last = model.pieces.back().end;
    std::vector<std::uint8_t> bytes = write_code_table(std::move(model), 1);
    auto table = CodeTable::open(bytes);
    REQUIRE(table);
    for (std::uint64_t at : {std::uint64_t{0}, first - 1, last, UINT64_MAX}) {
        auto source = table->source_of(at);
        REQUIRE(!source);
        CHECK(source.error().reason == Reason::no_symbol);
        CHECK(!table->function_at(at));
    }
}

TEST_CASE("overlapping pieces lose what an earlier one has") {
    CodeModel model;
    auto piece = [&](std::uint64_t begin, std::uint64_t end, const char* name) {
        CodePiece out;
        out.begin = out.entry = begin;
        out.end = end;
        out.function = model.strings.number(name);
        out.rows.push_back({0, 0, model.strings.number("a.c"), 1});
        out.rows.push_back({4, 0, model.strings.number("a.c"), 2});
        return out;
    };
    model.pieces = {piece(0x1010, 0x1020, "late"), piece(0x1000, 0x1012, "early"),
                    piece(0x1002, 0x1004, "inside")};
    std::vector<std::uint8_t> bytes = write_code_table(std::move(model), 1);
    auto table = CodeTable::open(bytes);
    REQUIRE(table);
    CHECK(table->source_of(0x1003)->front().function == "early");
    CHECK(table->source_of(0x1011)->front().function == "early");
    CHECK(table->source_of(0x1012)->front().function == "late");
    CHECK(table->source_of(0x1012)->front().line == 1);
    CHECK(table->source_of(0x1014)->front().line == 2);
}

TEST_CASE("every truncation of a code table is refused or answered, never fatal") {
    CodeModel model = make_model(120, 9);
    std::uint64_t first = model.pieces.front().begin, last = model.pieces.back().end;
    std::vector<std::uint8_t> bytes = write_code_table(std::move(model), 3);
    std::size_t whole = ask_everything(bytes, first, last);
    CHECK(whole > 20);
    for (std::size_t size = 0; size < bytes.size(); size += 1 + size / 200) {
        std::vector<std::uint8_t> cut(bytes.begin(),
                                      bytes.begin() + static_cast<std::ptrdiff_t>(size));
        CHECK(ask_everything(cut, first, last) == 0);
    }
}

TEST_CASE("thousands of flipped bits in a code table give Unknown or an answer") {
    CodeModel model = make_model(120, 9);
    std::uint64_t first = model.pieces.front().begin, last = model.pieces.back().end;
    std::vector<std::uint8_t> bytes = write_code_table(std::move(model), 3);
    Random random(42);
    std::size_t unknown = 0;
    for (int round = 0; round < 3000; round++) {
        std::vector<std::uint8_t> bad = bytes;
        for (unsigned k = 0; k <= random() % 4; k++)
            bad[random() % bad.size()] ^= static_cast<std::uint8_t>(1u << random() % 8);
        unknown += ask_everything(bad, first, last) == 0 ? 1 : 0;
    }
    CHECK(unknown > 0);
}

TEST_CASE("blocks that contradict themselves inside a good container are refused") {
    CodeModel model = make_model(40, 21);
    std::uint64_t first = model.pieces.front().begin, last = model.pieces.back().end;
    std::vector<std::uint8_t> bytes = write_code_table(std::move(model), 3);
    CodeTableHeader header;
    std::memcpy(&header, bytes.data(), sizeof header);
    auto source = CodeBlocks::open(ByteSpan(bytes).subspan(sizeof header, header.source_size));
    REQUIRE(source);
    auto block = source->unpack(0);
    REQUIRE(block);
    Random random(1);
    for (int round = 0; round < 3000; round++) {
        CodeBlock bad{source->first_address(0), *block};
        for (unsigned k = 0; k <= random() % 3; k++)
            bad.bytes[random() % bad.bytes.size()] = static_cast<std::uint8_t>(random());
        if (round % 5 == 0) bad.bytes.resize(random() % bad.bytes.size());
        std::vector<std::uint8_t> packed = pack_code_blocks({&bad, 1}, 1);
        CodeTableHeader changed = header;
        changed.source_size = static_cast<std::uint32_t>(packed.size());
        std::vector<std::uint8_t> table(sizeof changed);
        std::memcpy(table.data(), &changed, sizeof changed);
        table.insert(table.end(), packed.begin(), packed.end());
        table.insert(
            table.end(),
            bytes.begin() + static_cast<std::ptrdiff_t>(sizeof header + header.source_size),
            bytes.end());
        ask_everything(table, first, last);
    }
}
