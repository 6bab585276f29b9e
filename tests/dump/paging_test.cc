// Every geometry of page tables, in a kernel that is otherwise the same.
#include "dump/made.h"

using namespace nfstriage;
using namespace nfstriage::dump;
using namespace nfstriage::dump::test;

namespace {

// ELF, because kdump files have bitmaps as large as the highest address asks for.
std::unique_ptr<Dump> open_made(const mkdump::Kernel& kernel, const TemporaryFolder& folder) {
    auto dump = Dump::open({save(mkdump::write_elf(kernel.machine(), {}), folder / "elf")});
    REQUIRE(dump);
    return std::move(*dump);
}

std::uint64_t half(unsigned va_bits) { return ~std::uint64_t{0} << (va_bits - 1); }

}  // namespace

TEST_CASE("kernel memory is found through page tables of every geometry") {
    auto name =
        GENERATE("x86_64-4", "x86_64-5", "aarch64-4K-39", "aarch64-4K-48", "aarch64-4K-52",
                 "aarch64-16K-36", "aarch64-16K-47", "aarch64-16K-48", "aarch64-16K-52",
                 "aarch64-64K-42", "aarch64-64K-48", "aarch64-64K-52", "aarch64-64K-48-built52",
                 "aarch64-4K-48-built52", "aarch64-16K-47-built52");
    INFO(name);
    auto paging = mkdump::paging_from_name(name);
    REQUIRE(paging);
    TemporaryFolder folder;
    auto kernel = small_kernel(*paging);
    auto dump = open_made(kernel, folder);
    CHECK(dump->page_size() == 1u << paging->page_shift);
    std::uint64_t data = paging->arch == Arch::x86_64 ? kData : half(paging->va_bits) + 0x40000000;
    check_small_kernel(*dump, kernel, data);
    CHECK(dump->translate(VAddr{kernel.image()})->value == kernel.physical(kernel.image()));
    auto page = std::uint64_t{1} << paging->page_shift;
    CHECK(dump->memory().u64(VAddr{data - page}).error().reason == Reason::unmapped);
    CHECK(dump->memory().u64(VAddr{0x400000}).error().reason == Reason::unmapped);
}

TEST_CASE("kernels that do not tell their real address width are understood by trying") {
    auto name = GENERATE("aarch64-64K-48-built52", "aarch64-4K-48", "aarch64-64K-42");
    INFO(name);
    auto paging = *mkdump::paging_from_name(name);
    paging.tell_real_va_bits = false;
    TemporaryFolder folder;
    auto kernel = small_kernel(paging);
    // 4.19 with ARM64_USER_VA_BITS_52 says 48 and has a root of 1024 entries all the same.
    for (std::string& line : kernel.machine().vmcoreinfo)
        if (line.starts_with("NUMBER(VA_BITS)=52")) line = "NUMBER(VA_BITS)=48";
    check_small_kernel(*open_made(kernel, folder), kernel, half(paging.va_bits) + 0x40000000);
}

TEST_CASE("large pages are translated at every level") {
    struct Case {
        const char* paging;
        unsigned leaf_shift;
    };
    auto given = GENERATE(Case{"x86_64-4", 21}, Case{"x86_64-4", 30}, Case{"x86_64-5", 30},
                          Case{"aarch64-4K-48", 21}, Case{"aarch64-4K-48", 30},
                          Case{"aarch64-4K-52", 30}, Case{"aarch64-16K-48", 25},
                          Case{"aarch64-64K-48", 29}, Case{"aarch64-64K-52", 29});
    INFO(given.paging << " " << given.leaf_shift);
    auto paging = *mkdump::paging_from_name(given.paging);
    TemporaryFolder folder;
    auto kernel = small_kernel(paging);
    std::uint64_t size = std::uint64_t{1} << given.leaf_shift;
    std::uint64_t top = paging.arch == Arch::x86_64 ? 0xffffc00000000000 : half(paging.va_bits);
    std::uint64_t at = top + 8 * size, target = 5 * size;
    kernel.map(at, target, size, given.leaf_shift);
    auto dump = open_made(kernel, folder);
    for (std::uint64_t offset : {std::uint64_t{0}, std::uint64_t{0x12345}, size - 1}) {
        auto found = dump->translate(VAddr{at + offset});
        REQUIRE(found);
        CHECK(*found == PAddr{target + offset});
    }
    CHECK(dump->translate(VAddr{at + size}).error().reason == Reason::unmapped);
}

