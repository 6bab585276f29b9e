// Which kernel a debug file is of, and whether that is the dump's.
#include "debuginfo/object_identity.h"

#include "catch.h"
#include "debuginfo/made_kernel.h"

using namespace nfstriage;
using namespace nfstriage::test;
using debuginfo::ObjectIdentity;
using layout::KernelIdentity;

namespace {

Result<ObjectIdentity> identity_of(std::string_view bytes, const char* name = "file") {
    TestFolder folder;
    auto elf = debuginfo::ElfObject::open(folder.write(name, bytes));
    if (!elf) return tl::unexpected<Error>(elf.error());
    return debuginfo::identify_object(**elf);
}

KernelIdentity kernel(const char* release, const char* version, const char* build_id,
                      std::optional<Arch> arch = Arch::x86_64) {
    KernelIdentity identity;
    identity.arch = arch;
    if (release != nullptr) identity.release = release;
    if (version != nullptr) identity.version = version;
    if (build_id != nullptr) identity.build_id = build_id;
    return identity;
}

}  // namespace

TEST_CASE("vmlinux tells release, version and build id") {
    MadeKernel made;
    made.before_uts = GENERATE(0u, 4u, 8u);
    made.uts = GENERATE(true, false);
    auto identity = identity_of(vmlinux(made));
    REQUIRE(identity);
    CHECK_FALSE(identity->is_module());
    CHECK(identity->debug_info);
    CHECK(identity->kernel.release == made.release);
    CHECK(identity->kernel.version == made.version);
    CHECK(identity->kernel.build_id == made.build_id);
    CHECK(identity->object.build_id == made.build_id);
    CHECK(identity->kernel.arch.has_value());
}

TEST_CASE("the names in init_uts_ns count more than the banner") {
    MadeKernel made;
    std::string bytes = vmlinux(made);
    // A distribution that edits the banner after the link.
    std::size_t at = bytes.find("Linux version 4.19.90");
    REQUIRE(at != std::string::npos);
    bytes.replace(at, 21, "Linux version 4.19.91");
    auto identity = identity_of(bytes);
    REQUIRE(identity);
    CHECK(identity->kernel.release == made.release);
}

TEST_CASE("a stripped vmlinux still tells its kernel, and that it has no debug information") {
    MadeKernel made;
    auto identity = identity_of(objcopied(vmlinux(made), "--strip-all"));
    REQUIRE(identity);
    CHECK_FALSE(identity->debug_info);
    CHECK(identity->kernel.release == made.release);
    CHECK(identity->kernel.version == made.version);
    CHECK(identity->kernel.build_id == made.build_id);
}

TEST_CASE("a separate debug file tells its build id and nothing that it lost") {
    MadeKernel made;
    auto identity = identity_of(objcopied(vmlinux(made), "--only-keep-debug"));
    REQUIRE(identity);
    CHECK(identity->debug_info);
    CHECK(identity->kernel.build_id == made.build_id);
    CHECK_FALSE(identity->kernel.release);
    CHECK_FALSE(identity->kernel.version);
}

TEST_CASE("a version longer than the kernel's own field is cut as the kernel cuts it") {
    MadeKernel made;
    made.uts = false;
    made.version = "#1 " + std::string(80, 'x');
    auto identity = identity_of(vmlinux(made));
    REQUIRE(identity);
    CHECK(identity->kernel.version == made.version.substr(0, 64));
}

TEST_CASE("a module tells the release in vermagic, its name and srcversion") {
    MadeKernel made;
    auto identity = identity_of(module(made, "auth_rpcgss", "aabbccdd"));
    REQUIRE(identity);
    CHECK(identity->is_module());
    CHECK(identity->object.name == "auth_rpcgss");
    CHECK(identity->object.srcversion == made.srcversion);
    CHECK(identity->object.vermagic == made.release + " SMP mod_unload ");
    CHECK(identity->object.build_id == "aabbccdd");
    CHECK(identity->kernel.release == made.release);
    CHECK_FALSE(identity->kernel.build_id);  // that is vmlinux's
}

