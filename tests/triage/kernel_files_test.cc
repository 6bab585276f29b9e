// Files of a kernel that did not run, made by the compiler at hand: trees, compressed modules,
// packages, boot images.
#include <cstring>

#include "catch.h"
#include "debuginfo/compile.h"
#include "debuginfo/image_files.h"
#include "facts/code.h"
#include "kernel_scene.h"

using namespace nfstriage;
using debuginfo::test::Workshop;

namespace {

constexpr const char* kRelease = "6.1.0-made";

std::string info(const char* name) {
    std::string text = std::string("name=") + name + "\\0vermagic=" + kRelease + " SMP";
    return "static const char info[] __attribute__((section(\".modinfo\"), used)) = \"" + text +
           "\";\n";
}

const std::string kSunrpc = info("sunrpc") + "int rpc_callee(int x) { return x + 1; }\n";
const std::string kNfs = info("nfs") + R"(
extern int rpc_callee(int), queue_work(int), print(const char *, ...);
__attribute__((noinline)) static int nfs_helper(int x) { return queue_work(x) + 1; }
int nfs_caller(int x) { return rpc_callee(x) + nfs_helper(x + 2); }
int nfs_talker(int x) { return print("nfs: made-up words\n") + x; }
)";

// Modules are linked into the upper 2 GiB, as the kernel's compilers are told.
std::string options_for(std::string_view compiler) {
    std::string options = "-c -O1 -ffreestanding -fno-pic -fno-stack-protector";
#if defined(__x86_64__)
    if (compiler != debuginfo::test::kCrossCompiler) options += " -mcmodel=kernel";
#endif
    return options;
}

// A tree as packages install it.
std::filesystem::path tree(const Workshop& workshop, std::string_view compiler) {
    std::string folder = std::string("lib/modules/") + kRelease;
    std::string options = options_for(compiler);
    workshop.run("rm -rf lib && mkdir -p " + folder + "/kernel/fs/nfs " + folder +
                 "/kernel/net/sunrpc");
    workshop.compile(folder + "/kernel/net/sunrpc/sunrpc.ko", kSunrpc, options, compiler);
    workshop.compile(folder + "/kernel/fs/nfs/nfs.ko", kNfs, options, compiler);
    workshop.run("xz " + folder + "/kernel/fs/nfs/nfs.ko");
    workshop.write(folder + "/modules.order",
                   "kernel/net/sunrpc/sunrpc.ko\nkernel/fs/nfs/nfs.ko\n");
    return workshop.path("lib");
}

void check_answers(const facts::Scene& scene) {
    CHECK(scene.input.is_kernel);
    CHECK(scene.kernel.release == kRelease);
    CHECK(scene.kernel.modules == std::vector<std::string>{"nfs", "sunrpc"});
    REQUIRE(scene.code);
    facts::Code& code = *scene.code;
    auto calls = [&](const char* caller, const char* callee) {
        return code.calls(caller, callee, facts::CallScope::body).holds;
    };
    CHECK(calls("nfs_caller", "rpc_callee") == Tri::yes);
    CHECK(calls("nfs_caller", "nfs_helper") == Tri::yes);
    CHECK(calls("nfs_helper", "queue_work") == Tri::yes);
    CHECK(calls("nfs_caller", "queue_work") == Tri::no);
    CHECK(code.refers_to_text("nfs_talker", "nfs: made-up words\n", true).holds == Tri::yes);
    CHECK(code.has_string("nfs", "nfs: made-up words\n").holds == Tri::yes);
    CHECK(code.has_string("nfs", "made-up words\n").holds == Tri::no);  // the end of another
    CHECK(code.exists("nfs_helper").holds == Tri::yes);
    CHECK(scene.symbols->find(*scene.symbols->address("nfs_caller"))->symbol.module == "nfs");
    CHECK_FALSE(scene.symbols->proves_absence("nfs_unheard_of"));  // vmlinux is not there
}

}  // namespace

