// From what a user names to the files of one kernel; and what is refused.
#include "debuginfo/find_debuginfo.h"

#include "catch.h"
#include "debuginfo/made_archive.h"
#include "debuginfo/made_kernel.h"

using namespace nfstriage;
using namespace nfstriage::test;
using debuginfo::KernelFiles;
using debuginfo::WantedKernel;

namespace {

MadeKernel other_kernel() {
    MadeKernel kernel;
    kernel.release = "5.10.0-made.x86_64";
    kernel.version = "#7 SMP Fri Jan 2 00:00:00 UTC 1970";
    kernel.build_id = "ffeeddccbbaa99887766554433221100ffeeddcc";
    return kernel;
}

// Compiled once: every test needs these.
struct Made {
    MadeKernel kernel, other = other_kernel();
    std::string image = vmlinux(kernel), other_image = vmlinux(other);
    std::string nfs = module(kernel, "nfs", "aa01"), sunrpc = module(kernel, "sunrpc", "aa02");
    std::string other_nfs = module(other, "nfs", "bb01");
};

const Made& made() {
    static const Made kMade;
    return kMade;
}

// As a dump of the kernel tells it.
WantedKernel wanted(const MadeKernel& kernel, bool build_id = true) {
    layout::KernelIdentity identity;
    identity.arch = arch_from_machine(kMachine);
    identity.release = kernel.release;
    identity.version = kernel.version;
    if (build_id) identity.build_id = kernel.build_id;
    return {identity, {}};
}

Result<KernelFiles> find(const std::vector<fs::path>& sources, const WantedKernel& kernel = {}) {
    return debuginfo::find_debuginfo(sources, kernel, {});
}

std::string failure(const Result<KernelFiles>& result) {
    REQUIRE_FALSE(result);
    CHECK_FALSE(result.error().remedy.empty());
    return to_string(result.error());
}

std::string remarks(const KernelFiles& files) {
    std::string text;
    for (const std::string& remark : files.remarks) text += remark + "\n";
    return text;
}

void lay_out(const TestFolder& folder, const std::string& under = "usr/lib/debug") {
    const Made& m = made();
    fs::path debug = under;
    folder.write(debug / ("boot/vmlinux-" + m.kernel.release), m.image);
    fs::path kernel = debug / "lib/modules" / m.kernel.release / "kernel";
    folder.write(kernel / "fs/nfs/nfs.ko", m.nfs);
    folder.write(kernel / "net/sunrpc/sunrpc.ko", m.sunrpc);
    folder.write(kernel / "fs/ext4/ext4.ko", m.sunrpc);
}

void lay_out_other(const TestFolder& folder) {
    const Made& m = made();
    fs::path modules = fs::path("usr/lib/debug/usr/lib/modules") / m.other.release;
    folder.write(modules / "vmlinux.debug", m.other_image);
    folder.write(modules / "kernel/fs/nfs/nfs.ko.debug", m.other_nfs);
}

std::vector<Member> package_members() {
    const Made& m = made();
    std::string modules = "./usr/lib/debug/lib/modules/" + m.kernel.release + "/";
    return {{modules + "kernel/fs/nfs/nfs.ko.debug", m.nfs, "", ""},
            {modules + "kernel/net/sunrpc/sunrpc.ko.debug", m.sunrpc, "", ""},
            {modules + "vmlinux", m.image, "", ""}};
}

void check_whole(const Result<KernelFiles>& files) {
    INFO((files ? remarks(*files) : to_string(files.error())));
    REQUIRE(files);
    CHECK(files->identity.release == made().kernel.release);
    CHECK(files->identity.version == made().kernel.version);
    CHECK(files->identity.build_id == made().kernel.build_id);
    CHECK(contents(files->vmlinux) == made().image);
    REQUIRE(files->modules.size() == 2);
    CHECK(contents(files->modules.at("nfs")) == made().nfs);
    CHECK(contents(files->modules.at("sunrpc")) == made().sunrpc);
    REQUIRE(files->objects.size() == 3);
    CHECK(files->objects[0].name.empty());
    CHECK(files->objects[1].build_id == "aa01");
    CHECK(files->objects[2].name == "sunrpc");
    CHECK(files->remarks.empty());
}

}  // namespace

TEST_CASE("folders: /usr/lib/debug, what holds it, and what lies in it") {
    TestFolder folder;
    lay_out(folder);
    for (const char* named : {"", "usr", "usr/lib/debug"})
        for (const WantedKernel& kernel :
             {WantedKernel(), wanted(made().kernel), wanted(made().kernel, false)})
            check_whole(find({folder.path() / named}, kernel));
}