TEST_CASE("the debug file of a module is called after its file") {
    MadeKernel made;
    std::string bytes = objcopied(module(made, "nfs", "aabbccdd"), "--only-keep-debug");
    for (const char* name : {"auth-rpcgss.ko.debug", "auth_rpcgss.ko-4.19.90-x.aarch64.debug"}) {
        auto identity = identity_of(bytes, name);
        REQUIRE(identity);
        CHECK(identity->object.name == "auth_rpcgss");
        CHECK(identity->object.vermagic.empty());
        CHECK_FALSE(identity->kernel.release);
    }
}

TEST_CASE("another program is neither vmlinux nor a module") {
    TestFolder folder;
    fs::path source = folder.write("program.c", "int main(void) { return 0; }\n");
    fs::path out = folder.path() / "program";
    std::string kind = GENERATE("", " -c");
    run("cc -g" + kind + " -o " + out.string() + " " + source.string());
    auto identity = identity_of(contents(out));
    REQUIRE_FALSE(identity);
    CHECK_THAT(to_string(identity.error()), ContainsSubstring("another program"));
}

TEST_CASE("bytes of a vmlinux that were damaged end in an answer or an error") {
    std::string whole = vmlinux(MadeKernel());
    for (std::size_t size = 0; size < whole.size(); size += 199)
        (void)identity_of(whole.substr(0, size));
    unsigned random = 12345;
    for (int round = 0; round < 300; ++round) {
        std::string bytes = whole;
        for (int i = 0; i < 4; ++i) {
            random = random * 1664525 + 1013904223;
            bytes[(random >> 8) % bytes.size()] = static_cast<char>(random >> 4);
        }
        (void)identity_of(bytes);
    }
    SUCCEED();
}

TEST_CASE("build ids decide where both have one") {
    KernelIdentity dump = kernel("4.19.90", "#1 SMP", "aa");
    CHECK(same_kernel(dump, kernel("4.19.90", "#2 SMP", "aa"), "f"));  // whatever else they say
    CHECK(same_kernel(dump, kernel(nullptr, nullptr, "aa"), "f"));
    auto other = same_kernel(dump, kernel("4.19.90", "#1 SMP", "bb"), "f");
    REQUIRE_FALSE(other);
    CHECK(other.error().file == "f");
    std::string text = to_string(other.error());
    CHECK_THAT(text, ContainsSubstring("it is of kernel 4.19.90 x86_64 #1 SMP (build id bb)"));
    CHECK_THAT(text,
               ContainsSubstring("the dump is of kernel 4.19.90 x86_64 #1 SMP (build id aa)"));
    CHECK_THAT(text, ContainsSubstring("the build ids differ"));
}

TEST_CASE("without build ids architecture, release and version decide, all known and equal") {
    KernelIdentity dump = kernel("4.19.90", "#1 SMP", nullptr);
    CHECK(same_kernel(dump, kernel("4.19.90", "#1 SMP", "bb"), "f"));
    auto refused = [&](const KernelIdentity& file) {
        auto same = same_kernel(dump, file, "f");
        REQUIRE_FALSE(same);
        return to_string(same.error());
    };
    CHECK_THAT(refused(kernel("4.19.91", "#1 SMP", "bb")), ContainsSubstring("releases differ"));
    CHECK_THAT(refused(kernel("4.19.90", "#2 SMP", "bb")), ContainsSubstring("another build"));
    CHECK_THAT(refused(kernel("4.19.90", "#1 SMP", "bb", Arch::aarch64)),
               ContainsSubstring("architectures differ"));
    CHECK_THAT(refused(kernel("4.19.90", nullptr, "bb")),
               ContainsSubstring("the file does not tell its version"));
    CHECK_THAT(refused(kernel(nullptr, nullptr, "bb", std::nullopt)),
               ContainsSubstring("does not tell its architecture, release, version"));
    dump.version.reset();
    CHECK_THAT(refused(kernel("4.19.90", "#1 SMP", "bb")),
               ContainsSubstring("the dump does not tell its version"));
}

TEST_CASE("the architecture counts even where build ids agree") {
    CHECK_FALSE(same_kernel(kernel("4.19.90", "#1 SMP", "aa"),
                            kernel("4.19.90", "#1 SMP", "aa", Arch::aarch64), "f"));
}

TEST_CASE("what a foreign file says of itself cannot act on a terminal") {
    std::string text = to_string(kernel("4.19\x1b[2J", "#1\n", "aa"));
    CHECK(text.find('\x1b') == std::string::npos);
    CHECK(text.find('\n') == std::string::npos);
}
