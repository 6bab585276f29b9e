// Every real dump is read by us and by libkdumpfile, and both must say the same.
#include <cstring>
#include <fstream>
#include <random>

#include "dump/corpus.h"
#include "dump/dump.h"
#include "mkdump/thin.h"

using namespace nfstriage;
using namespace nfstriage::dump;
using namespace nfstriage::dump::test;

namespace {

// libkdumpfile 0.5.1 reads no flattened files: the rearranged copy of one, made record by record.
std::filesystem::path rearranged(const std::filesystem::path& dump, const TemporaryFolder& folder) {
    std::ifstream in(dump, std::ios::binary);
    std::string head(4096, '\0');
    REQUIRE(in.read(head.data(), 4096));
    if (!head.starts_with("makedumpfile")) return dump;
    auto target = folder / "rearranged";
    std::ofstream out(target, std::ios::binary);
    for (;;) {
        std::uint64_t record[2];
        REQUIRE(in.read(reinterpret_cast<char*>(record), sizeof record));
        std::uint64_t offset = __builtin_bswap64(record[0]), size = __builtin_bswap64(record[1]);
        if (offset == UINT64_MAX) return target;
        std::string bytes(size, '\0');
        REQUIRE(in.read(bytes.data(), static_cast<std::streamsize>(size)));
        out.seekp(static_cast<std::streamoff>(offset));
        out.write(bytes.data(), static_cast<std::streamsize>(size));
    }
}

std::string show(const Maybe<void>& result) {
    return result ? "read" : std::string(to_string(result.error().reason));
}

void compare_pages(const Dump& ours, const Dump& theirs) {
    std::mt19937_64 random(1);
    std::uint64_t top = ours.arch() == Arch::aarch64 ? 0x60000000 : 0x30000000;
    unsigned read = 0, different = 0;
    for (unsigned i = 0; i < 6000; ++i) {
        PAddr at{random() % top / 4096 * 4096};
        std::vector<std::uint8_t> a(4096), b(4096);
        auto mine = ours.read_physical(at, a), other = theirs.read_physical(at, b);
        if (show(mine) != show(other) || (mine && a != b)) {
            ++different;
            UNSCOPED_INFO(hex(at) << ": " << show(mine) << " against " << show(other));
        }
        if (mine) ++read;
    }
    CHECK(different == 0);
    CHECK(read > 100);
}

// Addresses that kernels use: the image, and what pointers in its data lead to.
void compare_addresses(const Dump& ours, const Dump& theirs) {
    std::vector<std::uint64_t> addresses;
    for (const auto& [key, value] : ours.vmcoreinfo().lines())
        if (key.starts_with("SYMBOL("))
            addresses.push_back(
                ours.vmcoreinfo().symbol(key.substr(7, key.size() - 8)).value_or(VAddr{}).value);
    REQUIRE(addresses.size() > 10);
    std::uint64_t seen = 0, mapped = 0, different = 0;
    for (std::size_t i = 0; i < addresses.size() && addresses.size() < 20000; ++i) {
        auto page = ours.memory().bytes(VAddr{addresses[i] & ~0xfffull}, 4096);
        if (!page) continue;
        for (std::size_t at = 0; at < 4096; at += 8) {
            std::uint64_t value;
            std::memcpy(&value, page->data() + at, 8);
            if (value >> 40 >= 0xffff80) addresses.push_back(value);
        }
    }
    for (std::uint64_t address : addresses) {
        auto mine = ours.translate(VAddr{address}), other = theirs.translate(VAddr{address});
        ++seen;
        if (mine) ++mapped;
        // Where a table is absent the two may give different reasons; only places must agree.
        if (mine.has_value() != other.has_value() || (mine && *mine != *other)) {
            ++different;
            UNSCOPED_INFO(hex(address)
                          << ": " << (mine ? hex(*mine) : to_string(mine.error())) << " against "
                          << (other ? hex(*other) : to_string(other.error())));
        }
    }
    CHECK(different == 0);
    CHECK(seen > 3000);
    CHECK(mapped > 1000);
}

}  // namespace

