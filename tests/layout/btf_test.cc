#include <cstring>
#include <random>

#include "catch.h"
#include "fakes/btf_writer.h"
#include "layout/btf_types.h"

using namespace nfstriage;
using namespace nfstriage::layout;
using fakes::BtfWriter;

namespace {

// struct rpc_task { atomic_t tk_count; int tk_status; struct list_head tk_task;
//                   union { struct { int tk_x; } ; long tk_y; }; unsigned char bits:3, more:5;
//                   char *tk_names[4]; };
struct Sample {
    BtfWriter writer;
    std::uint32_t rpc_task = 0;

    Sample() {
        auto integer = writer.integer("int", 4, true);
        auto character = writer.integer("char", 1);
        auto byte = writer.integer("unsigned char", 1);
        auto wide = writer.integer("long", 8, true);
        auto counter = writer.structure("", 4, {{"counter", integer, 0}});
        auto atomic = writer.typedef_("atomic_t", counter);
        auto forward_pointer = writer.pointer(writer.next_id() + 1);
        auto list = writer.structure("list_head", 16,
                                     {{"next", forward_pointer, 0}, {"prev", forward_pointer, 64}});
        auto inner = writer.structure("", 4, {{"tk_x", integer, 0}});
        auto either = writer.structure("", 8, {{"", inner, 0}, {"tk_y", wide, 0}}, true);
        auto text = writer.pointer(writer.const_(character));
        auto names = writer.array(text, integer, 4);
        rpc_task = writer.structure("rpc_task", 80,
                                    {{"tk_count", atomic, 0},
                                     {"tk_status", integer, 32},
                                     {"tk_task", list, 64},
                                     {"", either, 192},
                                     {"bits", byte, 256, 3},
                                     {"more", byte, 259, 5},
                                     {"tk_names", names, 320}});
        writer.enumeration("pageflags", {{"PG_locked", 0}, {"PG_error", 1}, {"PG_odd", -3}});
        writer.function("rpc_execute", 0, {{"task", writer.pointer(rpc_task)}});
    }
};

std::unique_ptr<Btf> parsed(const BtfWriter& writer, const Btf* base = nullptr) {
    auto btf = Btf::parse(writer.bytes(), base);
    REQUIRE(btf);
    return std::move(*btf);
}

}  // namespace

TEST_CASE("members are found through anonymous structs, typedefs, arrays and bit fields") {
    BtfTypes types(parsed(Sample().writer));
    CHECK(types.size_of("struct rpc_task").value() == 80);
    CHECK(types.offset_of("struct rpc_task", "tk_status").value() == 4);
    CHECK(types.offset_of("struct rpc_task", "tk_count.counter").value() == 0);
    CHECK(types.offset_of("struct rpc_task", "tk_task.prev").value() == 16);
    CHECK(types.offset_of("struct rpc_task", "tk_x").value() == 24);
    CHECK(types.offset_of("struct rpc_task", "tk_y").value() == 24);
    CHECK(types.offset_of("struct rpc_task", "tk_names[2]").value() == 56);
    auto more = types.member("struct rpc_task", "more").value();
    CHECK(more.offset == 32);
    CHECK(more.bit_offset == 3);
    CHECK(more.bit_size == 5);
    auto status = types.member("struct rpc_task", "tk_status").value();
    CHECK(status.type.kind == TypeKind::integer);
    CHECK(status.type.is_signed);
    CHECK(types.member("struct rpc_task", "tk_names").value().type.size == 32);
    CHECK(types.member("struct rpc_task", "tk_names[0]").value().type.pointee == "char");
    CHECK(types.member("struct list_head", "next").value().type.pointee == "struct list_head");
}

TEST_CASE("no such member is told apart from no such type") {
    BtfTypes types(parsed(Sample().writer));
    CHECK(types.has_member("struct rpc_task", "tk_status").value());
    CHECK_FALSE(types.has_member("struct rpc_task", "tk_nothing").value());
    CHECK(types.has_member("struct nfs_page", "wb_flags").error().reason == Reason::no_type);
    CHECK(types.member("struct rpc_task", "tk_status.x").error().reason == Reason::no_type);
    CHECK(types.member("struct rpc_task", "tk_names[x]").error().reason == Reason::no_type);
    CHECK(types.type("union rpc_task").error().reason == Reason::no_type);
}

TEST_CASE("enumerators and prototypes are found by name") {
    BtfTypes types(parsed(Sample().writer));
    CHECK(types.enumerator("PG_error").value() == 1);
    CHECK(types.enumerator("PG_odd").value() == -3);
    CHECK_FALSE(types.enumerator("PG_nothing"));
    CHECK_FALSE(types.enumerator("PG_"));
    CHECK_FALSE(types.enumerator(""));
    auto parameters = types.parameters("rpc_execute").value();
    REQUIRE(parameters.size() == 1);
    CHECK(parameters[0].first == "task");
    CHECK(parameters[0].second == "struct rpc_task *");
}

TEST_CASE("of several enumerators of one name the first type's counts, vmlinux before modules") {
    Sample sample;
    sample.writer.enumeration("later", {{"PG_error", 7}, {"PG_late", 8}});
    auto base = parsed(sample.writer);
    BtfWriter split(base->end_id(), base->strings_end());
    split.enumeration("of_module", {{"PG_late", 9}, {"PG_module", 10}});
    BtfTypes types(std::move(base));
    types.add_module("nfs", [&] { return split.bytes(); });
    CHECK(types.enumerator("PG_error").value() == 1);
    CHECK(types.enumerator("PG_late").value() == 8);
    CHECK(types.enumerator("PG_module").value() == 10);
}

