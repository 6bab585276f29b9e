// Every container that a crash may come in holds the same crash.
#include "dump/made.h"

using namespace nfstriage;
using namespace nfstriage::dump;
using namespace nfstriage::dump::test;

TEST_CASE("pages of every codec are unpacked") {
    auto codec = GENERATE(Codec::none, Codec::zlib, Codec::lzo, Codec::snappy, Codec::zstd);
    TemporaryFolder folder;
    auto kernel = small_kernel();
    mkdump::KdumpOptions options;
    options.codec = codec;
    auto dump = Dump::open(save_all(mkdump::write_kdump(kernel.machine(), options), folder));
    REQUIRE(dump);
    CHECK((*dump)->format() == "kdump-compressed");
    CHECK((*dump)->complete());
    check_small_kernel(**dump, kernel);
}

TEST_CASE("libkdumpfile reads what mkdump writes") {
    auto codec = GENERATE(Codec::none, Codec::zlib, Codec::lzo, Codec::snappy, Codec::zstd);
    TemporaryFolder folder;
    auto kernel = small_kernel();
    mkdump::KdumpOptions options;
    options.codec = codec;
    OpenOptions through_library;
    through_library.force_library = true;
    auto dump = Dump::open(save_all(mkdump::write_kdump(kernel.machine(), options), folder),
                           through_library);
    REQUIRE(dump);
    CHECK((*dump)->format() != "kdump-compressed");  // its own name for it
    check_small_kernel(**dump, kernel);
    std::uint8_t byte[1];
    CHECK((*dump)->read_physical(PAddr{kSparePage}, byte).error().reason == Reason::filtered);
}

// libkdumpfile 0.5.1 dies of some while it opens them, of others when it lets them go.
TEST_CASE("libkdumpfile may die of a file that is cut, we do not") {
    TemporaryFolder folder;
    auto kernel = small_kernel();
    const auto path = save_all(mkdump::write_kdump(kernel.machine(), {}), folder).front();
    OpenOptions through_library;
    through_library.force_library = true;
    for (std::uintmax_t size : {8000, 4500, 4100, 500, 90, 8}) {
        CAPTURE(size);
        std::filesystem::resize_file(path, size);
        auto dump = Dump::open({path}, through_library);
        if (!dump) CHECK(dump.error().file == path.string());
    }
}

TEST_CASE("headers of every version are understood") {
    auto version = GENERATE(3, 4, 5, 6, 7);
    TemporaryFolder folder;
    auto kernel = small_kernel();
    mkdump::KdumpOptions options;
    options.version = version;
    auto dump = Dump::open(save_all(mkdump::write_kdump(kernel.machine(), options), folder));
    REQUIRE(dump);
    auto bytes = (*dump)->memory().bytes(VAddr{kData}, 4096);
    REQUIRE(bytes);
    CHECK(*bytes == pattern(5, 4096));
    CHECK((*dump)->cpu_notes().size() == (version >= 4 ? 2 : 0));
}

TEST_CASE("a dump without VMCOREINFO opens and says why addresses are unknown") {
    auto version = GENERATE(1, 2);
    TemporaryFolder folder;
    auto kernel = small_kernel();
    mkdump::KdumpOptions options;
    options.version = version;
    auto dump = Dump::open(save_all(mkdump::write_kdump(kernel.machine(), options), folder));
    REQUIRE(dump);
    CHECK_FALSE((*dump)->complete());
    REQUIRE((*dump)->missing().size() == 1);
    CHECK_THAT((*dump)->missing()[0], ContainsSubstring("VMCOREINFO"));
    auto value = (*dump)->memory().u64(VAddr{kData});
    REQUIRE_FALSE(value);
    CHECK(value.error().reason == Reason::no_symbol);
    std::vector<std::uint8_t> page(4096);
    CHECK((*dump)->read_physical(PAddr{*kernel.physical(kData)}, page));
    CHECK(page == pattern(5, 4096));
}

TEST_CASE("VMCOREINFO is found among the notes when the sub header does not point to it") {
    TemporaryFolder folder;
    auto kernel = small_kernel();
    mkdump::KdumpOptions options;
    options.vmcoreinfo_in_notes = true;
    auto dump = Dump::open(save_all(mkdump::write_kdump(kernel.machine(), options), folder));
    REQUIRE(dump);
    check_small_kernel(**dump, kernel);
}

