// Debuginfo by build id, from a debuginfod server of our own on this machine; no other is asked.
#include "debuginfo/debuginfod.h"

#include <arpa/inet.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include <chrono>
#include <thread>

#include "catch.h"
#include "debuginfo/made_kernel.h"

using namespace nfstriage;
using namespace nfstriage::test;
using debuginfo::WantedKernel;

namespace {

// A value of an environment variable for as long as this lives.
class Environment {
public:
    Environment(const char* name, const std::string& value) : name_(name) {
        if (const char* before = std::getenv(name)) before_ = before;
        setenv(name, value.c_str(), 1);
    }
    ~Environment() {
        if (before_)
            setenv(name_, before_->c_str(), 1);
        else
            unsetenv(name_);
    }
    Environment(const Environment&) = delete;
    Environment& operator=(const Environment&) = delete;

private:
    const char* name_;
    std::optional<std::string> before_;
};

sockaddr_in loopback(unsigned port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

unsigned free_port() {
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address = loopback(0);
    socklen_t size = sizeof address;
    REQUIRE(bind(fd, reinterpret_cast<sockaddr*>(&address), size) == 0);
    REQUIRE(getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) == 0);
    close(fd);
    return ntohs(address.sin_port);
}

// The program debuginfod serving one folder.
class Server {
public:
    Server(const fs::path& folder, const fs::path& home) : port_(free_port()) {
        process_ = fork();
        REQUIRE(process_ >= 0);
        if (process_ == 0) {
            std::string log = (home / "log").string(), port = "--port=" + std::to_string(port_);
            if (freopen(log.c_str(), "w", stdout) == nullptr) _exit(127);
            dup2(STDOUT_FILENO, STDERR_FILENO);
            setenv("HOME", home.c_str(), 1);
            unsetenv("DEBUGINFOD_URLS");
            execlp("debuginfod", "debuginfod", "-F", "--database=:memory:", port.c_str(),
                   folder.c_str(), nullptr);
            _exit(127);
        }
    }
    ~Server() {
        kill(process_, SIGTERM);
        waitpid(process_, nullptr, 0);
    }
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;
    std::string url() const { return "http://127.0.0.1:" + std::to_string(port_) + "/"; }

private:
    unsigned port_;
    pid_t process_ = -1;
};

bool installed() { return std::system("command -v debuginfod >/dev/null 2>&1") == 0; }

WantedKernel wanted(const MadeKernel& kernel) {
    layout::KernelIdentity identity;
    identity.arch = arch_from_machine(kMachine);
    identity.release = kernel.release;
    identity.build_id = kernel.build_id;
    return {identity, {}};
}

std::string failure(const Result<debuginfo::KernelFiles>& result) {
    REQUIRE_FALSE(result);
    return to_string(result.error());
}

}  // namespace

TEST_CASE("without servers or build id nothing is asked, and the error says how to go on") {
    {
        Environment urls("DEBUGINFOD_URLS", " ");
        std::string text = failure(debuginfo::fetch_debuginfo(wanted(MadeKernel()), {}));
        CHECK_THAT(text, ContainsSubstring("DEBUGINFOD_URLS=https://"));
    }
    Environment urls("DEBUGINFOD_URLS", "http://127.0.0.1:1/");
    WantedKernel none = wanted(MadeKernel());
    none.kernel->build_id.reset();
    CHECK_THAT(failure(debuginfo::fetch_debuginfo(none, {})),
               ContainsSubstring("the dump tells none"));
    none.kernel->build_id = "../../etc/passwd";
    CHECK_THAT(failure(debuginfo::fetch_debuginfo(none, {})),
               ContainsSubstring("the dump tells none"));
    CHECK_FALSE(debuginfo::fetch_debuginfo(WantedKernel(), {}));
}

TEST_CASE("a server that does not answer is an error with the way out") {
    TestFolder cache;
    Environment urls("DEBUGINFOD_URLS", "http://127.0.0.1:" + std::to_string(free_port()) + "/");
    Environment place("DEBUGINFOD_CACHE_PATH", (cache.path() / "cache").string());
    std::string text = failure(debuginfo::fetch_debuginfo(wanted(MadeKernel()), {}));
    CHECK_THAT(text, ContainsSubstring(MadeKernel().build_id));
    CHECK_THAT(text, ContainsSubstring("--debuginfo"));
}

TEST_CASE("vmlinux and modules come from a server by build id") {
    if (!installed()) {
        WARN("debuginfod is not installed: not tested");
        return;
    }
    MadeKernel kernel;
    TestFolder served, home, cache;
    std::string image = vmlinux(kernel), nfs = module(kernel, "nfs", "aa01aa01aa01aa01");
    std::string bare = objcopied(module(kernel, "sunrpc", "aa02aa02aa02aa02"), "--only-keep-debug");
    served.write("vmlinux", image);
    served.write("nfs.ko", nfs);
    served.write("sunrpc.ko.debug", bare);
    Server server(served.path(), home.path());
    Environment urls("DEBUGINFOD_URLS", server.url());
    Environment place("DEBUGINFOD_CACHE_PATH", (cache.path() / "cache").string());

    WantedKernel want = wanted(kernel);
    want.modules = {{"nfs", "aa01aa01aa01aa01", "", ""},
                    {"sunrpc", "aa02aa02aa02aa02", "", ""},
                    {"lockd", "aa03aa03aa03aa03", "", ""},
                    {"ext4", "aa01aa01aa01aa01", "", ""}};
    Result<debuginfo::KernelFiles> files = tl::unexpected<Error>(Error{});
    std::vector<std::string> shown;
    // It first reads what it serves.
    for (int second = 0; second < 30; ++second) {
        fs::remove_all(cache.path() / "cache");  // also remembers what was not found
        files = debuginfo::fetch_debuginfo(want, [&](std::string_view what, auto, auto) {
            if (shown.empty() || shown.back() != what) shown.emplace_back(what);
        });
        if (files && files->modules.size() == 2) break;
        std::this_thread::sleep_for(std::chrono::milliseconds(500));
    }
    INFO((files ? "" : to_string(files.error())));
    REQUIRE(files);
    CHECK(contents(files->vmlinux) == image);
    CHECK(files->identity.release == kernel.release);
    REQUIRE(files->modules.size() == 2);
    CHECK(contents(files->modules.at("nfs")) == nfs);
    CHECK(contents(files->modules.at("sunrpc")) == bare);
    REQUIRE(files->objects.size() == 3);
    CHECK(files->objects[2].name == "sunrpc");
    REQUIRE(files->remarks.size() == 1);
    CHECK_THAT(files->remarks[0], ContainsSubstring("lockd.ko"));
    CHECK_THAT(files->remarks[0], ContainsSubstring("none has it"));
    CHECK_FALSE(shown.empty());

    kernel.build_id = "9999999999999999999999999999999999999999";
    CHECK_THAT(failure(debuginfo::fetch_debuginfo(wanted(kernel), {})),
               ContainsSubstring("none has it"));
}
