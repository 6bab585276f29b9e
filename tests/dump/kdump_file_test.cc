// The writer of kdump files against the reader, overlays, and what observers see.
#include "dump/kdump_file.h"

#include <algorithm>
#include <map>

#include "catch.h"
#include "dump/made.h"
#include "dump/overlay.h"

using namespace nfstriage;
using namespace nfstriage::dump;
using namespace nfstriage::dump::test;

namespace {

KdumpImage image_of(const Dump& dump, std::vector<Pfn> pages) {
    KdumpImage image;
    image.arch = dump.arch();
    image.uname = dump.uname();
    image.raw = dump.raw_headers();
    image.cpus = dump.cpu_notes().size();
    image.block_size = dump.file_page_size();
    image.pages = std::move(pages);
    return image;
}

Result<WrittenKdump> write(const Dump& dump, const KdumpImage& image,
                           const std::filesystem::path& path) {
    return write_kdump_file(path, image, [&](Pfn page, std::span<std::uint8_t> out) {
        return dump.read_physical(PAddr{page.value * image.block_size}, out);
    });
}

class Seen final : public Observer {
public:
    void read(PRange given) override { bytes += given.size; }
    void secret(std::span<const PRange> places, Secret kind) override {
        for (const PRange& place : places) secrets.emplace_back(place.size, kind);
    }
    std::uint64_t bytes = 0;
    std::vector<std::pair<std::uint64_t, Secret>> secrets;
};

}  // namespace

TEST_CASE("a dump of some pages holds those, and says of others that they are filtered or absent") {
    TemporaryFolder folder;
    auto kernel = small_kernel();
    auto source = save(mkdump::write_kdump(kernel.machine(), {}).front(), folder / "whole");
    auto whole = Dump::open({source});
    REQUIRE(whole);
    REQUIRE((*whole)->memory().bytes(VAddr{kData}, 4096));
    std::vector<std::uint8_t> byte(1);
    CHECK((*whole)->read_physical(PAddr{kSparePage}, byte).error().reason == Reason::filtered);
    REQUIRE((*whole)->memory().u64(VAddr{kData + 0x10000}));  // a page of zeros

    KdumpImage image = image_of(**whole, (*whole)->pages_read());
    image.filtered = (*whole)->pages_filtered();
    CHECK(image.filtered == std::vector<Pfn>{{kSparePage / 4096}});
    auto written = write(**whole, image, folder / "part");
    REQUIRE(written);
    CHECK(written->pages == image.pages.size());

    auto part = Dump::open({folder / "part"});
    REQUIRE(part);
    CHECK((*part)->complete());
    CHECK((*part)->format() == "kdump-compressed");
    CHECK((*part)->uname().release == (*whole)->uname().release);
    CHECK((*part)->vmcoreinfo().lines() == (*whole)->vmcoreinfo().lines());
    REQUIRE((*part)->cpu_notes().size() == (*whole)->cpu_notes().size());
    for (std::size_t i = 0; i < (*part)->cpu_notes().size(); ++i) {
        CHECK((*part)->cpu_notes()[i].pid == (*whole)->cpu_notes()[i].pid);
        CHECK((*part)->cpu_notes()[i].registers.values ==
              (*whole)->cpu_notes()[i].registers.values);
    }
    CHECK((*part)->memory().bytes(VAddr{kData}, 4096).value() == pattern(5, 4096));
    CHECK((*part)->memory().u64(VAddr{kData + 0x10000}).value() == 0);
    CHECK((*part)->memory().u64(VAddr{kData + 0x1000}).error().reason == Reason::not_dumped);
    CHECK((*part)->read_physical(PAddr{kSparePage}, byte).error().reason == Reason::filtered);
}

