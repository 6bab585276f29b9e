// What a process in the sandbox is refused, what it is left, and kernels that have only a part of
// it.
#include "process/sandbox.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <iconv.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstddef>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <string>

#include "catch.h"

using namespace nfstriage;

namespace {

constexpr int kNotEntered = 250;

// A folder with two files and a folder in it.
class Folder {
public:
    Folder() {
        std::string pattern = "/var/tmp/sandbox-test-XXXXXX";
        REQUIRE(::mkdtemp(pattern.data()) != nullptr);
        path_ = pattern;
        for (const char* name : {"one", "two"}) std::ofstream(path_ / name) << "text";
        std::filesystem::create_directory(path_ / "below");
    }
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;
    ~Folder() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    std::string operator/(const char* name) const { return (path_ / name).string(); }
    const std::filesystem::path& path() const { return path_; }

private:
    std::filesystem::path path_;
};

// The wait status of a process that does `work`, which gives its exit status.
int in_process(const std::function<int()>& work) {
    pid_t child = ::fork();
    if (child == 0) {
        ::prctl(PR_SET_DUMPABLE, 0);  // those that are to be killed leave no core
        ::signal(SIGABRT, SIG_DFL);   // Catch2 has its own way to die
        ::_exit(work());
    }
    int status = 0;
    while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    return status;
}

int in_sandbox(Sandbox sandbox, const std::vector<Grant>& grants,
               const std::function<int()>& work) {
    return in_process([&] {
        if (!enter_sandbox(sandbox, grants)) return kNotEntered;
        return work();
    });
}

// errno of a call there, 0 if it was let through.
int error_of(const std::vector<Grant>& grants, const std::function<long()>& call) {
    int status = in_sandbox(Sandbox::as_possible, grants, [&] { return call() < 0 ? errno : 0; });
    REQUIRE(WIFEXITED(status));
    return WEXITSTATUS(status);
}

bool has_landlock() { return landlock::version().has_value(); }

// From here on a system call fails, as on a kernel without it.
bool take_away(long call, int number) {
    std::array<sock_filter, 4> steps = {{
        {BPF_LD | BPF_W | BPF_ABS, 0, 0, offsetof(seccomp_data, nr)},
        {BPF_JMP | BPF_JEQ | BPF_K, 0, 1, static_cast<std::uint32_t>(call)},
        {BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ERRNO | static_cast<std::uint32_t>(number)},
        {BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW},
    }};
    sock_fprog program{steps.size(), steps.data()};
    return ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
           ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

constexpr long kCreateRuleset = 444;

}  // namespace

TEST_CASE("a process in the sandbox has no network, starts no programs and touches no others") {
    char* const nothing[] = {nullptr};
    CHECK(error_of({}, [] { return ::socket(AF_INET, SOCK_STREAM, 0); }) == ENOSYS);
    CHECK(error_of({}, [] { return ::socket(AF_UNIX, SOCK_STREAM, 0); }) == ENOSYS);
    CHECK(error_of({}, [&] { return ::execve("/bin/true", nothing, nothing); }) == ENOSYS);
    CHECK(error_of({}, [] { return ::ptrace(PTRACE_ATTACH, ::getppid(), 0, 0); }) == ENOSYS);
    CHECK(error_of({}, [] { return ::kill(::getppid(), 0); }) == ENOSYS);
    CHECK(error_of({}, [] { return ::mount("none", "/mnt", "tmpfs", 0, nullptr); }) == ENOSYS);
    CHECK(error_of({}, [] { return ::syscall(SYS_bpf, 0, nullptr, 0); }) == ENOSYS);
    CHECK(error_of({}, [] { return ::syscall(SYS_io_uring_setup, 1, nullptr); }) == ENOSYS);
    CHECK(error_of({}, [] { return ::syscall(SYS_unshare, CLONE_NEWUSER); }) == ENOSYS);
    CHECK(error_of({}, [] { return ::syscall(SYS_setuid, 0); }) == ENOSYS);
}

TEST_CASE("memory in the sandbox is written or executed, not both, and code comes out of files") {
    const auto map = [](int protection, int flags) {
        return
            [=] { return ::mmap(nullptr, 4096, protection, flags, -1, 0) == MAP_FAILED ? -1 : 0; };
    };
    constexpr int kPrivate = MAP_PRIVATE | MAP_ANONYMOUS;
    CHECK(error_of({}, map(PROT_READ | PROT_WRITE, kPrivate)) == 0);
    CHECK(error_of({}, map(PROT_READ | PROT_EXEC, kPrivate)) == ENOSYS);
    CHECK(error_of({}, map(PROT_READ | PROT_WRITE | PROT_EXEC, kPrivate)) == ENOSYS);
    CHECK(error_of({}, [] {
              void* page = ::mmap(nullptr, 4096, PROT_READ | PROT_WRITE, kPrivate, -1, 0);
              return ::mprotect(page, 4096, PROT_READ | PROT_EXEC);
          }) == ENOSYS);
}

TEST_CASE("a process in the strict sandbox is killed by what it is refused") {
    if (!missing_of_sandbox().empty()) return;
    char* const nothing[] = {nullptr};
    int status = in_sandbox(Sandbox::strict, {}, [] { return ::socket(AF_INET, SOCK_STREAM, 0); });
    CHECK((WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS));
    status =
        in_sandbox(Sandbox::strict, {}, [&] { return ::execve("/bin/true", nothing, nothing); });
    CHECK((WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS));
    status = in_sandbox(Sandbox::strict, {}, [] { return 7; });
    CHECK((WIFEXITED(status) && WEXITSTATUS(status) == 7));
}

TEST_CASE("only what was granted is read and written in the sandbox") {
    if (!has_landlock()) return;
    Folder folder;
    const auto open = [&](const char* name, int flags) {
        return
            [path = folder / name, flags] { return ::open(path.c_str(), flags | O_CLOEXEC, 0600); };
    };
    const std::vector<Grant> read = {{folder / "one", Access::read}};
    CHECK(error_of(read, open("one", O_RDONLY)) == 0);
    CHECK(error_of(read, open("one", O_RDWR)) == EACCES);
    CHECK(error_of(read, open("one", O_WRONLY | O_TRUNC)) == EACCES);
    CHECK(error_of(read, open("one", O_RDONLY | O_TRUNC)) == ENOSYS);
    CHECK(error_of(read, open("two", O_RDONLY)) == EACCES);
    CHECK(error_of(read, open("new", O_WRONLY | O_CREAT)) == EACCES);
    CHECK(error_of(read, [&] { return ::unlink((folder / "one").c_str()); }) == EACCES);
    CHECK(error_of(read, [] { return ::open("/etc/passwd", O_RDONLY | O_CLOEXEC); }) == EACCES);
    CHECK(error_of(read, [] { return ::open("/proc/self/mem", O_RDWR | O_CLOEXEC); }) == EACCES);

    const std::vector<Grant> write = {{folder / "one", Access::write}};
    CHECK(error_of(write, open("one", O_WRONLY | O_CREAT | O_TRUNC)) == 0);
    CHECK(error_of(write, open("one", O_RDONLY)) == EACCES);
    CHECK(error_of(write, open("two", O_WRONLY)) == EACCES);
    CHECK(error_of(write, open("new", O_WRONLY | O_CREAT)) == EACCES);

    const std::vector<Grant> fill = {{folder / "below", Access::fill}};
    CHECK(error_of(fill, open("below/new", O_WRONLY | O_CREAT)) == 0);
    CHECK(error_of(fill, [&] {
              return ::rename((folder / "below/new").c_str(), (folder / "below/newer").c_str());
          }) == 0);
    CHECK(error_of(fill, [&] {
              return ::rename((folder / "below/newer").c_str(), (folder / "newer").c_str());
          }) != 0);
    CHECK(error_of(fill, open("new", O_WRONLY | O_CREAT)) == EACCES);
    CHECK(error_of(fill, [&] { return ::symlink("/", (folder / "below/link").c_str()); }) != 0);
    CHECK(error_of(fill, [&] { return ::unlink((folder / "below/newer").c_str()); }) == 0);

    const std::vector<Grant> remove = {{folder.path(), Access::remove_folders}};
    CHECK(error_of(remove, [&] { return ::unlink((folder / "one").c_str()); }) == EACCES);
    CHECK(error_of(remove, [&] { return ::rmdir((folder / "below").c_str()); }) == 0);
}

TEST_CASE("who names a folder means what its symbolic links lead to") {
    if (!has_landlock()) return;
    Folder folder, elsewhere;
    std::filesystem::create_symlink(elsewhere / "one", folder / "link");
    std::filesystem::create_symlink(elsewhere / "two", folder / "below/link");
    const auto open = [&](const char* name) {
        return [path = folder / name] { return ::open(path.c_str(), O_RDONLY | O_CLOEXEC); };
    };
    std::vector<Grant> flat, deep;
    grant_reading(flat, folder.path());
    grant_reading(deep, folder.path(), 1);
    CHECK(error_of(flat, open("one")) == 0);
    CHECK(error_of(flat, open("link")) == 0);
    CHECK(error_of(flat, open("below/link")) == EACCES);
    CHECK(error_of(deep, open("below/link")) == 0);
    CHECK(error_of(deep, [&] { return ::open(elsewhere.path().c_str(), O_RDONLY); }) == EACCES);
}

TEST_CASE("libraries, character sets and children work in the strict sandbox") {
    if (!missing_of_sandbox().empty()) return;
    int status = in_sandbox(Sandbox::strict, {}, [] {
        if (::dlopen("libm.so.6", RTLD_NOW) == nullptr) return 1;
        if (::iconv_open("UTF-8", "EUC-JP") == reinterpret_cast<iconv_t>(-1)) return 2;
        pid_t child = ::fork();
        if (child < 0) return 3;
        if (child == 0) ::_exit(5);
        int ended = 0;
        if (::waitpid(child, &ended, 0) != child || WEXITSTATUS(ended) != 5) return 4;
        return 0;
    });
    CHECK(WIFEXITED(status));
    CHECK(WEXITSTATUS(status) == 0);
    status = in_sandbox(Sandbox::strict, {}, []() -> int { std::abort(); });
    CHECK((WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT));
}

TEST_CASE(
    "without Landlock the sandbox is what is left of it, or an error where it has to be whole") {
    for (int number : {ENOSYS, EOPNOTSUPP, EPERM}) {
        int status = in_process([&] {
            if (!take_away(kCreateRuleset, number)) return 1;
            auto missing = missing_of_sandbox();
            if (missing.size() != 1 || missing[0].file != "Landlock") return 2;
            if (missing[0].remedy.empty()) return 3;
            if (enter_sandbox(Sandbox::strict, {})) return 4;
            if (!enter_sandbox(Sandbox::as_possible, {})) return 5;
            if (::open("/etc/passwd", O_RDONLY | O_CLOEXEC) < 0) return 6;
            if (::socket(AF_INET, SOCK_STREAM, 0) >= 0) return 7;
            return 0;
        });
        CHECK(WIFEXITED(status));
        CHECK(WEXITSTATUS(status) == 0);
    }
}

TEST_CASE("without filters of system calls the sandbox is what is left of it, or an error") {
    int status = in_process([] {
        if (!take_away(SYS_seccomp, ENOSYS)) return 1;
        auto missing = missing_of_sandbox();
        if (missing.empty() || missing.back().file != "seccomp") return 2;
        if (!enter_sandbox(Sandbox::as_possible, {})) return 5;
        if (has_landlock() && ::open("/etc/passwd", O_RDONLY | O_CLOEXEC) >= 0) return 6;
        return 0;
    });
    CHECK(WIFEXITED(status));
    CHECK(WEXITSTATUS(status) == 0);
    status = in_process([] {
        if (!take_away(SYS_seccomp, EPERM)) return 1;
        return enter_sandbox(Sandbox::strict, {}) ? 2 : 0;
    });
    CHECK((WIFEXITED(status) && WEXITSTATUS(status) == 0));
}
