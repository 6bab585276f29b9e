// libkdumpfile 0.5.x and its traps: versions up to 0.5.4 crash after many failed page reads, so its
// bitmap of stored pages is asked before each read; reads by virtual address take p_vaddr of ELF
// segments before the page tables, so addresses are translated first and read physically; files
// made by QEMU carry no system name, so the architecture is set by us.
#include "dump/library.h"

#include <sys/resource.h>
#include <sys/wait.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>

#include "dump/file_bytes.h"
#include "dump/kdump_header.h"
#include "dump/kernel_memory.h"
#include "dump/library_context.h"
#include "dump/library_memory.h"
#include "dump/notes_writer.h"

namespace nfstriage::dump {
namespace {

using library::Api;
using library::Context;

constexpr unsigned kOpeningSeconds = 20;

std::vector<CpuNote> cpu_notes(const Context& context) {
    std::vector<CpuNote> notes;
    std::uint64_t count = std::min<std::uint64_t>(context.number("cpu.number").value_or(0), 65536);
    const Api& api = context.api();
    for (unsigned cpu = 0; cpu < count; ++cpu) {
        std::string prefix = "cpu." + std::to_string(cpu);
        CpuNote note;
        note.cpu = cpu;
        if (auto pid = context.number((prefix + ".pid").c_str()))
            note.pid = static_cast<std::int64_t>(*pid);
        kdump_attr_iter_t iterator{};
        if (api.iterate(context.handle(), (prefix + ".reg").c_str(), &iterator) != KDUMP_OK) {
            api.clear(context.handle());
            continue;
        }
        while (iterator.key != nullptr) {
            kdump_attr_t value{};
            if (api.get_reference(context.handle(), &iterator.pos, &value) == KDUMP_OK &&
                value.type == KDUMP_NUMBER) {
                std::string_view name = iterator.key;
                // Our names are the kernel's: eflags on x86_64, x30 on aarch64.
                if (name == "rflags") name = "eflags";
                if (name == "lr") name = "x30";
                note.registers.set(name, value.val.number);
            }
            if (api.next(context.handle(), &iterator) != KDUMP_OK) break;
        }
        api.end(context.handle(), &iterator);
        notes.push_back(std::move(note));
    }
    return notes;
}

class LibraryDump final : public Dump {
public:
    LibraryDump(std::unique_ptr<Context> context, Arch arch, std::uint32_t page_size,
                std::string info, const OpenOptions& options)
        : context_(std::move(context)),
          arch_(arch),
          page_size_(page_size),
          info_(Vmcoreinfo::parse(info)),
          cpus_(nfstriage::dump::cpu_notes(*context_)),
          physical_(*context_, page_size, options),
          memory_(physical_, std::make_unique<library::LibraryPageTables>(*context_), options) {
        raw_.vmcoreinfo = info;
        raw_.notes = encode_notes(cpus_, arch);

        uname_ = {context_->text("linux.uts.nodename"), context_->text("linux.uts.release"),
                  context_->text("linux.uts.version"), context_->text("linux.uts.machine")};
        if (uname_.release.empty())
            uname_.release = std::string(info_.text("OSRELEASE").value_or(""));
    }

