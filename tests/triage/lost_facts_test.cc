// What nothing tells any more is not made up: the words of a report that is lost, the size of
// pages, modules behind the end of a list. Found by tests/damage.
#include <algorithm>
#include <string_view>

#include "catch.h"
#include "facts/facts.h"
#include "facts/from_dump.h"
#include "fakes/folder.h"
#include "kernel/printk.h"
#include "layout/kernel_layout.h"
#include "mkdump/elf_writer.h"
#include "mkdump/kernel.h"

using namespace nfstriage;

namespace {

const std::string kSample = NFSTRIAGE_SOURCE_DIR "/samples/unlock-request-bug-x86_64.vmcore";

std::unique_ptr<dump::Dump> opened(const std::filesystem::path& path,
                                   const std::vector<Pfn>& hidden = {}) {
    dump::OpenOptions options;
    options.hidden_pages = hidden;
    auto dump = dump::Dump::open({path}, options);
    REQUIRE(dump);
    return std::move(*dump);
}

}  // namespace

TEST_CASE("a crash that memory alone tells of has no message of the kernel") {
    auto dump = opened(kSample);
    REQUIRE(kernel::read_printk(*dump));
    std::vector<Pfn> of_the_log = dump->pages_read();
    // Page tables and what else the kernel's layout needs stay.
    dump = opened(kSample);
    REQUIRE(layout::load_kernel_layout(*dump).types);
    for (Pfn page : dump->pages_read()) std::erase(of_the_log, page);
    REQUIRE_FALSE(of_the_log.empty());
    dump = opened(kSample, of_the_log);
    auto log = kernel::read_printk(*dump);
    REQUIRE((!log || log->records.empty()));
    layout::KernelLayout layout = layout::load_kernel_layout(*dump);
    facts::Scene scene = facts::from_dump(*dump, layout);
    REQUIRE(scene.crash);
    CHECK(scene.crash->kind == CrashKind::bug);
    CHECK_FALSE(facts::Facts(scene).get("crash.message").known());
}

TEST_CASE("modules that a report lists are loaded although the kernel's own list breaks off") {
    auto dump = opened(kSample);
    layout::KernelLayout layout = layout::load_kernel_layout(*dump);
    std::vector<layout::Module> modules = layout.symbols->modules();
    REQUIRE(layout.modules_complete);
    REQUIRE(modules.size() > 5);
    modules.resize(2);
    std::string first = modules.front().name;
    layout.symbols->set_modules(*layout.types, std::move(modules), false);
    layout.modules_complete = false;
    facts::Scene scene = facts::from_dump(*dump, layout);
    auto has = [&](const std::string& name) {
        return std::count(scene.kernel.modules.begin(), scene.kernel.modules.end(), name) == 1;
    };
    CHECK(has(first));
    CHECK(has("nfs"));
    CHECK(has("sunrpc"));
}

TEST_CASE("the size of pages is not known where the file's are of no kernel") {
    test::TemporaryFolder folder;
    mkdump::Paging paging;
    paging.arch = Arch::aarch64;
    paging.page_shift = 16;
    mkdump::Kernel kernel(paging);
    auto page_size = [&]() -> std::optional<std::uint64_t> {
        mkdump::File file = mkdump::write_elf(kernel.machine(), {});
        auto path = folder.write(
            "vmcore", std::string_view(reinterpret_cast<const char*>(file.data()), file.size()));
        auto dump = opened(path);
        layout::KernelLayout layout = layout::load_kernel_layout(*dump);
        return facts::from_dump(*dump, layout).kernel.page_size;
    };
    CHECK(page_size() == 65536u);
    REQUIRE(kernel.drop_vmcoreinfo("PAGESIZE"));
    CHECK_FALSE(page_size());
}
