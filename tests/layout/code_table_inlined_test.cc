#include <cstring>
#include <random>

#include "catch.h"
#include "layout/code_blocks_inlined.h"
#include "layout/code_blocks_write.h"
#include "layout/code_table.h"

using namespace nfstriage;
using namespace nfstriage::layout;

namespace {

class Random {
public:
    explicit Random(unsigned seed) : engine_(seed) {}
    unsigned operator()() { return static_cast<unsigned>(engine_()); }

private:
    std::mt19937 engine_;
};

// Functions with a random tree of inlined calls, of which most have parameters; the locations of
// one begin and end anywhere, also outside of the call.
CodeModel make_model(unsigned functions, unsigned seed, std::uint64_t unit) {
    CodeModel model;
    Random random(seed);
    std::uint64_t address = 0xffffffff81000000;
    for (unsigned i = 0; i < functions; i++) {
        CodePiece piece;
        piece.begin = piece.entry = address + unit * (random() % 3);
        piece.function = model.strings.number("function_" + std::to_string(i));
        unsigned nodes = random() % 7, rows = 1 + random() % 30;
        std::uint64_t size = unit * (rows * 4 + 8);
        piece.end = piece.begin + size;
        for (unsigned n = 0; n < nodes; n++) {
            CodeNode& node = piece.nodes.emplace_back();
            node.parent = random() % (n + 1);
            node.function = model.strings.number("inlined_" + std::to_string(random() % 20));
            if (random() % 4 == 0) continue;
            auto& parameters = model.inlined.emplace_back();
            node.known = static_cast<std::uint32_t>(model.inlined.size());
            for (unsigned k = 0; k < random() % 4; k++) {
                CodeParameter& parameter = parameters.emplace_back();
                parameter.name = model.strings.number("p" + std::to_string(k));
                parameter.type =
                    model.strings.number("struct t" + std::to_string(random() % 9) + " *");
                std::uint64_t at = piece.begin - std::min<std::uint64_t>(piece.begin, unit * 5);
                for (unsigned l = 0; l < random() % 6; l++) {
                    Location location;
                    location.kind = static_cast<Location::Kind>(random() % 7);
                    location.reg = static_cast<std::uint16_t>(random() % 3);
                    if (location.kind == Location::Kind::at_frame)
                        location.offset = -8 * static_cast<std::int64_t>(random() % 30);
                    if (l == 0 && random() % 5 == 0) {  // throughout
                        parameter.locations.push_back(location);
                        break;
                    }
                    location.begin = at + unit * (random() % 20);
                    location.end = at = location.begin + unit * (1 + random() % 40);
                    if (random() % 3 == 0) location.end = --at;  // inside of an instruction
                    if (location.end > location.begin) parameter.locations.push_back(location);
                }
            }
        }
        for (unsigned r = 0; r < rows; r++) {
            CodeRow row;
            row.offset = static_cast<std::uint32_t>(unit * r * 4);
            row.node = random() % (nodes + 1);
            row.line = random() % 1000;
            piece.rows.push_back(row);
        }
        address = piece.end;
        model.pieces.push_back(std::move(piece));
    }
    return model;
}

// Where a parameter is at an address; null when it is not said.
const Location* at(const std::vector<Location>& locations, std::uint64_t address) {
    for (const Location& each : locations)
        if ((each.begin == 0 && each.end == 0) || (address >= each.begin && address < each.end))
            return &each;
    return nullptr;
}

bool same_place(const Location* a, const Location* b) {
    if (a == nullptr || b == nullptr) return a == b;
    return a->kind == b->kind && a->reg == b->reg && a->offset == b->offset;
}

}  // namespace

TEST_CASE("parameters of inlined calls are read back at every instruction of the call") {
    for (std::uint64_t unit : {1, 4}) {
        CodeModel model = make_model(1500, 17, unit);
        std::vector<std::uint8_t> bytes = write_code_table(make_model(1500, 17, unit), 3);
        auto table = CodeTable::open(bytes);
        REQUIRE(table);
        std::size_t known = 0, nothing = 0;
        for (const CodePiece& piece : model.pieces)
            for (std::size_t r = 0; r < piece.rows.size(); r++) {
                std::uint64_t end =
                    r + 1 < piece.rows.size() ? piece.begin + piece.rows[r + 1].offset : piece.end;
                for (std::uint64_t address = piece.begin + piece.rows[r].offset; address < end;
                     address++) {
                    auto inlined = table->inlined_at(address);
                    auto source = table->source_of(address);
                    REQUIRE(inlined);
                    REQUIRE(source);
                    REQUIRE(inlined->size() + 1 == source->size());
                    std::size_t depth = 0;
                    for (std::uint32_t node = piece.rows[r].node; node != 0;
                         node = piece.nodes[node - 1].parent) {
                        const InlinedFunction& got = (*inlined)[depth];
                        REQUIRE(got.name == (*source)[depth++].function);
                        std::uint32_t place = piece.nodes[node - 1].known;
                        if (place == 0) {
                            REQUIRE(got.parameters.empty());
                            continue;
                        }
                        const auto& wanted = model.inlined[place - 1];
                        REQUIRE(got.parameters.size() == wanted.size());
                        for (std::size_t k = 0; k < wanted.size(); k++) {
                            REQUIRE(got.parameters[k].name == model.strings.text(wanted[k].name));
                            REQUIRE(got.parameters[k].type == model.strings.text(wanted[k].type));
                            const Location* here = at(got.parameters[k].locations, address);
                            REQUIRE(same_place(here, at(wanted[k].locations, address)));
                            (here == nullptr ? nothing : known)++;
                        }
                    }
                }
            }
        CHECK(known > 10000);
        CHECK(nothing > 10000);
    }
}

