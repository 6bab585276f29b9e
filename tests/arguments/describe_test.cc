#include "arguments/describe.h"
#include "catch.h"
#include "fakes/btf_writer.h"
#include "layout/btf_types.h"

using namespace nfstriage;
using arguments::member_at;

namespace {

// struct page { u64 flags; union { struct { list lru; u64 mapping; }; struct { u64 pp_magic; }; };
//               union { u64 word; u32 half; } u; u32 numbers[4]; list lists[2]; u32 bits:3; }
std::unique_ptr<layout::BtfTypes> types() {
    fakes::BtfWriter w;
    auto u64 = w.integer("unsigned long", 8);
    auto u32 = w.integer("unsigned int", 4);
    auto list = w.structure("list_head", 16, {{"next", w.pointer(0), 0}, {"prev", u64, 64}});
    auto first = w.structure("", 24, {{"lru", list, 0}, {"mapping", u64, 128}});
    auto second = w.structure("", 8, {{"pp_magic", u64, 0}});
    auto either = w.structure("", 24, {{"", first, 0}, {"", second, 0}}, true);
    auto named = w.structure("", 8, {{"half", u32, 0}, {"word", u64, 0}}, true);
    auto numbers = w.array(u32, u32, 4);
    auto lists = w.array(list, u32, 2);
    w.structure("page", 96,
                {{"flags", u64, 0},
                 {"", either, 64},
                 {"u", named, 256},
                 {"numbers", numbers, 320},
                 {"lists", lists, 448},
                 {"bits", u32, 704, 3}});
    w.function("find_page", w.pointer(w.structure("empty", 0, {})), {{"from", u64}});
    return std::make_unique<layout::BtfTypes>(std::move(layout::Btf::parse(w.bytes()).value()));
}

}  // namespace

TEST_CASE("bytes of a structure are the member of that size, through nameless ones and arrays") {
    auto known = types();
    auto path = [&](std::uint64_t offset, std::uint64_t size) {
        auto found = member_at(*known, "struct page", offset, size);
        return found ? found->path : to_string(found.error());
    };
    CHECK(path(0, 8) == "flags");
    CHECK(path(8, 8) == "pp_magic");  // the member of that very size before a part of another
    CHECK(path(16, 8) == "lru.prev");
    CHECK(path(24, 8) == "mapping");
    CHECK(path(32, 8) == "u.word");
    CHECK(path(32, 4) == "u.half");
    CHECK(path(44, 4) == "numbers[1]");
    CHECK(path(56, 8) == "lists[0].next");
    CHECK(path(80, 8) == "lists[1].prev");
    CHECK(path(88, 4) == "bits");
    CHECK(path(4, 4) == "flags");
    CHECK(member_at(*known, "struct page", 4, 4)->inside == 4);
    CHECK(member_at(*known, "struct page", 92, 1).error().reason == Reason::no_type);
    CHECK(member_at(*known, "struct unheard_of", 0, 8).error().reason == Reason::no_type);
}

TEST_CASE("types tell members of nameless nested types and what functions give back") {
    auto known = types();
    auto members = known->members_of("struct page", "u");
    REQUIRE(members);
    CHECK(members->size() == 2);
    CHECK(known->members_of("struct page", "lists[1]").value().size() == 2);
    CHECK_FALSE(known->members_of("struct page", "none"));
    CHECK(known->result_of("find_page").value() == "struct empty *");
    CHECK_FALSE(known->result_of("none"));
}

TEST_CASE("only pointers to structures and unions have members to look for") {
    CHECK(arguments::pointee("struct page *") == "struct page");
    CHECK(arguments::pointee("union thread_union *") == "union thread_union");
    CHECK(arguments::pointee("struct page **").empty());
    CHECK(arguments::pointee("void *").empty());
    CHECK(arguments::pointee("struct page").empty());
}
