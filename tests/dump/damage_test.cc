// Bad input: every one gets a clear error or a dump that says what is missing, never a crash.
#include <sys/stat.h>
#include <unistd.h>

#include <cstring>
#include <random>

#include "base/bytes.h"
#include "dump/elf.h"
#include "dump/made.h"
#include "dump/vmcoreinfo_search.h"

using namespace nfstriage;
using namespace nfstriage::dump;
using namespace nfstriage::dump::test;

namespace {

// Reads all that the small kernel had; what comes back must be right or unknown.
void read_everything(const Dump& dump, const mkdump::Kernel& kernel) {
    auto expected = pattern(5, 3 * 4096);
    for (std::uint64_t page = 0; page < 3; ++page) {
        auto bytes = dump.memory().bytes(VAddr{kData + page * 4096}, 4096);
        if (bytes)
            CHECK(std::equal(bytes->begin(), bytes->end(),
                             expected.begin() + static_cast<std::ptrdiff_t>(page * 4096)));
    }
    std::vector<std::uint8_t> bytes(4096);
    for (const auto& [number, stored] : kernel.machine().memory)
        (void)dump.read_physical(PAddr{number * 4096}, bytes);
    std::vector<VRange> ranges = {{VAddr{kData}, 0x20000}};
    dump.memory().prefetch(ranges);
    (void)dump.vmcoreinfo().symbol("init_uts_ns");
    (void)dump.missing();
}

void check_error(const Error& error, const std::filesystem::path& path) {
    CHECK(error.file == path.string());
    CHECK_FALSE(error.expected.empty());
    CHECK_FALSE(error.remedy.empty());
}

// 32 KiB of dump, so that every byte of it can be tried.
mkdump::Kernel tiny_kernel() {
    mkdump::Kernel kernel{mkdump::Paging{}};
    kernel.write(kData, pattern(5, 3 * 4096));
    return kernel;
}

// A file in memory that counts how often it is read.
class CountedFile final : public FileBytes {
public:
    explicit CountedFile(mkdump::File bytes) : bytes_(std::move(bytes)) {}
    const std::string& name() const override { return name_; }
    std::uint64_t size() const override { return bytes_.size(); }
    std::uint64_t stored_size() const override { return bytes_.size(); }
    Maybe<void> read(std::uint64_t offset, std::span<std::uint8_t> out) const override {
        ++reads;
        auto range = Bytes(bytes_).range(offset, out.size());
        if (!range) return tl::unexpected<Unknown>(range.error());
        std::copy(range->begin(), range->end(), out.begin());
        return {};
    }
    mutable std::size_t reads = 0;

private:
    std::string name_ = "counted";
    mkdump::File bytes_;
};

}  // namespace

TEST_CASE("VMCOREINFO is searched for only as far as an ELF file reaches") {
    auto machine = tiny_kernel().machine();
    machine.vmcoreinfo.clear();
    auto bytes = mkdump::write_elf(machine, {});
    // Each segment promises 2^44 bytes more than there are.
    const std::size_t end = 64 + 56 * std::size_t{bytes[56]};
    for (std::size_t at = 64 + 56; at < end; at += 56)
        for (std::size_t field : {32, 40}) bytes[at + field + 5] = 0x10;
    auto file = std::make_shared<CountedFile>(bytes);
    auto contents = open_elf(file);
    REQUIRE(contents);
    file->reads = 0;
    CHECK(search_vmcoreinfo(*contents->source).empty());
    CHECK(file->reads > 0);
    CHECK(file->reads <= bytes.size() / 4096 * 2);
}

TEST_CASE("a large range of which an end is absent is refused before memory is taken for it") {
    class OnePage final : public Memory {
    public:
        explicit OnePage(std::uint64_t page) : page_(page) {}
        Maybe<void> read(VAddr address, std::span<std::uint8_t> out) const override {
            largest = std::max(largest, out.size());
            if (address.value / 4096 != page_) return unknown(Reason::filtered);
            return {};
        }
        mutable std::size_t largest = 0;

    private:
        std::uint64_t page_;
    };
    constexpr std::uint64_t kSize = 256 << 20;
    for (std::uint64_t present : {kData, kData + kSize - 1, std::uint64_t{0}}) {
        OnePage memory(present / 4096);
        auto bytes = memory.bytes(VAddr{kData}, kSize);
        REQUIRE_FALSE(bytes);
        CHECK(bytes.error().reason == Reason::filtered);
        CHECK(memory.largest < 4096);
    }
}