TEST_CASE("a bare folder and the files by name serve too, whatever these are called") {
    TestFolder folder;
    fs::path image = folder.write("vmlinux", made().image);
    fs::path nfs = folder.write("nfs.ko", made().nfs);
    fs::path sunrpc = folder.write("deep/er/sunrpc.ko.debug", made().sunrpc);
    check_whole(find({folder.path()}, wanted(made().kernel)));
    check_whole(find({image, nfs, sunrpc}, wanted(made().kernel)));
    fs::path renamed = folder.write("files/the-kernel", made().image);
    fs::path module = folder.write("files/a-module", made().nfs);
    check_whole(find({module, renamed, sunrpc}));
}

TEST_CASE("packages and tars of every kind") {
    TestFolder folder;
    std::string name =
        GENERATE("a.deb", "a.ddeb", "a.rpm", "a.tar", "a.tar.xz", "a.tar.zst", "a.tgz");
    INFO(name);
    std::string bytes = name == "a.deb"       ? deb("xz", "xz", package_members())
                        : name == "a.ddeb"    ? deb("zst", "zstd", package_members())
                        : name == "a.rpm"     ? rpm("xz", package_members())
                        : name == "a.tar"     ? packed(Format::tar, "none", package_members())
                        : name == "a.tar.xz"  ? packed(Format::tar, "xz", package_members())
                        : name == "a.tar.zst" ? packed(Format::tar, "zstd", package_members())
                                              : packed(Format::tar, "gzip", package_members());
    fs::path unpacked;
    {
        auto files = find({folder.write(name, bytes)}, wanted(made().kernel));
        check_whole(files);
        REQUIRE(files->folders.size() == 1);
        unpacked = files->folders[0]->path();
        CHECK(files->vmlinux.string().starts_with(unpacked.string() + "/"));
        CHECK((fs::status(unpacked).permissions() & fs::perms::all) == fs::perms::owner_all);
    }
    CHECK_FALSE(fs::exists(unpacked));  // with the last owner
}

TEST_CASE("compressed files are unpacked: a module, a vmlinux, in a folder or by name") {
    TestFolder folder;
    auto raw = [](const char* filter, const std::string& bytes) {
        return packed(Format::raw, filter, {{"x", bytes, "", ""}});
    };
    fs::path image = folder.write("vmlinux-4.19.90-made.x86_64.gz", raw("gzip", made().image));
    fs::path nfs = folder.write("nfs.ko.xz", raw("xz", made().nfs));
    fs::path sunrpc = folder.write("sunrpc.ko.zst", raw("zstd", made().sunrpc));
    check_whole(find({image, nfs, sunrpc}));
    check_whole(find({folder.path()}));
}

TEST_CASE("of two kernels in a folder the wanted one is taken, without a wish none") {
    TestFolder folder;
    lay_out(folder);
    lay_out_other(folder);
    check_whole(find({folder.path()}, wanted(made().kernel)));
    auto other = find({folder.path()}, wanted(made().other, false));
    REQUIRE(other);
    CHECK(contents(other->vmlinux) == made().other_image);
    CHECK(contents(other->modules.at("nfs")) == made().other_nfs);
    CHECK(other->modules.size() == 1);

    std::string text = failure(find({folder.path()}));
    CHECK_THAT(text, ContainsSubstring("debuginfo of one kernel was expected"));
    CHECK_THAT(text, ContainsSubstring(made().kernel.release));
    CHECK_THAT(text, ContainsSubstring(made().other.release));
    CHECK_THAT(text, ContainsSubstring(made().kernel.build_id));
}

TEST_CASE("of two kernels in a package the wanted one is taken, without a wish none") {
    TestFolder folder;
    std::vector<Member> members = package_members();
    members.push_back(
        {"./usr/lib/debug/boot/vmlinux-" + made().other.release, made().other_image, "", ""});
    fs::path file = folder.write("two.tar.gz", packed(Format::tar, "gzip", members));
    check_whole(find({file}, wanted(made().kernel)));
    std::string text = failure(find({file}));
    CHECK_THAT(text, ContainsSubstring(made().kernel.release));
    CHECK_THAT(text, ContainsSubstring(made().other.release));
}

TEST_CASE("one kernel in two places is one kernel") {
    TestFolder folder;
    lay_out(folder);
    folder.write("usr/lib/debug/lib/modules/" + made().kernel.release + "/vmlinux", made().image);
    fs::create_symlink("boot/vmlinux-" + made().kernel.release,
                       folder.path() / "usr/lib/debug" / ("vmlinux-" + made().kernel.release));
    check_whole(find({folder.path(), folder.path() / "usr"}));
}