TEST_CASE("a module's split BTF is read when vmlinux lacks a type, and refers to vmlinux's types") {
    Sample sample;
    auto base = parsed(sample.writer);
    BtfWriter split(base->end_id(), base->strings_end());
    split.structure("nfs_page", 24, {{"wb_task", sample.rpc_task, 64}});
    int reads = 0;
    BtfTypes types(std::move(base));
    types.add_module("nfs", [&]() -> Maybe<std::vector<std::uint8_t>> {
        ++reads;
        return split.bytes();
    });
    CHECK(types.size_of("struct rpc_task").value() == 80);
    CHECK(reads == 0);
    CHECK(types.offset_of("struct nfs_page", "wb_task.tk_status").value() == 12);
    CHECK(types.size_of("struct nfs_page").value() == 24);
    CHECK(reads == 1);
    CHECK(types.complete());
}

TEST_CASE("a module whose BTF cannot be read makes the types incomplete") {
    BtfTypes types(parsed(Sample().writer));
    types.add_module(
        "nfs", []() -> Maybe<std::vector<std::uint8_t>> { return unknown(Reason::filtered); });
    CHECK_FALSE(types.size_of("struct nfs_page"));
    CHECK_FALSE(types.complete());
}

TEST_CASE("BTF cut at any byte is refused or answers what is left, and never runs over") {
    auto whole = Sample().writer.bytes();
    for (std::size_t size = 0; size < whole.size(); ++size) {
        auto btf = Btf::parse({whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size)});
        REQUIRE_FALSE(btf);
        CHECK(btf.error().reason == Reason::corrupt);
    }
}

TEST_CASE("BTF that gives a name to what has none is refused") {
    std::vector<std::uint8_t> blob = BtfWriter().bytes();
    REQUIRE(Btf::parse(blob, nullptr).has_value());
    REQUIRE(blob.back() == 0);  // the empty name at offset 0 of the strings
    blob.back() = 'x';
    blob.push_back(0);
    blob[20] = 2;  // bytes of strings
    auto btf = Btf::parse(blob, nullptr);
    REQUIRE_FALSE(btf.has_value());
    CHECK(btf.error().what.find("first string is not empty") != std::string::npos);
}

TEST_CASE("random damage in BTF ends in an answer") {
    auto whole = Sample().writer.bytes();
    std::mt19937 random(20);
    unsigned survived = 0;
    for (int round = 0; round < 4000; ++round) {
        auto damaged = whole;
        for (int i = 0; i < 4; ++i)
            damaged[24 + random() % (damaged.size() - 24)] = static_cast<std::uint8_t>(random());
        auto btf = Btf::parse(std::move(damaged));
        if (!btf) continue;
        ++survived;
        BtfTypes types(std::move(*btf));
        (void)types.size_of("struct rpc_task");
        (void)types.members("struct rpc_task");
        (void)types.members("struct list_head");
        (void)types.member("struct rpc_task", "tk_task.next");
        (void)types.member("struct rpc_task", "tk_names[3]");
        (void)types.enumerator("PG_error");
        (void)types.parameters("rpc_execute");
    }
    CHECK(survived > 1000);  // the damage reached the walkers
}

TEST_CASE("any number of types may share one name, of any length") {
    // Looked up one by one, or spelled out for each, these would take hours.
    constexpr std::uint32_t kTypes = 400'000, kFixedPart = 12, kHeader = 24;
    BtfWriter w;
    auto number = w.integer("int", 4);
    const std::uint32_t name = w.strings_size();
    w.typedef_(std::string(1 << 20, 'x'), number);
    for (std::uint32_t i = 1; i < kTypes; ++i) w.typedef_("x", number);
    auto bytes = w.bytes();
    for (std::uint32_t i = 0; i < kTypes; ++i)
        std::memcpy(&bytes[kHeader + kFixedPart + 4 + i * kFixedPart], &name, sizeof name);
    auto btf = Btf::parse(std::move(bytes));
    REQUIRE(btf);
    CHECK((*btf)->find("int", BtfKind::integer) == std::vector<std::uint32_t>{number});
    CHECK((*btf)->find("x", BtfKind::typedef_).empty());
}

TEST_CASE("structures without names that hold each other do not go on without end") {
    BtfWriter w;
    auto number = w.integer("int", 4);
    const std::uint32_t self = w.next_id();
    w.structure("loop", 8, {{"first", number, 0}, {"", self, 0}, {"", self, 32}});
    // No circle, but each holds the next one twice: the last one would be there 2^24 times.
    constexpr std::uint32_t kNested = 24;
    const std::uint32_t outer = w.next_id();
    for (std::uint32_t i = 0; i < kNested; ++i)
        w.structure(i == 0 ? "twice" : "", 8, {{"", outer + i + 1, 0}, {"", outer + i + 1, 32}});
    w.structure("", 4, {{"last", number, 0}});
    BtfTypes types(parsed(w));
    for (const char* name : {"struct loop", "struct twice"}) {
        INFO(name);
        auto members = types.members(name);
        REQUIRE_FALSE(members);
        CHECK(members.error().reason == Reason::corrupt);
        auto has = types.has_member(name, "no_such");
        REQUIRE_FALSE(has);
        CHECK(has.error().reason == Reason::corrupt);
    }
    CHECK(types.offset_of("struct loop", "first").value() == 0);
    CHECK(types.offset_of("struct twice", "last").value() == 0);
}