TEST_CASE("many segments of notes over the same bytes are read up to a limit") {
    constexpr std::uint64_t kSegments = 40, kNotes = 8192, kSize = 1 << 20;
    mkdump::File bytes(kNotes + kSize);
    auto put = [&](std::uint64_t at, std::uint64_t value, unsigned size) {
        mkdump::put_number(bytes, at, value, size);
    };
    std::memcpy(bytes.data(), "\177ELF\2\1\1", 7);
    put(16, 4, 2), put(18, 62, 2), put(32, 64, 8), put(54, 56, 2), put(56, kSegments + 1, 2);
    put(64, 1, 4);  // one segment of memory
    for (std::uint64_t i = 1; i <= kSegments; ++i)
        put(64 + i * 56, 4, 4), put(64 + i * 56 + 8, kNotes, 8), put(64 + i * 56 + 32, kSize, 8);
    auto contents = open_elf(std::make_shared<CountedFile>(std::move(bytes)));
    REQUIRE(contents);
    CHECK(contents->raw.notes.size() <= 16 * kSize);
    CHECK(contents->missing == std::vector<std::string>{"the ELF notes cannot be read"});
}

TEST_CASE("of segments that overlap the first serves, however many there are") {
    // A hundred thousand pages apart from each other, and as many segments over all of them.
    constexpr std::uint64_t kSegments = 200'000, kTable = 128;
    mkdump::File bytes(kTable + kSegments * 56);
    auto put = [&](std::uint64_t at, std::uint64_t value, unsigned size) {
        mkdump::put_number(bytes, at, value, size);
    };
    std::memcpy(bytes.data(), "\177ELF\2\1\1", 7);
    put(16, 4, 2), put(18, 62, 2), put(32, kTable, 8), put(40, 64, 8);
    put(54, 56, 2), put(56, 0xffff, 2), put(64 + 44, kSegments, 4);
    for (std::uint64_t i = 0; i < kSegments; ++i) {
        std::uint64_t at = kTable + i * 56;
        bool small = i < kSegments / 2;
        put(at, 1, 4), put(at + 8, i, 8);
        put(at + 24, small ? i * 8192 : 0, 8);
        for (unsigned field : {32, 40}) put(at + field, small ? 4096 : kSegments * 4096, 8);
    }
    auto contents = open_elf(std::make_shared<CountedFile>(std::move(bytes)));
    REQUIRE(contents);
    const PageSource& source = *contents->source;
    CHECK(source.locate(0)->offset == 0);
    CHECK(source.locate(2 * 777)->offset == 777);
    CHECK(source.locate(2 * 777 + 1)->offset == kSegments / 2 + (2 * 777 + 1) * 4096);
    CHECK_FALSE(source.locate(kSegments));
}

TEST_CASE("inputs that are no dump are named for what they are") {
    TemporaryFolder folder;
    struct Case {
        const char* name;
        mkdump::File bytes;
        const char* says;
    };
    auto text = [](std::string s) { return mkdump::File(s.begin(), s.end()); };
    for (const Case& given : {
             Case{"gzip", {0x1f, 0x8b, 8, 0, 1, 2, 3}, "gzip"},
             Case{"xz", {0xfd, '7', 'z', 'X', 'Z', 0, 0}, "xz"},
             Case{"zstd", {0x28, 0xb5, 0x2f, 0xfd, 0, 0}, "zstd"},
             Case{"bzip2", text("BZh91AY"), "bzip2"},
             Case{"lz4", {4, 0x22, 0x4d, 0x18, 0}, "lz4"},
             Case{"text", text("[   12.3] Kernel panic - not syncing\n"), "text"},
             Case{"zeros", mkdump::File(100000), "zeros"},
             Case{"byte", {0xff}, "ff"},
             Case{"rubbish", pattern(3, 5000), "found the bytes"},
             Case{"kdump", text("KDUMP   "), "header"},
             Case{"elf", text("\177ELF"), "7f 45 4c 46"},
             Case{"flat", text("makedumpfile"), "flattened"},
         }) {
        INFO(given.name);
        auto path = save(given.bytes, folder / given.name);
        auto dump = Dump::open({path});
        REQUIRE_FALSE(dump);
        check_error(dump.error(), path);
        CHECK_THAT(dump.error().expected, ContainsSubstring(given.says));
    }
}