TEST_CASE("a vmlinux of another kernel is refused with both identities") {
    TestFolder folder;
    fs::path image = folder.write("vmlinux", made().image);
    MadeKernel rebuilt = made().kernel;
    rebuilt.build_id = "1234123412341234";
    std::string text = failure(find({image}, wanted(rebuilt)));
    CHECK_THAT(text, ContainsSubstring(image.string()));
    CHECK_THAT(text, ContainsSubstring("(build id " + made().kernel.build_id + ")"));
    CHECK_THAT(text, ContainsSubstring("(build id 1234123412341234)"));
    // The same release built again, and a dump without build id.
    rebuilt.version = "#2 SMP Sat";
    text = failure(find({image}, wanted(rebuilt, false)));
    CHECK_THAT(text, ContainsSubstring("#2 SMP Sat"));
    CHECK_THAT(text, ContainsSubstring(made().kernel.version));
    // Another architecture.
    WantedKernel foreign = wanted(made().kernel, false);
    foreign.kernel->arch = Arch::s390x;
    CHECK_THAT(failure(find({image}, foreign)), ContainsSubstring("architectures differ"));
}

TEST_CASE("a folder or package of another kernel is refused with what it is of") {
    TestFolder folder;
    lay_out(folder);
    fs::path package = folder.write("k.rpm", rpm("gzip", package_members()));
    for (const fs::path& source : {folder.path() / "usr", package}) {
        std::string text = failure(find({source}, wanted(made().other)));
        CHECK_THAT(text, ContainsSubstring(made().kernel.release));
        CHECK_THAT(text, ContainsSubstring(made().other.release));
        CHECK_THAT(text, ContainsSubstring(made().other.build_id));
    }
}

TEST_CASE("a module of another kernel or build is not used, and that is said") {
    TestFolder folder;
    fs::path image = folder.write("vmlinux", made().image);
    SECTION("vermagic") {
        fs::path nfs = folder.write("nfs.ko", made().other_nfs);
        auto files = find({image, nfs}, wanted(made().kernel));
        REQUIRE(files);
        CHECK(files->modules.empty());
        CHECK_THAT(remarks(*files), ContainsSubstring(made().other.release));
        CHECK_THAT(remarks(*files), ContainsSubstring(made().kernel.release));
    }
    SECTION("build id") {
        WantedKernel kernel = wanted(made().kernel);
        kernel.modules.push_back({"nfs", "aa99", "", ""});
        auto files = find({image, folder.write("nfs.ko", made().nfs)}, kernel);
        REQUIRE(files);
        CHECK(files->modules.empty());
        CHECK_THAT(remarks(*files), ContainsSubstring("build id aa01"));
        CHECK_THAT(remarks(*files), ContainsSubstring("aa99"));
    }
    SECTION("srcversion, where the dump tells no build id") {
        WantedKernel kernel = wanted(made().kernel, false);
        kernel.modules.push_back({"nfs", "", "FFFFFFFFFFFF", ""});
        auto files = find({image, folder.write("nfs.ko", made().nfs)}, kernel);
        REQUIRE(files);
        CHECK(files->modules.empty());
        CHECK_THAT(remarks(*files), ContainsSubstring(made().kernel.srcversion));
        CHECK_THAT(remarks(*files), ContainsSubstring("FFFFFFFFFFFF"));
    }
    SECTION("one without debug information, unless another has it") {
        std::string bare = objcopied(made().nfs, "--strip-debug");
        folder.write("lib/nfs.ko", bare);
        auto files = find({folder.path()});
        REQUIRE(files);
        CHECK(files->modules.empty());
        CHECK_THAT(remarks(*files), ContainsSubstring("lib/nfs.ko has no debug information"));
        folder.write("nfs.ko", made().nfs);
        files = find({folder.path()});
        REQUIRE(files);
        CHECK(contents(files->modules.at("nfs")) == made().nfs);
        CHECK(files->remarks.empty());
    }
    SECTION("the right one further on is used") {
        folder.write("a/nfs.ko", made().other_nfs);
        folder.write("b/nfs.ko", made().nfs);
        auto files = find({folder.path()}, wanted(made().kernel));
        REQUIRE(files);
        CHECK(contents(files->modules.at("nfs")) == made().nfs);
    }
}

