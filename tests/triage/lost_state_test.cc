// Where a lost page took what leads to objects, or what proves that there are no more, a list of
// the NFS state says that it is not whole. Every other page: tests/damage.
#include <memory>

#include "catch.h"
#include "facts/from_dump.h"
#include "layout/kernel_layout.h"
#include "nfs/state.h"

using namespace nfstriage;

namespace {

const char* const kSample = NFSTRIAGE_SOURCE_DIR "/samples/unlock-request-bug-x86_64.vmcore";

bool is_complete_without(const std::vector<Pfn>& hidden, const char* list) {
    dump::OpenOptions options;
    options.hidden_pages = hidden;
    auto dump = dump::Dump::open({kSample}, options);
    REQUIRE(dump);
    layout::KernelLayout layout = layout::load_kernel_layout(**dump);
    facts::Scene scene = facts::from_dump(**dump, layout);
    return nfs::find_list(list)->read(*scene.state).complete;
}

}  // namespace

TEST_CASE(
    "lists say that they are not whole where a page took what leads to them, or what proves") {
    struct Lost {
        std::uint64_t page;
        const char* list;
    };
    for (const Lost& lost : {Lost{4096, "findings"},  // unwinding: who runs with a request
                             Lost{9304, "exports"}, Lost{9304, "client_addresses"}}) {  // a cache
        INFO("page " << lost.page << ", list " << lost.list);
        CHECK(is_complete_without({}, lost.list));
        CHECK_FALSE(is_complete_without({Pfn{lost.page}}, lost.list));
    }
}

TEST_CASE("without the kernel's word on whether it oopsed a finding may be missing") {
    auto dump = dump::Dump::open({kSample});
    REQUIRE(dump);
    layout::KernelLayout layout = layout::load_kernel_layout(**dump);
    auto taint = (*dump)->translate(layout.symbols->address("tainted_mask").value());
    REQUIRE(taint);
    CHECK_FALSE(is_complete_without({Pfn{taint->value / (*dump)->file_page_size()}}, "findings"));
}

TEST_CASE("a cache whose name is lost may be the one that a list is made of") {
    auto dump = dump::Dump::open({kSample});
    REQUIRE(dump);
    layout::KernelLayout layout = layout::load_kernel_layout(**dump);
    const std::uint64_t name = layout.types->offset_of("struct cache_detail", "name").value();
    struct Lost {
        const char *made_of, *list;
    };
    for (const Lost& lost : {Lost{"svc_export_cache_template", "exports"},
                             Lost{"svc_expkey_cache_template", "export_keys"},
                             Lost{"ip_map_cache_template", "client_addresses"},
                             Lost{"unix_gid_cache_template", "client_groups"}}) {
        INFO(lost.list);
        VAddr made_of = layout.symbols->address(lost.made_of).value();
        auto text = (*dump)->translate((*dump)->memory().pointer(made_of + name).value());
        REQUIRE(text);
        const Pfn page{text->value / (*dump)->file_page_size()};
        CHECK(is_complete_without({}, lost.list));
        CHECK_FALSE(is_complete_without({page}, lost.list));
    }
}
