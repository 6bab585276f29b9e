// Objects that drgn found in real dumps with full debuginfo, against what their slabs and members
// tell of them here.
#include <unistd.h>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>

#include <nlohmann/json.hpp>

#include "base/text.h"
#include "catch.h"
#include "kernel/objects.h"
#include "layout/kernel_layout.h"

using namespace nfstriage;
namespace fs = std::filesystem;

namespace {

using Found = std::map<std::string, std::set<std::uint64_t>>;  // addresses by type

void add(Found& found, const char* type, const nlohmann::json& value) {
    if (!value.is_string()) return;
    auto address = std::strtoull(value.get<std::string>().c_str(), nullptr, 16);
    if (address != 0) found[type].insert(address);
}

Found objects_of(const nlohmann::json& truth) {
    Found found;
    for (const auto& task : truth["tasks"]) add(found, "struct task_struct", task["task"]);
    for (const auto& mount : truth["mounts"]) {
        add(found, "struct super_block", mount["sb"]);
        add(found, "struct nfs_server", mount["server"]);
    }
    for (const auto& clnt : truth["rpc_clnts"]) {
        add(found, "struct rpc_clnt", clnt["clnt"]);
        add(found, "struct rpc_xprt", clnt["xprt"]["xprt"]);
        for (const auto& task : clnt["tasks"]) add(found, "struct rpc_task", task["task"]);
    }
    for (const auto& client : truth["nfs_clients"]) {
        add(found, "struct nfs_client", client["client"]);
        for (const auto& server : client["servers"])
            for (const auto& inode : server["inodes"])
                for (const auto& request : inode["reqs"])
                    add(found, "struct nfs_page", request["req"]);
    }
    for (const auto& thread : truth["nfsd"]["threads"])
        add(found, "struct svc_rqst", thread["rqst"]);
    return found;
}

}  // namespace

TEST_CASE("real objects are recognised as what they are, and never as another of these types") {
    const char* corpus = std::getenv("NFSTRIAGE_CORPUS");
    if (corpus == nullptr) {
        WARN("skipped: NFSTRIAGE_CORPUS is not set");
        return;
    }
    fs::path scratch =
        fs::temp_directory_path() / ("nfstriage-slab-" + std::to_string(getpid()) + ".vmcore");
    std::size_t asked = 0, recognised = 0;
    for (const char* name : {"nfs-page-list-poison-gpf", "nfsd-write-null",
                             "rpc-queue-lock-softlockup", "server-gone-hung-task"}) {
        INFO(name);
        std::string base = std::string(corpus) + "/dumps/x86_64/" + name;
        std::ifstream file(base + ".truth-drgn.json");
        REQUIRE(file);
        Found truth = objects_of(nlohmann::json::parse(file));
        std::string command = "xz -dkc '" + base + ".vmcore.xz' > '" + scratch.string() + "'";
        REQUIRE(std::system(command.c_str()) == 0);
        auto dump = dump::Dump::open({scratch});
        REQUIRE(dump);
        auto layout = layout::load_kernel_layout(**dump);
        kernel::Objects objects(**dump, *layout.types, *layout.symbols);
        for (const auto& [type, addresses] : truth) {
            for (std::uint64_t address : addresses) {
                INFO(type << " " << hex(address));
                auto own = objects.looks_like(type, VAddr{address});
                CHECK(own != Tri::no);
                ++asked;
                recognised += own == Tri::yes;
                for (const auto& [other, unused] : truth)
                    if (other != type) CHECK(objects.looks_like(other, VAddr{address}) != Tri::yes);
                if (auto slab = objects.slab_object(VAddr{address}))
                    CHECK(slab->free.value_or(false) == false);
            }
        }
    }
    fs::remove(scratch);
    WARN(recognised << " of " << asked << " objects recognised");
    CHECK(recognised * 100 >= asked * 95);
}