TEST_CASE("blocks larger than the kernel's pages are found, as QEMU writes them for aarch64") {
    auto name = GENERATE("aarch64-4K-48", "aarch64-16K-47", "aarch64-64K-48");
    TemporaryFolder folder;
    auto paging = *mkdump::paging_from_name(name);
    auto kernel = small_kernel(paging);
    mkdump::KdumpOptions options;
    options.block_size = 65536;
    auto dump = Dump::open(save_all(mkdump::write_kdump(kernel.machine(), options), folder));
    REQUIRE(dump);
    CHECK((*dump)->page_size() == 1u << paging.page_shift);
    check_small_kernel(**dump, kernel, (~std::uint64_t{0} << (paging.va_bits - 1)) + 0x40000000);
}

TEST_CASE("flattened files are read in place, whatever the order and overlap of records") {
    auto record = GENERATE(65536, 4096, 1000, 100);
    auto shuffle = GENERATE(0, 7);
    auto overlap = GENERATE(false, true);
    TemporaryFolder folder;
    auto kernel = small_kernel();
    auto whole = mkdump::write_kdump(kernel.machine(), {}).front();
    mkdump::FlattenOptions options;
    options.record_size = static_cast<std::uint64_t>(record);
    options.shuffle = static_cast<std::uint64_t>(shuffle);
    options.overlap = overlap;
    auto dump = Dump::open({save(mkdump::flatten(whole, options), folder / "flat")});
    REQUIRE(dump);
    CHECK((*dump)->format() == "kdump-compressed flattened");
    CHECK((*dump)->complete());
    check_small_kernel(**dump, kernel);
}

TEST_CASE("a flattened file without its end record is read and called incomplete") {
    TemporaryFolder folder;
    auto kernel = small_kernel();
    mkdump::FlattenOptions options;
    options.end_record = false;
    auto whole = mkdump::write_kdump(kernel.machine(), {}).front();
    auto dump = Dump::open({save(mkdump::flatten(whole, options), folder / "flat")});
    REQUIRE(dump);
    CHECK_FALSE((*dump)->complete());
    check_small_kernel(**dump, kernel);
}

TEST_CASE("the parts of a split set are one dump in any order") {
    TemporaryFolder folder;
    auto kernel = small_kernel();
    std::uint64_t first = kernel.physical(kData).value() / 4096;
    mkdump::KdumpOptions options;
    options.split_at = {first, first + 1};
    auto paths = save_all(mkdump::write_kdump(kernel.machine(), options), folder);
    REQUIRE(paths.size() == 3);
    std::sort(paths.begin(), paths.end());
    do {
        auto dump = Dump::open(paths);
        REQUIRE(dump);
        CHECK((*dump)->format() == "kdump-compressed split");
        CHECK((*dump)->complete());
        check_small_kernel(**dump, kernel);
    } while (std::next_permutation(paths.begin(), paths.end()));
}

TEST_CASE("a missing part of a split set is named, and only its pages are absent") {
    TemporaryFolder folder;
    auto kernel = small_kernel();
    std::uint64_t first = kernel.physical(kData).value() / 4096;
    mkdump::KdumpOptions options;
    options.split_at = {first, first + 1};
    auto paths = save_all(mkdump::write_kdump(kernel.machine(), options), folder);
    for (std::size_t gone = 0; gone < paths.size(); ++gone) {
        auto rest = paths;
        rest.erase(rest.begin() + static_cast<std::ptrdiff_t>(gone));
        auto dump = Dump::open(rest);
        REQUIRE(dump);
        CHECK_FALSE((*dump)->complete());
        REQUIRE((*dump)->missing().size() == 1);
        CHECK_THAT((*dump)->missing()[0], ContainsSubstring("split set"));
        for (std::uint64_t page = 0; page < 2; ++page) {
            std::vector<std::uint8_t> bytes(4096);
            auto got = (*dump)->read_physical(PAddr{(first + page) * 4096}, bytes);
            CHECK(got.has_value() == (gone != page + 1));
            if (!got) CHECK(got.error().reason == Reason::not_dumped);
        }
    }
}

TEST_CASE("files of different dumps are no split set") {
    TemporaryFolder folder;
    auto kernel = small_kernel();
    mkdump::KdumpOptions options;
    options.split_at = {1};
    auto part = save_all(mkdump::write_kdump(kernel.machine(), options), folder)[0];
    auto whole = save(mkdump::write_kdump(kernel.machine(), {}).front(), folder / "whole");
    auto other = kernel.machine();
    other.uname.release = "4.19.0";
    auto stranger = save(mkdump::write_kdump(other, options)[1], folder / "stranger");
    CHECK_FALSE(Dump::open({part, whole}));
    CHECK_FALSE(Dump::open({part, stranger}));
    CHECK_FALSE(Dump::open({part, save({1, 2, 3, 4}, folder / "rubbish")}));
}