    std::string format() const override { return context_->text("file.format"); }
    Arch arch() const override { return arch_; }
    std::uint32_t page_size() const override { return page_size_; }
    bool complete() const override { return missing().empty(); }
    std::vector<std::string> missing() const override {
        if (!info_.empty()) return {};
        return {"VMCOREINFO is absent: kernel addresses cannot be translated"};
    }
    const Vmcoreinfo& vmcoreinfo() const override { return info_; }
    const Uname& uname() const override { return uname_; }
    const std::vector<CpuNote>& cpu_notes() const override { return cpus_; }
    const RawHeaders& raw_headers() const override { return raw_; }
    const Memory& memory() const override { return memory_; }
    Maybe<PAddr> translate(VAddr address) const override { return memory_.translate(address); }
    Maybe<void> read_physical(PAddr address, std::span<std::uint8_t> out) const override {
        return physical_.read(address, out);
    }
    Statistics statistics() const override { return physical_.statistics(); }
    std::vector<Pfn> pages_read() const override { return physical_.pages_read(); }
    std::vector<Pfn> pages_filtered() const override { return physical_.pages_filtered(); }
    std::uint32_t file_page_size() const override { return page_size_; }

private:
    std::unique_ptr<Context> context_;
    Arch arch_;
    std::uint32_t page_size_;
    Vmcoreinfo info_;
    Uname uname_;
    std::vector<CpuNote> cpus_;
    RawHeaders raw_;
    library::LibraryReader physical_;
    KernelMemory memory_;
};

// The library trusts what headers say and dies of damaged ones, when it opens them or lets
// them go, so a child of ours does first.
bool survives_opening(const Api& api, const std::vector<std::filesystem::path>& parts) {
    pid_t child = ::fork();
    if (child < 0) return true;  // we cannot try; most files are not damaged
    if (child == 0) {
        struct rlimit no_core {};
        ::setrlimit(RLIMIT_CORE, &no_core);
        for (int number : {SIGSEGV, SIGBUS, SIGABRT, SIGFPE, SIGALRM}) ::signal(number, SIG_DFL);
        ::alarm(kOpeningSeconds);
        {
            Context context(api);
            if (context.open(parts)) context.set_text("addrxlat.ostype", "linux");
        }
        ::_exit(0);
    }
    int status = 0;
    while (::waitpid(child, &status, 0) < 0)
        if (errno != EINTR) return true;
    return WIFEXITED(status);
}

// The library's names of architectures, where they differ from `uname -m`.
std::optional<Arch> arch_from_library(const std::string& name) {
    if (name == "ia32") return Arch::i386;
    return arch_from_machine(name);
}

// The machine that a kdump header names, or nothing.
std::string machine_of(const std::filesystem::path& path) {
    auto file = open_plain_file(path);
    if (!file || !is_kdump(**file)) return {};
    auto header = read_kdump_header(**file);
    return header ? header->uname.machine : std::string();
}

std::string raw_vmcoreinfo(const Context& context) {
    char* raw = nullptr;
    if (context.api().vmcoreinfo(context.handle(), &raw) != KDUMP_OK || raw == nullptr) {
        context.api().clear(context.handle());
        return {};
    }
    std::string text = raw;
    std::free(raw);
    return text;
}

}  // namespace

Result<std::unique_ptr<Dump>> open_with_library(const std::vector<std::filesystem::path>& parts,
                                                const OpenOptions& options) {
    std::string name = parts.front().string();
    static const std::optional<Api> kApi = [] {
        Api api;
        return api.load() ? std::optional<Api>(api) : std::nullopt;
    }();
    if (!kApi)
        return error(name, 0, "a kdump-compressed or ELF vmcore of x86_64 or aarch64",
                     "install libkdumpfile, which reads other formats and architectures");
    if (!survives_opening(*kApi, parts))
        return error(name, 0, "a dump that libkdumpfile can open; it crashes on this one",
                     "the file is damaged; copy the dump again");
    auto context = std::make_unique<Context>(*kApi);
    auto opened = context->open(parts);
    if (!opened) return tl::unexpected<Error>(opened.error());
    std::string arch_name = context->text("arch.name");
    if (arch_name.empty()) {  // QEMU's kdump names only the machine, which the library ignores
        arch_name = machine_of(parts.front());
        context->set_text("arch.name", arch_name);
    }
    context->set_text("addrxlat.ostype", "linux");  // without it VMCOREINFO is not looked at
    auto arch = arch_from_library(arch_name);
    if (!arch)
        return error(name, 0,
                     "a dump of an architecture that is known, found \"" + arch_name + "\"",
                     "give the console log of the crash instead");
    auto page_size = context->number("arch.page_size");
    if (!page_size || *page_size < 512 || *page_size > (1u << 20))
        return error(name, 0, "a dump whose page size libkdumpfile knows", "copy the dump again");
    std::string info = raw_vmcoreinfo(*context);
    return std::make_unique<LibraryDump>(std::move(context), *arch,
                                         static_cast<std::uint32_t>(*page_size), std::move(info),
                                         options);
}

}  // namespace nfstriage::dump
