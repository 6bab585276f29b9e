// make_system_call_filter OUT: what system_call_filter() answers (process/system_calls.h), made by
// libseccomp when the program is built: to make it at every start would cost a millisecond.
//
// The list is what an analysis needs: to read what it was given, write where it may (Landlock says
// where), allocate, map libraries that are loaded late, and die. Not on it, and so refused: to run
// programs, sockets of any kind, to trace or signal others, mounts, namespaces, keys, BPF,
// io_uring, and everything that changes who we are.
#include <fcntl.h>
#include <linux/filter.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <initializer_list>
#include <span>
#include <string>
#include <vector>

#include <seccomp.h>

namespace {

// Of those that an architecture does not have libseccomp makes no rule.
constexpr const char* kAllowed[] = {
    // Files.
    "access", "close", "close_range", "dup", "dup2", "dup3", "faccessat", "faccessat2", "fadvise64",
    "fallocate", "fchmod", "fcntl", "fdatasync", "flock", "fstat", "fstatfs", "fsync", "ftruncate",
    "getcwd", "getdents64", "lseek", "lstat", "mkdir", "mkdirat", "newfstatat", "openat2", "pipe2",
    "poll", "ppoll", "pread64", "preadv", "pwrite64", "pwritev", "read", "readlink", "readlinkat",
    "readv", "rename", "renameat", "renameat2", "rmdir", "stat", "statfs", "statx", "unlink",
    "unlinkat", "utimensat", "write", "writev",
    // Memory.
    "brk", "madvise", "mincore", "mlock", "mremap", "msync", "munlock", "munmap",
    // Time.
    "alarm", "clock_getres", "clock_gettime", "clock_nanosleep", "getitimer", "gettimeofday",
    "nanosleep", "setitimer", "time",
    // Who and where we are.
    "getcpu", "getegid", "geteuid", "getgid", "getpid", "getppid", "getrandom", "getrlimit",
    "getrusage", "gettid", "getuid", "sched_getaffinity", "sysinfo", "times", "uname",
    // To live and to die. libkdumpfile opens a dump in a child first.
    "arch_prctl", "exit", "exit_group", "fork", "futex", "restart_syscall", "rseq", "rt_sigaction",
    "rt_sigprocmask", "rt_sigreturn", "sched_yield", "set_robust_list", "set_tid_address",
    "sigaltstack", "wait4", "waitid"};

using Comparisons = std::initializer_list<scmp_arg_cmp>;

// A filter under construction, and whether all of it was taken.
class Filter {
public:
    explicit Filter(std::uint32_t refused) : refused_(refused), context_(seccomp_init(refused)) {
        if (context_ == nullptr) return;
        // Calls of another architecture: i386 or x32 in a program that is neither.
        seccomp_attr_set(context_, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);
        seccomp_attr_set(context_, SCMP_FLTATR_CTL_OPTIMIZE, 2);  // a binary search
    }
    Filter(const Filter&) = delete;
    Filter& operator=(const Filter&) = delete;
    ~Filter() {
        if (context_ != nullptr) seccomp_release(context_);
    }

    void allow(const char* name, Comparisons arguments = {}) {
        rule(SCMP_ACT_ALLOW, name, arguments);
    }
    void rule(std::uint32_t action, const char* name, Comparisons arguments = {}) {
        if (action == refused_) return;  // what becomes of it anyway
        int number = seccomp_syscall_resolve_name(name);
        if (context_ != nullptr && number != __NR_SCMP_ERROR &&
            seccomp_rule_add_array(context_, action, number,
                                   static_cast<unsigned>(arguments.size()), arguments.begin()) == 0)
            return;
        std::fprintf(stderr, "make_system_call_filter: no rule for %s\n", name);
        failed_ = true;
    }

