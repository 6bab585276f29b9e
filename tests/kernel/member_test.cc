#include "kernel/member.h"
#include "catch.h"
#include "fakes/memory.h"

using namespace nfstriage;
using fakes::FakeMemory;

namespace {

constexpr VAddr kAt{0xffff888000001000};
constexpr std::uint8_t kBytes[16] = {0x91, 0x3c, 0xf7, 0x08, 0xa5, 0x5e, 0xd2, 0x6b,
                                     0x80, 0x4f, 0x17, 0xee, 0x39, 0xc4, 0x02, 0xbd};

FakeMemory memory_of_bytes() {
    FakeMemory memory;
    memory.put(kAt, std::vector<std::uint8_t>(std::begin(kBytes), std::end(kBytes)));
    return memory;
}

layout::Member member_of(std::uint64_t size, unsigned bit_offset, unsigned bit_size,
                         bool is_signed) {
    layout::Member member;
    member.type.name = "made up";
    member.type.size = size;
    member.type.is_signed = is_signed;
    member.bit_offset = bit_offset;
    member.bit_size = bit_size;
    return member;
}

std::uint64_t bit_by_bit(unsigned first, unsigned bits) {
    std::uint64_t value = 0;
    for (unsigned i = 0; i < bits; ++i) {
        unsigned at = first + i;
        value |= std::uint64_t{kBytes[at / 8] >> at % 8 & 1u} << i;
    }
    return value;
}

}  // namespace

TEST_CASE("bit fields of any place and width are read bit by bit right") {
    FakeMemory memory = memory_of_bytes();
    for (unsigned offset = 0; offset < 64; ++offset)
        for (unsigned bits = 1; bits <= 64; ++bits) {
            std::uint64_t plain = bit_by_bit(offset, bits);
            CHECK(kernel::read_value(memory, member_of(8, offset, bits, false), kAt) == plain);
            std::uint64_t extended = plain;
            if (bits < 64 && (plain >> (bits - 1) & 1) != 0) extended |= ~std::uint64_t{0} << bits;
            CHECK(kernel::read_value(memory, member_of(8, offset, bits, true), kAt) == extended);
        }
}

TEST_CASE("integers are read with their own width, and no byte behind them") {
    FakeMemory memory = memory_of_bytes();
    CHECK(kernel::read_value(memory, member_of(1, 0, 0, false), kAt + 15) == 0xbdu);
    CHECK(kernel::read_value(memory, member_of(2, 0, 0, true), kAt + 14) == 0xffffffffffffbd02u);
    CHECK(kernel::read_value(memory, member_of(8, 0, 0, false), kAt + 8) == 0xbd02c439ee174f80u);
    CHECK_FALSE(kernel::read_value(memory, member_of(8, 0, 0, false), kAt + 9));
    CHECK(kernel::read_value(memory, member_of(16, 0, 0, false), kAt).error().reason ==
          Reason::no_type);
}
