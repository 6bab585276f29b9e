// Text of a made vmlinux against a memory that has holes, was patched, or is of another build.
#include "debuginfo/text_memory.h"

#include "catch.h"
#include "fakes/fake_memory.h"
#include "fakes/fake_symbols.h"
#include "made_kernel.h"

namespace nfstriage::debuginfo {
namespace {

using fakes::FakePages;
using fakes::FakeSymbols;
using test::MadeKernel;
using test::TestFolder;

constexpr std::uint64_t kShift = 0x1e00000;
constexpr std::uint64_t kSize = 3 * 4096;
// Distances from _stext.
constexpr std::uint64_t kAddressWord = 64, kTraced = 4096, kAlternative = 8192;

// Three pages of text: an absolute address, a place of ftrace and one of alternatives.
constexpr std::string_view kText = R"(
.text
.p2align 12
.globl _stext
_stext:
  .fill 64, 1, 0x11
  .quad traced
  .fill 4024, 1, 0x11
traced:
  .fill 4096, 1, 0x22
alternative:
  .fill 4096, 1, 0x33
.section .init.text, "ax"
  .fill 64, 1, 0x44
.section .tables, "a"
.p2align 3
.globl __start_mcount_loc, __stop_mcount_loc, __alt_instructions, __alt_instructions_end
__start_mcount_loc:
  .quad traced
__stop_mcount_loc:
__alt_instructions:
  .long alternative - .
  .long alternative - .
  .short 1
  .byte 6, 6
__alt_instructions_end:
.section .note.GNU-stack, "", %progbits
)";

struct Fixture {
    TestFolder folder;
    MadeKernel kernel;
    std::filesystem::path file;
    std::uint64_t stext = 0;  // as linked
    FakePages memory;
    FakeSymbols symbols;

    Fixture() {
        auto text = folder.write("text.s", kText);
        file = folder.write("lib/modules/" + kernel.release + "/vmlinux",
                            test::vmlinux(kernel, "-g " + text.string()));
        stext = open()->stext();
        symbols.add("nfs_wb_page", stext + kShift + kTraced, 4096);
    }

    std::unique_ptr<TextFile> open() const {
        auto text = TextFile::open(file);
        REQUIRE(text);
        return std::move(*text);
    }
    // What a kernel of this file has in memory after it moved itself.
    void load() {
        std::vector<std::uint8_t> bytes(kSize);
        REQUIRE(open()->read(stext, bytes));
        memory.put_bytes(stext + kShift, bytes);
        memory.put(stext + kShift + kAddressWord, stext + kShift + kTraced);
    }
    TextMemory with_file() { return {memory, symbols, open(), kShift}; }
    VAddr at(std::uint64_t distance) const { return {stext + kShift + distance}; }
};

}  // namespace

TEST_CASE("text that a dump lacks is read from vmlinux, page by page") {
    Fixture f;
    f.load();
    f.memory.remove(f.at(kTraced).value);
    TextMemory memory = f.with_file();
    std::vector<std::uint8_t> bytes(kSize);
    REQUIRE(memory.read(f.at(0), bytes));
    CHECK(bytes[0] == 0x11);
    CHECK(bytes[kTraced] == 0x22);
    CHECK(bytes[kSize - 1] == 0x33);
    // The word of the page that the dump has is the dump's own.
    CHECK(bytes[kAddressWord + 2] == static_cast<std::uint8_t>((f.at(kTraced).value) >> 16));
    REQUIRE(memory.remarks().size() == 1);
    CHECK(memory.remarks()[0].find("taken from " + f.file.string()) != std::string::npos);
}

TEST_CASE("what is no text of the running kernel stays as absent as the dump has it") {
    Fixture f;
    TextMemory memory = f.with_file();
    std::vector<std::uint8_t> bytes(16);
    SECTION("behind the text") {
        auto read = memory.read(VAddr{f.stext + kShift + (std::uint64_t{1} << 30)}, bytes);
        REQUIRE_FALSE(read);
        CHECK(read.error().reason == Reason::not_dumped);
    }
    SECTION("half of it") { CHECK_FALSE(memory.read(f.at(0) - 0x100000, bytes)); }
    SECTION("at the end of the address space") {
        CHECK_FALSE(memory.read(VAddr{UINT64_MAX - 7}, bytes));
    }
    CHECK(memory.remarks().empty());
}

TEST_CASE("a kernel's patches of its own text are no difference") {
    Fixture f;
    f.load();
    std::vector<std::uint8_t> bytes(kSize);
    SECTION("moved addresses") {}
    SECTION("ftrace") { f.memory.put(f.at(kTraced).value, std::uint32_t{0x441f0f66}); }
    SECTION("alternatives") { f.memory.put(f.at(kAlternative + 2).value, std::uint32_t{0}); }
    TextMemory memory = f.with_file();
    REQUIRE(memory.read(f.at(0), bytes));
    CHECK(memory.remarks().empty());
}

TEST_CASE("other differences are told once, with their function") {
    Fixture f;
    f.load();
    f.memory.put(f.at(kTraced + 100).value, std::uint8_t{0x99});
    f.memory.put(f.at(kAlternative + 6).value, std::uint8_t{0x99});  // behind the alternative
    TextMemory memory = f.with_file();
    std::vector<std::uint8_t> bytes(64);
    REQUIRE(memory.read(f.at(kTraced), bytes));
    CHECK(memory.remarks().empty());  // not read yet
    bytes.resize(kSize);
    REQUIRE(memory.read(f.at(0), bytes));
    REQUIRE(memory.read(f.at(0), bytes));
    REQUIRE(memory.remarks().size() == 1);
    CHECK(memory.remarks()[0].find("nfs_wb_page+0x64") != std::string::npos);
}

TEST_CASE("only the vmlinux of the crashed kernel lends its text") {
    Fixture f;
    layout::KernelIdentity wanted;
    wanted.build_id = f.kernel.build_id;
    SECTION("found in a folder") {
        auto found = find_text({f.folder.path()}, wanted);
        REQUIRE(found);
        CHECK((*found)->stext() == f.stext);
    }
    SECTION("named itself") { CHECK(find_text({f.file}, wanted)); }
    SECTION("of another build") {
        wanted.build_id = "ffff" + f.kernel.build_id.substr(4);
        CHECK_FALSE(find_text({f.folder.path()}, wanted));
    }
    SECTION("a package is not unpacked") {
        auto package = f.folder.write("kernel-debuginfo.rpm", "\xed\xab\xee\xdb");
        auto found = find_text({package}, wanted);
        REQUIRE_FALSE(found);
        CHECK(found.error().remedy.find("vmlinux") != std::string::npos);
    }
    SECTION("a debug file without text") {
        auto bare =
            f.folder.write("vmlinux", test::objcopied(test::contents(f.file), "--only-keep-debug"));
        auto found = find_text({bare}, wanted);
        REQUIRE_FALSE(found);
        CHECK(found.error().file.empty());  // no fault of the file's
    }
}

}  // namespace nfstriage::debuginfo