TEST_CASE("physical addresses above 2^47 keep all their bits") {
    struct Case {
        const char* paging;
        std::uint64_t physical;
    };
    auto given = GENERATE(
        Case{"x86_64-4", 0x000f'edcb'a987'6000}, Case{"x86_64-5", 0x0008'0000'0000'1000},
        Case{"aarch64-4K-48", 0x0000'f000'0000'1000}, Case{"aarch64-4K-52", 0x000f'edcb'a987'6000},
        Case{"aarch64-16K-52", 0x000a'8000'0000'4000},
        Case{"aarch64-64K-48", 0x000f'edcb'a987'0000},
        Case{"aarch64-64K-52", 0x0005'8000'0001'0000});
    INFO(given.paging);
    auto paging = *mkdump::paging_from_name(given.paging);
    TemporaryFolder folder;
    auto kernel = small_kernel(paging);
    std::uint64_t at = (paging.arch == Arch::x86_64 ? 0xffffc90000000000 : half(paging.va_bits)) +
                       (std::uint64_t{7} << paging.page_shift);
    kernel.map(at, given.physical, std::uint64_t{1} << paging.page_shift, paging.page_shift);
    kernel.write_text(at + 16, "far away");
    auto dump = open_made(kernel, folder);
    CHECK(dump->translate(VAddr{at + 5})->value == given.physical + 5);
    CHECK(dump->memory().cstring(VAddr{at + 16}, 20) == std::string("far away"));
}

TEST_CASE("the encryption bit of AMD memory is no address bit") {
    TemporaryFolder folder;
    mkdump::Paging paging;
    paging.sme_mask = std::uint64_t{1} << GENERATE(47u, 51u);
    auto kernel = small_kernel(paging);
    check_small_kernel(*open_made(kernel, folder), kernel);
}

TEST_CASE("an old kernel's phys_base comes from the sub header or the kernel's segment") {
    TemporaryFolder folder;
    auto kernel = small_kernel();
    auto& lines = kernel.machine().vmcoreinfo;
    std::erase_if(lines, [](const std::string& line) {
        return line.starts_with("NUMBER(phys_base)") ||
               line.starts_with("SYMBOL(swapper_pg_dir)") || line.starts_with("NUMBER(pgtable_l5");
    });
    for (std::string& line : lines)  // its name before v4.13
        if (line.starts_with("SYMBOL(init_top_pgt)")) line.replace(7, 12, "init_level4_pgt");
    auto kdump = Dump::open(save_all(mkdump::write_kdump(kernel.machine(), {}), folder));
    REQUIRE(kdump);
    check_small_kernel(**kdump, kernel);
    mkdump::ElfOptions options;
    options.kernel_vaddr = kernel.image();
    options.kernel_physical = *kernel.physical(kernel.image());
    options.kernel_size = 64 << 10;
    auto elf = Dump::open({save(mkdump::write_elf(kernel.machine(), options), folder / "elf")});
    REQUIRE(elf);
    check_small_kernel(**elf, kernel);
}

TEST_CASE("an ELF segment's virtual address does not hide what the page tables map there") {
    TemporaryFolder folder;
    auto kernel = small_kernel(*mkdump::paging_from_name("aarch64-4K-48"));
    // The kernel's segment claims the page in front of the image, which is mapped elsewhere.
    std::uint64_t before = kernel.image() - 4096;
    kernel.write_text(before, "interrupt stack");
    kernel.machine().write(*kernel.physical(kernel.image()) - 4096, mkdump::File(4096, 0x55));
    mkdump::ElfOptions options;
    options.kernel_vaddr = before;
    options.kernel_physical = *kernel.physical(kernel.image()) - 4096;
    options.kernel_size = 8192;
    auto dump = Dump::open({save(mkdump::write_elf(kernel.machine(), options), folder / "elf")});
    REQUIRE(dump);
    CHECK((*dump)->memory().cstring(VAddr{before}, 32) == std::string("interrupt stack"));
}

TEST_CASE("page tables that are absent or wrong make memory unknown, with the reason") {
    TemporaryFolder folder;
    auto kernel = small_kernel();
    SECTION("the top table is filtered") {
        kernel.machine().filtered.insert(kernel.root() / 4096);
        CHECK(open_made(kernel, folder)->memory().u64(VAddr{kData}).error().reason ==
              Reason::filtered);
    }
    SECTION("the top table holds something else") {
        kernel.machine().write(kernel.root(), pattern(1, 4096));
        CHECK_FALSE(open_made(kernel, folder)->memory().u64(VAddr{kData}));
    }
    SECTION("an entry points to itself") {
        kernel.machine().write_u64(kernel.root() + 8 * ((kData >> 39) & 511), kernel.root() | 0x67);
        auto value = open_made(kernel, folder)->memory().u64(VAddr{kData});
        if (!value) CHECK(value.error().reason != Reason::null);
    }
}
