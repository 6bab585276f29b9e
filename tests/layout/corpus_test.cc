// BTF and kallsyms of real dumps: our BTF reader against libbpf, kallsyms found by search against
// what VMCOREINFO says.
#include <bpf/btf.h>
#include <unistd.h>
#include <algorithm>
#include <cstdlib>
#include <filesystem>

#include "catch.h"
#include "dump/dump.h"
#include "layout/kallsyms_search.h"
#include "layout/kernel_layout.h"

using namespace nfstriage;
namespace fs = std::filesystem;

namespace {

// The dumps of the repository, and the uncompressed ones of the corpus when it is there.
std::vector<fs::path> dumps() {
    std::vector<fs::path> found;
    for (const auto& entry : fs::directory_iterator(NFSTRIAGE_SOURCE_DIR "/samples"))
        if (entry.path().extension() == ".vmcore") found.push_back(entry.path());
    if (const char* corpus = std::getenv("NFSTRIAGE_CORPUS"))
        for (const auto& entry : fs::recursive_directory_iterator(fs::path(corpus) / "dumps"))
            if (entry.path().extension() == ".vmcore") found.push_back(entry.path());
    std::sort(found.begin(), found.end());
    return found;
}

struct Oracle {
    struct btf* btf = nullptr;
    explicit Oracle(const std::vector<std::uint8_t>& bytes)
        : btf(btf__new(bytes.data(), static_cast<std::uint32_t>(bytes.size()))) {}
    ~Oracle() { btf__free(btf); }
};

std::vector<std::uint8_t> vmlinux_btf(const dump::Dump& dump, const layout::KernelLayout& layout) {
    auto begin = layout.symbols->address("__start_BTF");
    auto end = layout.symbols->address("__stop_BTF");
    if (!begin || !end) return {};
    return dump.memory().bytes(*begin, *end - *begin).value_or(std::vector<std::uint8_t>{});
}

}  // namespace

TEST_CASE("every type of a real kernel is read as libbpf reads it") {
    unsigned compared = 0;
    for (const fs::path& path : dumps()) {
        INFO(path.string());
        auto dump = dump::Dump::open({path});
        REQUIRE(dump);
        layout::KernelLayout layout = layout::load_kernel_layout(**dump);
        auto bytes = vmlinux_btf(**dump, layout);
        if (bytes.empty()) continue;  // no data symbols: found by search instead
        Oracle oracle(bytes);
        REQUIRE(oracle.btf != nullptr);
        auto ours = layout::Btf::parse(bytes).value();
        REQUIRE(ours->end_id() == btf__type_cnt(oracle.btf));
        unsigned differences = 0;
        for (std::uint32_t id = 1; id < ours->end_id(); ++id) {
            const btf_type* theirs = btf__type_by_id(oracle.btf, id);
            auto type = *ours->type(id);
            differences += static_cast<unsigned>(type.kind) != btf_kind(theirs);
            differences += type.count != btf_vlen(theirs);
            differences += ours->name(type.name_offset) !=
                           std::string_view(btf__name_by_offset(oracle.btf, theirs->name_off));
            if (!btf_is_composite(theirs)) continue;
            for (std::uint32_t i = 0; i < type.count; ++i) {
                std::uint32_t place = ours->word(id, type, i * 3 + 2);
                std::uint32_t offset = type.kind_flag ? place & 0xffffff : place;
                differences += offset != btf_member_bit_offset(theirs, i);
                differences += ours->word(id, type, i * 3 + 1) != btf_members(theirs)[i].type;
            }
        }
        CHECK(differences == 0);
        ++compared;
    }
    CHECK(compared >= 1);
}

TEST_CASE("kallsyms is found by search where VMCOREINFO says it is") {
    unsigned found = 0;
    for (const fs::path& path : dumps()) {
        INFO(path.string());
        auto dump = dump::Dump::open({path});
        REQUIRE(dump);
        auto told = layout::kallsyms_places((*dump)->vmcoreinfo(), (*dump)->memory());
        REQUIRE(told);
        auto searched = layout::search_kallsyms((*dump)->memory(),
                                                *(*dump)->vmcoreinfo().symbol("_stext"), 64 << 20);
        // A thinned sample keeps the tables that are read, not the markers that a search needs.
        if (!searched && path.string().find("samples") != std::string::npos) continue;
        REQUIRE(searched);
        ++found;
        CHECK(searched->names == told->names);
        CHECK(searched->count == told->count);
        CHECK(searched->addresses == told->addresses);
        CHECK(searched->relative_base == told->relative_base);
        CHECK(searched->token_table == told->token_table);
        CHECK(searched->token_index == told->token_index);
    }
    if (std::getenv("NFSTRIAGE_CORPUS") != nullptr) CHECK(found >= 3);
}

TEST_CASE("types and symbols of a real kernel are found in the dump alone") {
    auto dump =
        dump::Dump::open({NFSTRIAGE_SOURCE_DIR "/samples/unlock-request-bug-x86_64.vmcore"});
    REQUIRE(dump);
    layout::KernelLayout layout = layout::load_kernel_layout(**dump);
    CHECK(layout.remarks.empty());
    CHECK(layout.modules_complete);
    CHECK(layout.symbols->complete_for_data());
    CHECK(layout.symbols->modules().size() == 15);
    CHECK(layout.types->size_of("struct rpc_task").value() == 224);
    CHECK(layout.types->size_of("struct nfs_page").value() == 96);  // in the module's split BTF
    CHECK(layout.types->offset_of("struct nfs_page", "wb_flags").value() == 56);
    CHECK(layout.types->enumerator("PG_writeback").value() == 15);
    auto parameters = layout.types->parameters("nfs_end_page_writeback").value();
    REQUIRE(parameters.size() == 1);
    CHECK(parameters[0].second == "struct nfs_page *");
    VAddr function = layout.symbols->address("nfs_end_page_writeback").value();
    auto at = layout.symbols->find(function + 0x59).value();
    CHECK(at.symbol.name == "nfs_end_page_writeback");
    CHECK(at.symbol.module == "nfs");
}
