#include "base/nearest.h"

#include <algorithm>

#include "catch.h"

using namespace nfstriage;

TEST_CASE("edit distances are those of the whole table as long as they are within the limit") {
    struct Case {
        const char *a, *b;
        std::size_t distance;
    };
    for (const Case& each :
         {Case{"", "", 0}, Case{"", "abc", 3}, Case{"nfs_wb_page", "nfs_wb_pag", 1},
          Case{"kitten", "sitting", 3}, Case{"abcdef", "fedcba", 6},
          Case{"rpc_task", "prc_task", 2}, Case{"ab", "ba", 2}}) {
        for (std::size_t limit = 0; limit < 8; ++limit) {
            std::size_t expected = std::min(each.distance, limit + 1);
            CHECK(edit_distance_within(each.a, each.b, limit) == expected);
            CHECK(edit_distance_within(each.b, each.a, limit) == expected);
        }
    }
}

TEST_CASE("the nearest names are kept, each once and the nearest first") {
    NearestNames nearest("nfs_wb_pge");
    for (const char* name : {"nfs_wb_page", "nfs_wb_all", "nfs_wb_page", "nfs_wbx_pge", "schedule",
                             "nfs_wb_page_cancel", "nfs_wb_pxyz"})
        nearest.offer(name);
    CHECK(std::move(nearest).take() == std::vector<std::string>{"nfs_wb_page", "nfs_wbx_pge"});
}
