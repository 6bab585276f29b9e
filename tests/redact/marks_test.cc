// From what was marked in a dump to what is laid over it.
#include "redact/marks.h"

#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "catch.h"
#include "mkdump/kdump_writer.h"
#include "mkdump/kernel.h"

using namespace nfstriage;
using namespace nfstriage::redact;
using dump::Secret;

namespace {

constexpr std::uint64_t kData = 0xffff888012345000;

struct World {
    std::filesystem::path path =
        std::filesystem::temp_directory_path() / ("nfstriage-marks-" + std::to_string(getpid()));
    mkdump::Kernel kernel{mkdump::Paging{}};
    std::shared_ptr<Marks> marks = std::make_shared<Marks>();
    Key key{};

    World() { kernel.write(kData, mkdump::File(2 * 4096)); }
    ~World() { std::filesystem::remove(path); }

    void put(std::uint64_t offset, std::string_view text) {
        kernel.write(kData + offset, mkdump::File(text.begin(), text.end()));
    }

    std::unique_ptr<dump::Dump> open(dump::OpenOptions options) {
        auto file = mkdump::write_kdump(kernel.machine(), {}).front();
        std::ofstream(path, std::ios::binary)
            .write(reinterpret_cast<const char*>(file.data()),
                   static_cast<std::streamsize>(file.size()));
        auto dump = dump::Dump::open({path}, options);
        REQUIRE(dump);
        return std::move(*dump);
    }

    struct Mark {
        std::uint64_t offset, size;
        Secret kind;
    };
    // The memory as it reads with what replaces these marks.
    std::unique_ptr<dump::Dump> redacted(const std::vector<Mark>& list, Redactor& redactor) {
        dump::OpenOptions watched;
        watched.observer = marks;
        auto dump = open(watched);
        for (const Mark& mark : list)
            dump->memory().mark({VAddr{kData + mark.offset}, mark.size}, mark.kind);
        dump::OpenOptions laid_over;
        laid_over.overlay = std::make_shared<dump::Overlay>(marks->overlay(*dump, redactor));
        return open(laid_over);
    }
};

std::string text_at(const dump::Dump& dump, std::uint64_t offset, std::size_t size) {
    auto bytes = dump.memory().bytes(VAddr{kData + offset}, size);
    REQUIRE(bytes);
    return {bytes->begin(), bytes->end()};
}

}  // namespace

TEST_CASE("a name that is marked once is replaced there and in every sentence") {
    World world;
    world.put(0xffc, "srv-17.example");  // across a page's end
    world.put(0x100, "NFS: error -5, srv-17.example went away");
    Redactor redactor(world.key);
    auto dump =
        world.redacted({{0xffc, 14, Secret::word}, {0x100, 39, Secret::sentence}}, redactor);
    CHECK(text_at(*dump, 0xffc, 14) == redactor.name("srv-17.example"));
    CHECK(text_at(*dump, 0x100, 39) ==
          "NFS: error -5, " + redactor.name("srv-17.example") + " went away");
}

TEST_CASE("addresses in memory and in text become the same address") {
    World world;
    world.put(0, std::string_view("\x0a\x09\x09\x01", 4));
    world.put(0x40, "10.9.9.1-manager");
    Redactor redactor(world.key);
    auto dump = world.redacted({{0, 4, Secret::ipv4}, {0x40, 16, Secret::sentence}}, redactor);
    Ipv4 token = redactor.tokens().address(Ipv4{10, 9, 9, 1});
    std::string bytes = text_at(*dump, 0, 4);
    CHECK(std::equal(token.begin(), token.end(), reinterpret_cast<const std::uint8_t*>(&bytes[0])));
    CHECK(text_at(*dump, 0x40, 16) == redactor.name("10.9.9.1") + "-manager");
}

TEST_CASE("text on a stack is erased, pointers and numbers stay") {
    World world;
    world.put(0, std::string_view("\x10\x87\xc1\xaa\xff\xff\xff\xff", 8));
    world.put(8, "secret-file.txt");
    world.put(24, std::string_view("ABCD\0\0\0\0", 8));
    Redactor redactor(world.key);
    auto dump = world.redacted({{0, 32, Secret::stack}}, redactor);
    CHECK(text_at(*dump, 0, 8) == std::string("\x10\x87\xc1\xaa\xff\xff\xff\xff", 8));
    CHECK(text_at(*dump, 8, 16) == std::string(16, '\0'));
    CHECK(text_at(*dump, 24, 8) == std::string("ABCD\0\0\0\0", 8));
}

TEST_CASE("handles get other bytes, and what lies in a large area is cleared") {
    World world;
    world.put(0, "0123456789abcdef");
    world.put(0x200, std::string(512, 'x'));
    Redactor redactor(world.key);
    auto dump = world.redacted({{0, 16, Secret::bytes}, {0x200, 512, Secret::bytes}}, redactor);
    CHECK(text_at(*dump, 0, 16) != "0123456789abcdef");
    CHECK(text_at(*dump, 0x200, 512) == std::string(512, '\0'));
}

TEST_CASE("without marks nothing is laid over") {
    World world;
    Redactor redactor(world.key);
    auto dump = world.open({});
    CHECK(world.marks->overlay(*dump, redactor).empty());
}