TEST_CASE("ELF vmcores are read, with QEMU's quirks and with more segments than fit the header") {
    auto qemu = GENERATE(false, true);
    auto in_section = GENERATE(false, true);
    auto name = GENERATE("x86_64-4", "aarch64-4K-48");
    TemporaryFolder folder;
    auto paging = *mkdump::paging_from_name(name);
    auto kernel = small_kernel(paging);
    mkdump::ElfOptions options;
    options.qemu = qemu;
    options.count_in_section = in_section;
    auto path = save(mkdump::write_elf(kernel.machine(), options), folder / "elf");
    auto dump = Dump::open({path});
    REQUIRE(dump);
    CHECK((*dump)->format() == "ELF");
    CHECK((*dump)->complete());
    std::uint64_t data = paging.arch == Arch::x86_64
                             ? kData
                             : (~std::uint64_t{0} << (paging.va_bits - 1)) + 0x40000000;
    check_small_kernel(**dump, kernel, data);
    mkdump::FlattenOptions flat;
    flat.record_size = 5000;
    flat.shuffle = 3;
    auto flattened = Dump::open({save(
        mkdump::flatten(mkdump::write_elf(kernel.machine(), options), flat), folder / "flat")});
    REQUIRE(flattened);
    CHECK((*flattened)->format() == "ELF flattened");
    check_small_kernel(**flattened, kernel, data);
}

TEST_CASE("pages left out are told apart from addresses without memory") {
    TemporaryFolder folder;
    auto kernel = small_kernel();
    kernel.machine().filtered.insert(*kernel.physical(kData + 0x1000) / 4096);
    auto kdump = save(mkdump::write_kdump(kernel.machine(), {}).front(), folder / "kdump");
    auto elf = save(mkdump::write_elf(kernel.machine(), {}), folder / "elf");
    for (const auto& path : {kdump, elf}) {
        INFO(path.string());
        auto dump = Dump::open({path});
        REQUIRE(dump);
        CHECK((*dump)->memory().u64(VAddr{kData}));
        CHECK((*dump)->memory().u64(VAddr{kData + 0x1000}).error().reason == Reason::filtered);
        CHECK((*dump)->memory().u64(VAddr{kData + 0xffc}).error().reason == Reason::filtered);
        CHECK((*dump)->memory().u64(VAddr{kData + 0x2000}));
        std::uint8_t byte[1];
        CHECK((*dump)->read_physical(PAddr{0x8000}, byte).error().reason == Reason::not_dumped);
        CHECK((*dump)->read_physical(PAddr{UINT64_MAX}, byte).error().reason == Reason::not_dumped);
        CHECK((*dump)->memory().u64(VAddr{8}).error().reason == Reason::null);
        CHECK((*dump)->memory().u64(VAddr{0x7fff00001000}).error().reason == Reason::unmapped);
        CHECK((*dump)->memory().u64(VAddr{0xdead000000000100}).error().reason == Reason::unmapped);
        CHECK((*dump)->memory().u64(VAddr{UINT64_MAX - 3}).error().reason == Reason::corrupt);
    }
}

TEST_CASE("where only pages of zeros were left out, a page left out is one of zeros") {
    TemporaryFolder folder;
    auto kernel = small_kernel();
    kernel.machine().filtered = {*kernel.physical(kData + 0x10000) / 4096};
    mkdump::KdumpOptions options;
    options.dump_level = 1;
    auto dump = Dump::open(save_all(mkdump::write_kdump(kernel.machine(), options), folder));
    REQUIRE(dump);
    check_small_kernel(**dump, kernel);
}

TEST_CASE("hidden pages are answered as filtered, and pages read are listed") {
    TemporaryFolder folder;
    auto kernel = small_kernel();
    auto path = save(mkdump::write_kdump(kernel.machine(), {}).front(), folder / "kdump");
    OpenOptions options;
    std::uint64_t page = *kernel.physical(kData) / 4096;
    options.hidden_pages = {{page}};
    auto dump = Dump::open({path}, options);
    REQUIRE(dump);
    CHECK((*dump)->memory().u64(VAddr{kData}).error().reason == Reason::filtered);
    CHECK((*dump)->memory().u64(VAddr{kData + 0x1000}));
    auto read = (*dump)->pages_read();
    CHECK(std::is_sorted(read.begin(), read.end()));
    CHECK(std::find(read.begin(), read.end(), Pfn{page}) == read.end());
    CHECK(std::find(read.begin(), read.end(), Pfn{page + 1}) != read.end());
    CHECK((*dump)->memory().bytes(VAddr{kData + 0x2000}, 4096));
    read = (*dump)->pages_read();
    CHECK(std::find(read.begin(), read.end(), Pfn{page + 2}) != read.end());
    CHECK(read.size() == (*dump)->statistics().pages_read);
}