TEST_CASE("real dumps read the same as through libkdumpfile") {
    for (const auto& path : corpus_dumps()) {
        INFO(path.string());
        TemporaryFolder folder;
        auto whole = unpacked(path, folder);
        auto ours = Dump::open({whole});
        REQUIRE(ours);
        OpenOptions options;
        options.force_library = true;
        auto theirs = Dump::open({rearranged(whole, folder)}, options);
        REQUIRE(theirs);
        CHECK((*ours)->arch() == (*theirs)->arch());
        CHECK((*ours)->page_size() == (*theirs)->page_size());
        CHECK((*ours)->vmcoreinfo().lines() == (*theirs)->vmcoreinfo().lines());
        CHECK((*ours)->uname().release == (*theirs)->uname().release);
        CHECK((*ours)->uname().nodename == (*theirs)->uname().nodename);
        REQUIRE((*ours)->cpu_notes().size() == (*theirs)->cpu_notes().size());
        for (std::size_t i = 0; i < (*ours)->cpu_notes().size(); ++i) {
            const CpuNote &a = (*ours)->cpu_notes()[i], &b = (*theirs)->cpu_notes()[i];
            CHECK(a.pid == b.pid);
            CHECK(a.registers.values.size() >= 23);
            for (const auto& [name, value] : a.registers.values) {
                INFO(name);
                CHECK(b.registers.get(name) == value);
            }
        }
        compare_pages(**ours, **theirs);
        compare_addresses(**ours, **theirs);
    }
}

TEST_CASE("real dumps name their kernel through its own page tables") {
    for (const auto& path : corpus_dumps()) {
        INFO(path.string());
        TemporaryFolder folder;
        auto dump = Dump::open({unpacked(path, folder)});
        REQUIRE(dump);
        CHECK((*dump)->complete());
        auto symbol = (*dump)->vmcoreinfo().symbol("init_uts_ns");
        auto offset = (*dump)->vmcoreinfo().offset("uts_namespace.name");
        REQUIRE((symbol && offset));
        auto system = (*dump)->memory().cstring(*symbol + *offset, 65);
        auto release = (*dump)->memory().cstring(*symbol + *offset + 130, 65);
        REQUIRE((system && release));
        CHECK(*system == "Linux");
        CHECK(*release == (*dump)->uname().release);
        CHECK((*dump)->statistics().pages_read < 20);
    }
}

// libkdumpfile keeps a list of its own for ever; that is not our leak.
extern "C" const char* __lsan_default_suppressions();
extern "C" const char* __lsan_default_suppressions() { return "leak:libkdumpfile"; }

TEST_CASE("a thinned real dump still holds what was read, for us and for libkdumpfile") {
    for (const auto& path : corpus_dumps()) {
        INFO(path.string());
        TemporaryFolder folder;
        auto whole = unpacked(path, folder);
        auto dump = Dump::open({whole});
        REQUIRE(dump);
        const Vmcoreinfo& info = (*dump)->vmcoreinfo();
        VAddr name = *info.symbol("init_uts_ns") + *info.offset("uts_namespace.name");
        auto expected = (*dump)->memory().bytes(name, 390);
        REQUIRE(expected);
        auto kept = mkdump::thin(whole, (*dump)->pages_read(), folder / "thin");
        REQUIRE(kept);
        CHECK(*kept == (*dump)->pages_read().size());
        CHECK(std::filesystem::file_size(folder / "thin") < 200000);
        for (bool library : {false, true}) {
            OpenOptions options;
            options.force_library = library;
            auto thinned = Dump::open({folder / "thin"}, options);
            REQUIRE(thinned);
            CHECK((*thinned)->complete());
            auto bytes = (*thinned)->memory().bytes(name, 390);
            REQUIRE(bytes);
            CHECK(*bytes == *expected);
        }
    }
}
