#include "layout/cfi_table.h"

#include <random>

#include "catch.h"
#include "layout/orc_table.h"

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

CfiRow make_row(Random& random) {
    CfiRow row;
    row.return_address = random() % 2 ? 16 : 30;
    if (random() % 5 != 0)
        row.cfa = CfiRow::Cfa{static_cast<std::uint16_t>(random() % 32),
                              8 * std::int64_t{random() % 20} - 16};
    for (std::uint16_t reg = 0; reg < 31; reg++) {
        if (random() % 5 != 0) continue;
        CfiRow::Register each{reg, static_cast<CfiRow::Rule>(random() % 4), 0};
        if (each.rule == CfiRow::Rule::saved || each.rule == CfiRow::Rule::value)
            each.offset = -8 * static_cast<std::int64_t>(random() % 20);
        row.registers.push_back(each);
    }
    return row;
}

std::vector<AddressState> make_states(unsigned count) {
    Random random(8);
    std::vector<CfiRow> rows;
    for (int i = 0; i < 50; i++) rows.push_back(make_row(random));
    std::vector<AddressState> states;
    std::uint64_t address = 0xffff800008000000;
    for (unsigned i = 0; i < count; i++) {
        address += 4 * (1 + random() % 30);
        if (random() % 10 == 0)
            states.push_back({address, {}});
        else
            states.push_back({address, encode_cfi_row(rows[random() % rows.size()])});
    }
    return states;
}

}  // namespace

TEST_CASE("a CFI table gives back the row in force at each address, and none behind a function") {
    std::vector<AddressState> states = make_states(40000);  // several blocks
    std::vector<std::uint8_t> bytes = pack_states(states, 3);
    auto table = CfiTable::open(bytes);
    REQUIRE(table);
    for (std::size_t i = 0; i + 1 < states.size(); i++) {
        for (std::uint64_t at : {states[i].address, states[i + 1].address - 1}) {
            auto row = table->at(at);
            if (states[i].state.empty()) {
                REQUIRE(!row);
                CHECK(row.error().reason == Reason::no_symbol);
                continue;
            }
            REQUIRE(row);
            REQUIRE(row->begin == states[i].address);
            REQUIRE(encode_cfi_row(*row) == states[i].state);
        }
    }
    CHECK(!table->at(states.front().address - 1));
    CHECK(!table->at(0));
}

TEST_CASE("rows of call frame information survive being written") {
    Random random(77);
    for (int i = 0; i < 1000; i++) {
        CfiRow row = make_row(random);
        auto again = decode_cfi_row(encode_cfi_row(row));
        REQUIRE(again);
        CHECK(again->cfa == row.cfa);
        CHECK(again->registers == row.registers);
        CHECK(again->return_address == row.return_address);
    }
}

TEST_CASE("a register that a row does not name is unchanged") {
    CfiRow row;
    row.registers = {{3, CfiRow::Rule::saved, -16}};
    REQUIRE(row.find(3) != nullptr);
    CHECK(row.find(3)->offset == -16);
    CHECK(row.find(6) == nullptr);
}

TEST_CASE("an ORC table gives back entries as they were") {
    std::vector<AddressState> states = {
        {0x1000, {1, 2, 3, 4, 5, 6}}, {0x1001, {0, 0, 0, 0, 0, 0}}, {0x2000, {1, 2, 3, 4, 5, 6}}};
    std::vector<std::uint8_t> bytes = pack_states(states, 1);
    auto table = OrcTable::open(bytes);
    REQUIRE(table);
    CHECK(table->at(0x1000)->entry == states[0].state);
    CHECK(table->at(0x1fff)->entry == states[1].state);
    CHECK(table->at(0x1fff)->begin == 0x1001);
    CHECK(table->at(UINT64_MAX)->begin == 0x2000);
    CHECK(!table->at(0xfff));
}

TEST_CASE("truncated and flipped CFI tables give Unknown or an answer") {
    std::vector<AddressState> states = make_states(3000);
    std::vector<std::uint8_t> bytes = pack_states(states, 3);
    for (std::size_t size = 0; size < bytes.size(); size++) {
        auto table = CfiTable::open(ByteSpan(bytes).first(size));
        if (table) CHECK(!table->at(states.back().address));
    }
    Random random(5);
    for (int round = 0; round < 5000; round++) {
        std::vector<std::uint8_t> bad = bytes;
        for (unsigned k = 0; k <= random() % 4; k++)
            bad[random() % bad.size()] ^= static_cast<std::uint8_t>(1u << random() % 8);
        auto table = CfiTable::open(bad);
        if (!table) continue;
        for (int i = 0; i < 5; i++) {
            auto row = table->at(states[random() % states.size()].address);
            if (!row) CHECK(row.error().reason != Reason::null);
        }
    }
    for (int round = 0; round < 5000; round++) {
        std::vector<std::uint8_t> noise(random() % 24);
        for (auto& byte : noise) byte = static_cast<std::uint8_t>(random());
        auto row = decode_cfi_row(noise);
        if (row) CHECK(row->registers.size() <= noise.size());
    }
}