    // Empty if anything failed.
    std::vector<sock_filter> made() const {
        std::FILE* file = failed_ ? nullptr : std::tmpfile();
        if (file == nullptr) return {};
        std::vector<sock_filter> program;
        if (seccomp_export_bpf(context_, fileno(file)) == 0) {
            program.resize(static_cast<std::size_t>(lseek(fileno(file), 0, SEEK_END)) /
                           sizeof(sock_filter));
            const auto size = static_cast<ssize_t>(program.size() * sizeof(sock_filter));
            if (pread(fileno(file), program.data(), static_cast<std::size_t>(size), 0) != size)
                program.clear();
        }
        std::fclose(file);
        return program;
    }

private:
    std::uint32_t refused_;
    scmp_filter_ctx context_;
    bool failed_ = false;
};

scmp_arg_cmp masked(unsigned argument, std::uint64_t mask, std::uint64_t value) {
    return {argument, SCMP_CMP_MASKED_EQ, mask, value};
}

scmp_arg_cmp equal(unsigned argument, std::uint64_t value) {
    return {argument, SCMP_CMP_EQ, value, 0};
}

// No memory that is written is ever executed: code comes out of files, as libraries map it.
void allow_memory(Filter& filter) {
    filter.allow("mmap", {masked(2, PROT_EXEC, 0)});
    filter.allow("mmap",
                 {masked(2, PROT_EXEC | PROT_WRITE, PROT_EXEC), masked(3, MAP_ANONYMOUS, 0)});
    filter.allow("mprotect", {masked(2, PROT_EXEC, 0)});
}

// Landlock before version 3 does not see that a file is emptied which is opened for reading.
void allow_opening(Filter& filter, const char* name, unsigned flags) {
    filter.allow(name, {masked(flags, O_TRUNC, 0)});
    filter.allow(name, {masked(flags, O_TRUNC | O_ACCMODE, O_TRUNC | O_WRONLY)});
    filter.allow(name, {masked(flags, O_TRUNC | O_ACCMODE, O_TRUNC | O_RDWR)});
}

void allow_processes(Filter& filter) {
    constexpr std::uint64_t kNamespaces = CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS |
                                          CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID |
                                          CLONE_NEWNET;
    filter.allow("clone", {masked(0, kNamespaces, 0)});
    // Its flags lie in memory, where no filter looks; libc takes clone() instead.
    filter.rule(SCMP_ACT_ERRNO(ENOSYS), "clone3");
    filter.allow("tgkill", {equal(2, SIGABRT)});  // abort()
    filter.allow("prlimit64", {equal(0, 0)});     // our own
}

void allow_terminals(Filter& filter) {
    for (unsigned long request : {TCGETS, TIOCGWINSZ, FIONREAD})
        filter.allow("ioctl", {equal(1, request)});
}

std::vector<sock_filter> filter_with(std::uint32_t refused) {
    Filter filter(refused);
    for (const char* name : kAllowed) filter.allow(name);
    allow_memory(filter);
    allow_opening(filter, "openat", 2);
    allow_opening(filter, "open", 1);
    allow_processes(filter);
    allow_terminals(filter);
    return filter.made();
}

void print(std::FILE* out, const char* name, const std::vector<sock_filter>& program) {
    std::fprintf(out, "constexpr std::array<sock_filter, %zu> %s = {{\n", program.size(), name);
    for (const sock_filter& step : program)
        std::fprintf(out, "    {0x%04x, %u, %u, 0x%08x},\n", static_cast<unsigned>(step.code),
                     static_cast<unsigned>(step.jt), static_cast<unsigned>(step.jf), step.k);
    std::fprintf(out, "}};\n\n");
}

}  // namespace

int main(int count, char** words) {
    if (count != 2) {
        std::fprintf(stderr, "usage: make_system_call_filter OUT\n");
        return 2;
    }
    auto fails = filter_with(SCMP_ACT_ERRNO(ENOSYS)), kills = filter_with(SCMP_ACT_KILL_PROCESS);
    std::FILE* out = fails.empty() || kills.empty() ? nullptr : std::fopen(words[1], "w");
    if (out == nullptr) {
        std::fprintf(stderr, "make_system_call_filter: no filter was made\n");
        return 1;
    }
    std::fprintf(out,
                 "// Written by tools/process/filter.\n#include \"process/system_calls.h\"\n\n"
                 "#include <array>\n\nnamespace nfstriage {\nnamespace {\n\n");
    print(out, "kFails", fails);
    print(out, "kKills", kills);
    std::fprintf(out,
                 "}  // namespace\n\n"
                 "std::span<const sock_filter> system_call_filter(Refusal refusal) {\n"
                 "    if (refusal == Refusal::kills) return kKills;\n    return kFails;\n}\n\n"
                 "}  // namespace nfstriage\n");
    return std::fclose(out) == 0 ? 0 : 1;
}