TEST_CASE("modules of a tree are linked with each other, compressed ones too") {
    Workshop workshop;
    for (std::string_view compiler : {std::string_view("cc"), debuginfo::test::kCrossCompiler}) {
        auto path = tree(workshop, compiler);
        CHECK(is_kernel(path, {}));
        auto kernel = scene_of_kernel(path, {});
        INFO((kernel ? std::string() : to_string(kernel.error())));
        REQUIRE(kernel);
        check_answers(kernel->scene);
    }
}

TEST_CASE("a package or tar of a kernel is read like its tree") {
    Workshop workshop;
    tree(workshop, "cc");
    workshop.run(
        "tar -cJf kernel.tar.xz lib && mkdir deb && cd deb && "
        "cp ../kernel.tar.xz data.tar.xz && echo 2.0 > debian-binary && "
        "tar -cJf control.tar.xz debian-binary && "
        "ar -rc ../kernel.deb debian-binary control.tar.xz data.tar.xz");
    for (const char* name : {"kernel.tar.xz", "kernel.deb"}) {
        INFO(name);
        CHECK(is_kernel(workshop.path(name), {}));
        auto kernel = scene_of_kernel(workshop.path(name), {});
        REQUIRE(kernel);
        check_answers(kernel->scene);
    }
}

TEST_CASE("files of two kernels, and files of none, are refused") {
    Workshop workshop;
    auto path = tree(workshop, "cc");
    workshop.run(
        "mkdir -p lib/modules/6.1.1-other && cp lib/modules/6.1.0-made/modules.order "
        "lib/modules/6.1.1-other/");
    auto two = scene_of_kernel(path, {});
    REQUIRE_FALSE(two);
    CHECK(two.error().expected.find("6.1.1-other") != std::string::npos);
    workshop.run("mkdir empty && echo text > empty/file && tar -cf empty.tar empty");
    CHECK_FALSE(is_kernel(workshop.path("empty"), {}));
    CHECK_FALSE(is_kernel(workshop.path("empty.tar"), {}));
    CHECK_FALSE(is_kernel(workshop.path("absent"), {}));
    CHECK_FALSE(scene_of_kernel(workshop.path("empty"), {}));
    workshop.run("mkdir crash && touch crash/vmcore && cp -r lib crash/");
    CHECK_FALSE(is_kernel(workshop.path("crash"), {}));
}

TEST_CASE("a vmlinux inside a boot image names its release and package") {
    Workshop workshop;
    std::string banner = "Linux version 6.1.0-made (who@where) (gcc) #1 SMP Debian 6.1.9-1 (2026)";
    auto vmlinux = workshop.compile(
        "vmlinux", "const char linux_banner[] = \"" + banner + "\\n\"; int panic(void) {return 1;}",
        "-nostdlib -static -fno-pie -no-pie -Wl,-e,panic");
    workshop.run("gzip -nk vmlinux");
    std::string payload = debuginfo::test::read_whole(workshop.path("vmlinux.gz"));
    std::string image(1024, '\0');  // boot sector and one sector of setup code
    image[0x1f1] = 1;
    image.replace(0x202, 4, "HdrS");
    std::uint32_t offset = 16, size = static_cast<std::uint32_t>(payload.size());
    std::memcpy(image.data() + 0x248, &offset, 4);
    std::memcpy(image.data() + 0x24c, &size, 4);
    image += std::string(16, '\0') + payload;
    auto check = [](const std::filesystem::path& path) {
        auto kernel = scene_of_kernel(path, {});
        INFO((kernel ? std::string() : to_string(kernel.error())));
        REQUIRE(kernel);
        CHECK(kernel->scene.kernel.release == kRelease);
        CHECK(kernel->scene.kernel.version == "#1 SMP Debian 6.1.9-1 (2026)");
    };
    check(workshop.write("vmlinuz", image));
    std::string arm(4096, '\0');
    arm.replace(56, 4, "ARM\x64");
    check(workshop.write("Image", arm + banner + "\n"));
    workshop.run("gzip -nk Image");
    check(workshop.path("Image.gz"));
    // A payload that leaves the file, or is none.
    CHECK_FALSE(scene_of_kernel(workshop.write("cut", image.substr(0, 1100)), {}));
    image.replace(1040, 64, std::string(64, 'x'));
    CHECK_FALSE(scene_of_kernel(workshop.write("damaged", image), {}));
}