TEST_CASE("missing, empty and unreadable files and folders are errors that say so") {
    TemporaryFolder folder;
    auto empty = save({}, folder / "empty");
    auto nothing = folder / "nothing";
    auto secret = save({1, 2, 3}, folder / "secret");
    auto pipe = folder / "pipe";
    REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
    REQUIRE(::chmod(secret.c_str(), 0) == 0);
    for (const auto& path : {empty, nothing, secret, pipe, folder / ""}) {
        INFO(path.string());
        auto dump = Dump::open({path});
        REQUIRE_FALSE(dump);  // root may open `secret`, which is no dump either
        check_error(dump.error(), path);
    }
    CHECK_FALSE(Dump::open({}));
}

TEST_CASE("a dump cut off at any byte opens as incomplete or is an error") {
    TemporaryFolder folder;
    auto kernel = tiny_kernel();
    mkdump::FlattenOptions flat;
    flat.record_size = 3000;
    auto kdump = mkdump::write_kdump(kernel.machine(), {}).front();
    auto format = GENERATE(0, 1, 2);
    auto whole = format == 0   ? kdump
                 : format == 1 ? mkdump::flatten(kdump, flat)
                               : mkdump::write_elf(kernel.machine(), {});
    auto path = save(whole, folder / "cut");
    {
        auto dump = Dump::open({path});
        REQUIRE(dump);
        CHECK((*dump)->complete());
    }
    std::size_t opened = 0;
    // Every byte of the headers and the last page, every 61st of the bulk between.
    for (std::size_t size = whole.size(); size-- > 0;) {
        if (size > 9000 && size < whole.size() - 5000 && size % 61 != 0) continue;
        REQUIRE(::truncate(path.c_str(), static_cast<off_t>(size)) == 0);
        auto dump = Dump::open({path});
        if (!dump) {
            check_error(dump.error(), path);
            continue;
        }
        ++opened;
        CHECK_FALSE((*dump)->complete());
        read_everything(**dump, kernel);
    }
    CHECK(opened > 1000);
}

TEST_CASE("a kdump file cut off inside its pages says so and keeps what is left") {
    TemporaryFolder folder;
    auto kernel = tiny_kernel();
    mkdump::KdumpOptions options;
    options.codec = Codec::none;
    auto whole = mkdump::write_kdump(kernel.machine(), options).front();
    whole.resize(whole.size() - 1);
    auto dump = Dump::open({save(whole, folder / "cut")});
    REQUIRE(dump);
    CHECK_FALSE((*dump)->complete());
    CHECK_THAT((*dump)->missing().at(0), ContainsSubstring("end"));
    auto system = (*dump)->memory().cstring(VAddr{kernel.uts()}, 65);
    CHECK(system == std::string("Linux"));
}

TEST_CASE("every header field may hold anything") {
    TemporaryFolder folder;
    auto kernel = tiny_kernel();
    auto format = GENERATE(0, 1, 2);
    auto kdump = mkdump::write_kdump(kernel.machine(), {}).front();
    auto whole = format == 0   ? kdump
                 : format == 1 ? mkdump::flatten(kdump, {})
                               : mkdump::write_elf(kernel.machine(), {});
    std::vector<std::size_t> places;
    auto range = [&](std::size_t from, std::size_t to) {
        for (std::size_t at = from; at < to; at += 4) places.push_back(at);
    };
    if (format == 0) {
        range(0, 16);
        range(420, 470);
        range(4096, 4200);
    } else if (format == 1) {
        range(0, 32);
        range(4096, 4112);
        range(4096 + 16 + 420, 4096 + 16 + 470);
    } else {
        range(0, 64 + 56 * 6);
    }
    for (std::size_t at : places)
        for (std::uint64_t value : {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{0x7fffffff},
                                    std::uint64_t{0x80000000}, std::uint64_t{0xffffffff},
                                    std::uint64_t{4095}, ~std::uint64_t{0}}) {
            INFO("offset " << at << " value " << value);
            auto file = whole;
            mkdump::put_number(file, at, value, at % 8 == 0 && value == ~0ull ? 8 : 4);
            auto path = save(file, folder / "odd");
            auto dump = Dump::open({path});
            if (!dump) {
                check_error(dump.error(), path);
                continue;
            }
            read_everything(**dump, kernel);
        }
}