TEST_CASE("a dump of a large machine takes space for its pages only") {
    TemporaryFolder folder;
    auto kernel = small_kernel();
    auto source = save(mkdump::write_kdump(kernel.machine(), {}).front(), folder / "whole");
    auto whole = Dump::open({source});
    REQUIRE(whole);
    constexpr std::uint64_t kFar = (512ull << 30) / 4096;
    KdumpImage image = image_of(**whole, {{1}, {kFar}});
    auto written =
        write_kdump_file(folder / "far", image, [](Pfn page, std::span<std::uint8_t> out) {
            std::fill(out.begin(), out.end(), static_cast<std::uint8_t>(page.value));
            out[0] = 7;
            return Maybe<void>();
        });
    REQUIRE(written);
    CHECK(written->bytes < 200'000);
    auto far = Dump::open({folder / "far"});
    REQUIRE(far);
    std::vector<std::uint8_t> byte(1);
    REQUIRE((*far)->read_physical(PAddr{kFar * 4096}, byte));
    CHECK(byte[0] == 7);
    CHECK_FALSE((*far)->read_physical(PAddr{(kFar - 1) * 4096}, byte));
}

TEST_CASE("a page that cannot be had is left out as filtered") {
    TemporaryFolder folder;
    auto kernel = small_kernel();
    auto source = save(mkdump::write_kdump(kernel.machine(), {}).front(), folder / "whole");
    auto whole = Dump::open({source});
    REQUIRE(whole);
    auto written = write_kdump_file(folder / "part", image_of(**whole, {{1}, {2}, {3}}),
                                    [](Pfn page, std::span<std::uint8_t> out) -> Maybe<void> {
                                        if (page.value == 2) return unknown(Reason::corrupt);
                                        std::fill(out.begin(), out.end(), std::uint8_t{9});
                                        return {};
                                    });
    REQUIRE(written);
    CHECK(written->pages == 2);
    auto part = Dump::open({folder / "part"});
    REQUIRE(part);
    std::vector<std::uint8_t> byte(1);
    CHECK((*part)->read_physical(PAddr{0x1000}, byte));
    CHECK((*part)->read_physical(PAddr{0x2000}, byte).error().reason == Reason::filtered);
    CHECK((*part)->read_physical(PAddr{0x3000}, byte));
}

TEST_CASE("a file that cannot be written leaves nothing behind") {
    TemporaryFolder folder;
    auto kernel = small_kernel();
    auto source = save(mkdump::write_kdump(kernel.machine(), {}).front(), folder / "whole");
    auto whole = Dump::open({source});
    REQUIRE(whole);
    auto written = write(**whole, image_of(**whole, {{1}}), folder / "no" / "part");
    REQUIRE(!written);
    CHECK(written.error().file.find("part") != std::string::npos);
}

TEST_CASE("an overlay replaces bytes wherever they are read, and makes no page appear") {
    TemporaryFolder folder;
    auto kernel = small_kernel();
    auto path = save(mkdump::write_kdump(kernel.machine(), {}).front(), folder / "kdump");
    auto overlay = std::make_shared<Overlay>();
    const std::vector<std::uint8_t> patch(4, 0xab);
    overlay->put(PAddr{*kernel.physical(kData + 0xffc)}, patch);  // on both sides of a page's end
    overlay->put(PAddr{*kernel.physical(kData + 0x1000)}, patch);
    overlay->put(PAddr{kSparePage}, patch);
    overlay->put(PAddr{UINT64_MAX - 2}, patch);
    OpenOptions options;
    options.overlay = overlay;
    auto dump = Dump::open({path}, options);
    REQUIRE(dump);
    auto before = pattern(5, 3 * 4096);
    std::fill(before.begin() + 0xffc, before.begin() + 0x1004, std::uint8_t{0xab});
    CHECK((*dump)->memory().bytes(VAddr{kData}, before.size()).value() == before);
    CHECK((*dump)->memory().u8(VAddr{kData + 0x1003}).value() == 0xab);
    std::vector<std::uint8_t> byte(1);
    CHECK_FALSE((*dump)->read_physical(PAddr{kSparePage}, byte));
}

TEST_CASE("an observer sees which bytes were given and what was marked") {
    TemporaryFolder folder;
    auto kernel = small_kernel();
    auto path = save(mkdump::write_kdump(kernel.machine(), {}).front(), folder / "kdump");
    auto seen = std::make_shared<Seen>();
    OpenOptions options;
    options.observer = seen;
    auto dump = Dump::open({path}, options);
    REQUIRE(dump);
    REQUIRE((*dump)->translate(VAddr{kData}));
    const std::uint64_t before = seen->bytes;
    REQUIRE((*dump)->memory().bytes(VAddr{kData + 0x100}, 24));
    CHECK(seen->bytes == before + 24);
    (*dump)->memory().mark({VAddr{kData + 0xff8}, 16}, Secret::word);
    CHECK(seen->secrets ==
          std::vector<std::pair<std::uint64_t, Secret>>{{8, Secret::word}, {8, Secret::word}});
    (*dump)->memory().mark({VAddr{0xffffc90000000000}, 16}, Secret::word);  // not mapped
    (*dump)->memory().mark({VAddr{UINT64_MAX}, 16}, Secret::word);
    CHECK(seen->secrets.size() == 2);
}