TEST_CASE("prefetched ranges read as without prefetch, and are fetched once") {
    auto codec = GENERATE(Codec::none, Codec::zlib);
    TemporaryFolder folder;
    mkdump::Kernel kernel{mkdump::Paging{}};
    for (std::uint64_t i = 0; i < 64; ++i) kernel.write(kData + i * 0x3000, pattern(i, 4096));
    mkdump::KdumpOptions options;
    options.codec = codec;
    auto dump = Dump::open(save_all(mkdump::write_kdump(kernel.machine(), options), folder));
    REQUIRE(dump);
    std::vector<VRange> ranges = {{VAddr{0x10}, 8}, {VAddr{UINT64_MAX - 100}, 200}};
    for (std::uint64_t i = 64; i-- > 0;) ranges.push_back({VAddr{kData + i * 0x3000}, 4096});
    (*dump)->memory().prefetch(ranges);
    auto fetched = (*dump)->statistics().pages_read;
    CHECK(fetched >= 64);
    for (std::uint64_t i = 0; i < 64; ++i) {
        auto bytes = (*dump)->memory().bytes(VAddr{kData + i * 0x3000}, 4096);
        REQUIRE(bytes);
        CHECK(*bytes == pattern(i, 4096));
    }
    CHECK((*dump)->statistics().pages_read == fetched);
}

TEST_CASE("a range over many pages reads as its pages do, and names the one that is missing") {
    auto codec = GENERATE(Codec::none, Codec::zlib);
    TemporaryFolder folder;
    mkdump::Kernel kernel{mkdump::Paging{}};
    constexpr std::uint64_t kPages = 100;
    std::vector<std::uint8_t> all;
    for (std::uint64_t i = 0; i < kPages; ++i) {
        auto page = pattern(i, 4096);
        kernel.write(kData + i * 4096, page);
        all.insert(all.end(), page.begin(), page.end());
    }
    mkdump::KdumpOptions options;
    options.codec = codec;
    auto path = save(mkdump::write_kdump(kernel.machine(), options).front(), folder / "kdump");
    auto dump = Dump::open({path});
    REQUIRE(dump);
    for (std::uint64_t begin : {0u, 8u, 4096u, 5000u})
        for (std::uint64_t size : {4096u, 8192u, 12000u, 300000u}) {
            auto bytes = (*dump)->memory().bytes(VAddr{kData + begin}, size);
            REQUIRE(bytes);
            CHECK(std::equal(bytes->begin(), bytes->end(),
                             all.begin() + static_cast<std::ptrdiff_t>(begin)));
        }
    std::uint64_t missing = 40;
    OpenOptions hiding;
    hiding.hidden_pages = {{*kernel.physical(kData + missing * 4096) / 4096}};
    auto thinner = Dump::open({path}, hiding);
    REQUIRE(thinner);
    auto bytes = (*thinner)->memory().bytes(VAddr{kData + 8}, 300000);
    REQUIRE_FALSE(bytes);
    CHECK(bytes.error().reason == Reason::filtered);
    CHECK(bytes.error().what.starts_with(hex(VAddr{kData + missing * 4096}) + ": "));
    CHECK((*thinner)->memory().bytes(VAddr{kData}, missing * 4096));
    CHECK((*thinner)->memory().bytes(VAddr{kData + (missing + 1) * 4096}, 50 * 4096));
    CHECK((*thinner)->pages_filtered().size() == 1);
}

TEST_CASE("more pages than the cache holds are still read right") {
    TemporaryFolder folder;
    mkdump::Kernel kernel{mkdump::Paging{}};
    constexpr std::uint64_t kPages = 3000;
    for (std::uint64_t i = 0; i < kPages; ++i) kernel.write(kData + i * 4096, pattern(i, 4096));
    auto dump = Dump::open(save_all(mkdump::write_kdump(kernel.machine(), {}), folder));
    REQUIRE(dump);
    for (std::uint64_t round = 0; round < 2; ++round)
        for (std::uint64_t i = 0; i < kPages; ++i) {
            auto bytes = (*dump)->memory().bytes(VAddr{kData + i * 4096}, 4096);
            REQUIRE(bytes);
            REQUIRE(*bytes == pattern(i, 4096));
            // Parts of pages go through the cache, whole pages do not.
            auto part = (*dump)->memory().bytes(VAddr{kData + i * 4096 + 8}, 4000);
            REQUIRE(part);
            REQUIRE(std::equal(part->begin(), part->end(), bytes->begin() + 8));
        }
    CHECK((*dump)->statistics().pages_read >= kPages);
    CHECK((*dump)->statistics().pages_read < kPages + 40);
}
