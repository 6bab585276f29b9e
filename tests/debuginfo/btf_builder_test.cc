#include "debuginfo/btf_builder.h"

#include <bpf/btf.h>

#include "catch.h"
#include "layout/btf_types.h"

using namespace nfstriage;
using namespace nfstriage::debuginfo;
using layout::BtfKind;
using IntKind = BtfBuilder::IntKind;

namespace {

struct LibbpfBtf {
    explicit LibbpfBtf(const std::vector<std::uint8_t>& bytes)
        : btf(btf__new(bytes.data(), static_cast<std::uint32_t>(bytes.size()))) {}
    ~LibbpfBtf() { btf__free(btf); }
    struct btf* btf;
};

std::vector<std::uint8_t> finished(const BtfBuilder& builder) {
    auto bytes = builder.finish();
    REQUIRE(bytes);
    CHECK(bytes->size() == builder.bytes());
    return *bytes;
}

}  // namespace

TEST_CASE("libbpf reads every kind that we write") {
    BtfBuilder builder;
    TypeId number = builder.integer("int", 4, IntKind::signed_);
    TypeId flag = builder.integer("_Bool", 1, IntKind::boolean);
    TypeId real = builder.floating("double", 8);
    TypeId node = builder.declare(BtfKind::structure, "node");
    TypeId other = builder.declare(BtfKind::union_, "other");
    TypeId next = builder.refer(BtfKind::pointer, node);
    TypeId inner = builder.anonymous(BtfKind::union_, 8, {{"a", number, 0}, {"b", next, 0}});
    TypeId state = builder.enumeration("state", 4, true, {{"LOW", -1}, {"HIGH", 7}});
    TypeId big = builder.enumeration("big", 8, false,
                                     {{"MOST", static_cast<std::int64_t>(0xfedcba9876543210)}});
    TypeId call = builder.prototype(number, {{"node", next}, {"flag", flag}}, true);
    TypeId constant = builder.refer(BtfKind::const_, builder.typedef_("state_t", state));
    REQUIRE(builder.define(node, 64,
                           {{"next", next, 0},
                            {"", inner, 64},
                            {"low", number, 128, 3},
                            {"high", number, 131, 5},
                            {"state", constant, 160},
                            {"big", big, 192},
                            {"grid", builder.array(builder.array(number, 2), 3), 256},
                            {"real", real, 448}}));
    builder.function("walk", call, true);
    auto bytes = finished(builder);
    LibbpfBtf theirs(bytes);
    REQUIRE(theirs.btf != nullptr);
    CHECK(btf__type_cnt(theirs.btf) == builder.types() + 1);
    int id = btf__find_by_name_kind(theirs.btf, "node", BTF_KIND_STRUCT);
    REQUIRE(id > 0);
    const btf_type* type = btf__type_by_id(theirs.btf, static_cast<std::uint32_t>(id));
    CHECK(btf_vlen(type) == 8);
    CHECK(btf_member_bit_offset(type, 3) == 131);
    CHECK(btf_member_bitfield_size(type, 3) == 5);
    CHECK(btf_member_bitfield_size(type, 4) == 0);
    CHECK(btf__resolve_size(theirs.btf, static_cast<std::uint32_t>(id)) == 64);
    const btf_type* fwd = btf__type_by_id(theirs.btf, other);
    CHECK(btf_is_fwd(fwd));
    CHECK(btf_kflag(fwd));
    const btf_type* wide = btf__type_by_id(theirs.btf, big);
    REQUIRE(btf_is_enum64(wide));
    CHECK(btf_enum64_value(btf_enum64(wide)) == 0xfedcba9876543210);

    auto ours = layout::Btf::parse(bytes);
    REQUIRE(ours);
    layout::BtfTypes types(std::move(*ours));
    CHECK(types.member("struct node", "high")->bit_size == 5);
    CHECK(types.offset_of("struct node", "grid[2]").value() == 48);
    CHECK(types.enumerator("LOW").value() == -1);
    CHECK(types.parameters("walk")->size() >= 2);
}

TEST_CASE("equal content gets one id, a different name or member another") {
    BtfBuilder builder;
    TypeId number = builder.integer("int", 4, IntKind::signed_);
    CHECK(builder.integer("int", 4, IntKind::signed_) == number);
    CHECK(builder.integer("int", 4, IntKind::unsigned_) != number);
    TypeId one = builder.anonymous(BtfKind::structure, 4, {{"a", number, 0}});
    CHECK(builder.anonymous(BtfKind::structure, 4, {{"a", number, 0}}) == one);
    CHECK(builder.anonymous(BtfKind::union_, 4, {{"a", number, 0}}) != one);
    CHECK(builder.anonymous(BtfKind::structure, 4, {{"b", number, 0}}) != one);
    auto before = builder.bytes();
    builder.enumeration("e", 4, false, {{"X", 1}});
    auto with = builder.bytes();
    CHECK(with > before);
    builder.enumeration("e", 4, false, {{"X", 1}});
    CHECK(builder.bytes() == with);
    finished(builder);
}

TEST_CASE("what the format cannot say is refused, not bent") {
    BtfBuilder builder;
    TypeId number = builder.integer("int", 4, IntKind::signed_);
    std::vector<BtfBuilder::Member> many(65536, {"m", number, 0});
    TypeId tagged = builder.declare(BtfKind::structure, "wide");
    CHECK_FALSE(builder.define(tagged, 4, many));
    CHECK_FALSE(builder.define(tagged, 4, {{"far", number, 1 << 24, 1}}));
    CHECK_FALSE(builder.define(tagged, std::uint64_t{1} << 32, {}));
    CHECK_FALSE(builder.defined(tagged));
    CHECK(builder.anonymous(BtfKind::union_, 4, many) == 0);
    REQUIRE(builder.define(tagged, 4, {{"far", number, 1 << 24}}));
    CHECK_FALSE(builder.define(tagged, 8, {}));
    LibbpfBtf theirs(finished(builder));
    CHECK(theirs.btf != nullptr);
}

TEST_CASE("a BTF without types is a BTF") {
    LibbpfBtf theirs(finished(BtfBuilder()));
    CHECK(theirs.btf != nullptr);
}
