// kdump.conf: what we read from it, and that our block goes in and out without a trace.
#include "hook/setup/kdump_conf.h"

#include "catch.h"

using namespace nfstriage::setup;

namespace {

constexpr const char* kProgram = "/usr/lib/nfstriage/nfstriage-hook";

constexpr const char* kConf = R"(# What to do in the capture kernel.
#
# kdump_post <binary | script>
#           - runs after the dump

ext4 UUID=5f0e9f3a-7a3e-4a0d-9f55-0d3b3b4b1f10   # the crash partition
path /var/crash
core_collector makedumpfile -l --message-level 7 -d 31
#kdump_post /var/crash/scripts/kdump-post.sh
#force_no_rebuild 1
)";

}  // namespace

TEST_CASE("comments of kdump.conf set nothing") {
    KdumpConf conf = read_kdump_conf(kConf);
    CHECK_FALSE(conf.post);
    CHECK(conf.target == "ext4");
    CHECK_FALSE(conf.never_rebuilt);
}

TEST_CASE("kdump_post of somebody else is found with its line, a comment behind it left out") {
    KdumpConf conf = read_kdump_conf(
        "raw /dev/vdb\n\tkdump_post   /opt/vendor/post.sh  # vendor\nforce_no_rebuild 1");
    REQUIRE(conf.post);
    CHECK(conf.post->program == "/opt/vendor/post.sh");
    CHECK(conf.post->line == 2);
    CHECK_FALSE(conf.post->ours);
    CHECK(conf.target == "raw");
    CHECK(conf.never_rebuilt);
}

TEST_CASE("our block sets kdump_post and leaves byte for byte what was there") {
    for (std::string before : {std::string(kConf), std::string(kConf) + "path /x", std::string(),
                               std::string("\n"), std::string("path /var/crash\r\n")}) {
        std::string with = add_kdump_post(before, kProgram);
        KdumpConf conf = read_kdump_conf(with);
        REQUIRE(conf.post);
        CHECK(conf.post->program == kProgram);
        CHECK(conf.post->ours);
        CHECK(with.starts_with(before));
        CHECK(remove_kdump_post(with) == before);
    }
}

TEST_CASE("lines that others added around our block stay") {
    std::string with = add_kdump_post("path /var/crash", kProgram);
    CHECK(remove_kdump_post("# new\n" + with + "failure_action shell\n") ==
          "# new\npath /var/crashfailure_action shell\n");
    with = add_kdump_post("path /var/crash\n", kProgram);
    CHECK(remove_kdump_post("# new\n" + with + "failure_action shell\n") ==
          "# new\npath /var/crash\nfailure_action shell\n");
}

TEST_CASE("a block whose end is gone is left alone") {
    std::string with = add_kdump_post(kConf, kProgram);
    std::string torn = with.substr(0, with.rfind("# End"));
    CHECK(remove_kdump_post(torn) == torn);
    CHECK_FALSE(read_kdump_conf(torn).post->ours);
}