TEST_CASE("damaged page descriptors make their page corrupt and no other") {
    TemporaryFolder folder;
    auto kernel = tiny_kernel();
    mkdump::KdumpOptions options;
    auto whole = mkdump::write_kdump(kernel.machine(), options).front();
    std::uint64_t frames = kernel.machine().memory.rbegin()->first + 1;
    std::uint64_t half = ((frames + 7) / 8 + 4095) / 4096 * 4096;
    std::uint64_t page = *kernel.physical(kData) / 4096, index = 0;
    for (const auto& [number, bytes] : kernel.machine().memory) index += number < page;
    std::uint32_t sub_blocks;
    std::memcpy(&sub_blocks, whole.data() + 432, 4);
    std::uint64_t at = (1 + sub_blocks) * 4096 + 2 * half + index * 24;
    struct Change {
        std::uint64_t offset, value;
        unsigned size;
    };
    for (Change change :
         {Change{0, 0, 8}, Change{0, 5, 8}, Change{0, ~0ull, 8}, Change{0, ~0ull - 100, 8},
          Change{8, 0, 4}, Change{8, 4097, 4}, Change{8, 0xffffffff, 4}, Change{12, 3, 4},
          Change{12, 0x40, 4}, Change{12, 0x20, 4}, Change{12, 2, 4}, Change{12, 4, 4},
          Change{12, 0, 4}}) {
        INFO("field " << change.offset << " value " << change.value);
        auto file = whole;
        mkdump::put_number(file, at + change.offset, change.value, change.size);
        auto dump = Dump::open({save(file, folder / "odd")});
        REQUIRE(dump);
        auto first = (*dump)->memory().u64(VAddr{kData});
        REQUIRE_FALSE(first);
        CHECK(first.error().reason == Reason::corrupt);
        auto second = (*dump)->memory().bytes(VAddr{kData + 4096}, 4096);
        REQUIRE(second);
        CHECK(std::equal(second->begin(), second->end(), pattern(5, 8192).begin() + 4096));
    }
}

TEST_CASE("an incomplete dump's unwritten pages are not dumped") {
    TemporaryFolder folder;
    auto kernel = tiny_kernel();
    mkdump::KdumpOptions options;
    options.status = 0x8;
    auto dump = Dump::open(save_all(mkdump::write_kdump(kernel.machine(), options), folder));
    REQUIRE(dump);
    CHECK_FALSE((*dump)->complete());
    CHECK_THAT((*dump)->missing().at(0), ContainsSubstring("incomplete"));
    CHECK((*dump)->memory().u64(VAddr{kData}));
}

TEST_CASE("random damage anywhere is survived") {
    TemporaryFolder folder;
    auto kernel = tiny_kernel();
    auto codec = GENERATE(Codec::zlib, Codec::lzo, Codec::snappy, Codec::zstd);
    mkdump::KdumpOptions options;
    options.codec = codec;
    auto whole = mkdump::write_kdump(kernel.machine(), options).front();
    std::mt19937_64 random(11);
    for (unsigned round = 0; round < 150; ++round) {
        auto file = whole;
        for (unsigned i = 0; i < 40; ++i)
            file[random() % file.size()] = static_cast<std::uint8_t>(random());
        auto dump = Dump::open({save(file, folder / "odd")});
        if (!dump) continue;
        std::vector<std::uint8_t> bytes(4096);
        for (const auto& [number, stored] : kernel.machine().memory)
            (void)(*dump)->read_physical(PAddr{number * 4096}, bytes);
        (void)(*dump)->memory().u64(VAddr{kData});
    }
    SUCCEED("no crash");
}