TEST_CASE("a call whose parameter stays in one register takes a few bytes") {
    CodeModel model;
    for (unsigned i = 0; i < 400; i++) {
        CodePiece piece;
        piece.begin = piece.entry = 0x1000 + i * 0x100;
        piece.end = piece.begin + 0x100;
        piece.function = model.strings.number("f");
        piece.nodes.push_back({0, model.strings.number("g"), 0, 0, i + 1});
        piece.rows = {{0, 0, 0, 1}, {0x10, 1, 0, 2}, {0x20, 0, 0, 3}, {0x30 + i % 64, 1, 0, 4}};
        Location location{Location::Kind::in_register, 3, 0, piece.begin, piece.end};
        model.inlined.push_back(
            {{model.strings.number("r"), model.strings.number("struct request *"), {location}}});
        model.pieces.push_back(std::move(piece));
    }
    CodeTableSizes sizes;
    std::vector<std::uint8_t> bytes = write_code_table(std::move(model), 17, &sizes);
    CHECK(sizes.inlined < 200);
    auto table = CodeTable::open(bytes);
    REQUIRE(table);
    auto inlined = table->inlined_at(0x1010);
    REQUIRE(inlined);
    REQUIRE(inlined->size() == 1);
    REQUIRE(inlined->front().parameters.size() == 1);
    REQUIRE(inlined->front().parameters[0].locations.size() == 1);
    CHECK(inlined->front().parameters[0].locations[0].begin == 0x1010);
    CHECK(inlined->front().parameters[0].locations[0].end == 0x1100);
    CHECK(table->inlined_at(0x1000)->empty());
    CHECK(table->inlined_at(0x1020)->empty());
    CHECK(!table->inlined_at(0xfff));
}

TEST_CASE("a table without parameters of inlined calls names them all the same") {
    CodeModel model;
    CodePiece piece;
    piece.begin = piece.entry = 0x1000;
    piece.end = 0x1010;
    piece.function = model.strings.number("f");
    piece.nodes.push_back({0, model.strings.number("g"), 0, 0, 0});
    piece.rows = {{0, 1, 0, 1}};
    model.pieces.push_back(piece);
    CodeTableSizes sizes;
    std::vector<std::uint8_t> bytes = write_code_table(std::move(model), 3, &sizes);
    CHECK(sizes.inlined == 0);
    auto table = CodeTable::open(bytes);
    REQUIRE(table);
    auto inlined = table->inlined_at(0x1004);
    REQUIRE(inlined);
    REQUIRE(inlined->size() == 1);
    CHECK(inlined->front().name == "g");
    CHECK(inlined->front().parameters.empty());
}

TEST_CASE("damaged blocks of inlined parameters give Unknown or an answer") {
    CodeModel model = make_model(60, 4, 1);
    std::uint64_t first = model.pieces.front().begin, last = model.pieces.back().end;
    std::vector<std::uint8_t> bytes = write_code_table(std::move(model), 3);
    CodeTableHeader header;
    std::memcpy(&header, bytes.data(), sizeof header);
    std::size_t before = sizeof header + header.source_size + header.parameters_size +
                         header.strings_size + header.names_size;
    REQUIRE(before < bytes.size());
    auto inlined = CodeBlocks::open(ByteSpan(bytes).subspan(before));
    REQUIRE(inlined);
    auto block = inlined->unpack(0);
    REQUIRE(block);
    Random random(1);
    std::size_t answered = 0, refused = 0;
    for (int round = 0; round < 3000; round++) {
        CodeBlock bad{inlined->first_address(0), *block};
        for (unsigned k = 0; k <= random() % 3; k++)
            bad.bytes[random() % bad.bytes.size()] = static_cast<std::uint8_t>(random());
        if (round % 5 == 0) bad.bytes.resize(random() % bad.bytes.size());
        std::vector<std::uint8_t> packed = pack_code_blocks({&bad, 1}, 1);
        std::vector<std::uint8_t> whole(bytes.begin(),
                                        bytes.begin() + static_cast<std::ptrdiff_t>(before));
        whole.insert(whole.end(), packed.begin(), packed.end());
        auto table = CodeTable::open(whole);
        REQUIRE(table);
        for (std::uint64_t address = first; address < last; address += (last - first) / 40 + 1)
            (table->inlined_at(address) ? answered : refused)++;
    }
    CHECK(answered > 0);
    CHECK(refused > 0);
    for (std::size_t size = before + 1; size < bytes.size(); size += 7) {
        auto cut = CodeTable::open(ByteSpan(bytes).first(size));
        if (!cut) continue;
        for (std::uint64_t address = first; address < last; address += 97)
            answered += cut->inlined_at(address) ? 1 : 0;
    }
}