TEST_CASE("separate debug files: found by build id, completed by the stripped file") {
    TestFolder folder;
    std::string debug = objcopied(made().image, "--only-keep-debug");
    std::string nfs = objcopied(made().nfs, "--only-keep-debug");
    const std::string& id = made().kernel.build_id;
    SECTION("below .build-id, by the ids that the dump tells") {
        folder.write(".build-id/" + id.substr(0, 2) + "/" + id.substr(2) + ".debug", debug);
        folder.write(".build-id/aa/01.debug", nfs);
        folder.write("vmlinux-other", "not looked at");
        WantedKernel kernel = wanted(made().kernel);
        kernel.modules.push_back({"nfs", "aa01", "", ""});
        auto files = find({folder.path()}, kernel);
        REQUIRE(files);
        CHECK(contents(files->vmlinux) == debug);
        CHECK(files->identity.version == made().kernel.version);  // the dump's: the ids agree
        CHECK(contents(files->modules.at("nfs")) == nfs);
        CHECK(files->remarks.empty());
    }
    SECTION("a dump without build id needs the stripped file for the version") {
        fs::path file = folder.write("vmlinux-" + made().kernel.release + ".debug", debug);
        CHECK_THAT(failure(find({file}, wanted(made().kernel, false))),
                   ContainsSubstring("the file does not tell its version"));
        fs::path stripped =
            folder.write("boot/vmlinux-" + made().kernel.release, objcopied(made().image, "-S"));
        for (const std::vector<fs::path>& sources :
             {std::vector{file, stripped}, std::vector{folder.path()}}) {
            auto files = find(sources, wanted(made().kernel, false));
            REQUIRE(files);
            CHECK(contents(files->vmlinux) == debug);
            CHECK(files->identity.version == made().kernel.version);
        }
    }
    SECTION("a module that says nothing is used beside its vmlinux, and that is said") {
        fs::path modules = fs::path("lib/modules") / made().kernel.release;
        folder.write(modules / "vmlinux", made().image);
        folder.write(modules / "kernel/fs/nfs/nfs.ko.debug", nfs);
        auto files = find({folder.path()}, wanted(made().kernel, false));
        REQUIRE(files);
        CHECK(contents(files->modules.at("nfs")) == nfs);
        CHECK_THAT(remarks(*files), ContainsSubstring("do not say of which kernel"));
    }
    SECTION("but not from elsewhere") {
        fs::path image = folder.write("a/vmlinux", made().image);
        fs::path module = folder.write("b/nfs.ko.debug", nfs);
        auto files = find({image, module}, wanted(made().kernel, false));
        REQUIRE(files);
        CHECK(files->modules.empty());
        CHECK_THAT(remarks(*files), ContainsSubstring("does not say of which kernel"));
    }
}

TEST_CASE("what is no debuginfo is an error that says what it is") {
    TestFolder folder;
    fs::path foreign =
        folder.write("coreutils.rpm",
                     rpm("gzip", {{"./usr/bin/ls", "x", "", ""}, {"./usr/bin/cp", "x", "", ""}}));
    std::string text = failure(find({foreign}));
    CHECK_THAT(text, ContainsSubstring("coreutils.rpm"));
    CHECK_THAT(text, ContainsSubstring("vmlinux"));
    CHECK_THAT(text, ContainsSubstring("./usr/bin/ls, ./usr/bin/cp"));

    CHECK_THAT(failure(find({folder.write("notes.txt", "hello")})),
               ContainsSubstring("a vmlinux, a module, a .rpm, .deb or tar"));
    CHECK_THAT(failure(find({folder.path() / "missing"})), ContainsSubstring("missing"));
    std::string image(4096, '\0');
    image.replace(0x202, 4, "HdrS");
    CHECK_THAT(failure(find({folder.write("vmlinuz", image)})), ContainsSubstring("boots from"));
    CHECK_THAT(failure(find({folder.write("vmlinux", objcopied(made().image, "--strip-debug"))})),
               ContainsSubstring("debug information (.debug_info) was expected"));
    CHECK_THAT(failure(find({folder.write("nfs.ko", made().nfs)})),
               ContainsSubstring("found are only modules of " + made().kernel.release));
    TestFolder empty;
    CHECK_THAT(failure(find({empty.path()})), ContainsSubstring("/usr/lib/debug"));
    std::string cut = rpm("xz", package_members());
    CHECK_THAT(failure(find({folder.write("cut.rpm", cut.substr(0, cut.size() / 2))})),
               ContainsSubstring("copied whole"));
    CHECK_FALSE(find({}));
}

TEST_CASE("a source that gives nothing does not spoil the others") {
    TestFolder folder;
    fs::path image = folder.write("vmlinux", made().image);
    fs::path common = folder.write("debuginfo-common.rpm",
                                   rpm("gzip", {{"./usr/src/debug/fs/nfs/file.c", "x", "", ""}}));
    auto files = find({common, image}, wanted(made().kernel));
    REQUIRE(files);
    CHECK(contents(files->vmlinux) == made().image);
    CHECK_THAT(remarks(*files), ContainsSubstring("debuginfo-common.rpm"));
    CHECK_THAT(remarks(*files), ContainsSubstring("no debug file of an NFS module"));
}
