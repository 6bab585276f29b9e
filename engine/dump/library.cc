// libkdumpfile 0.5.x and its traps: versions up to 0.5.4 crash after many failed page reads, so its
// bitmap of stored pages is asked before each read; reads by virtual address take p_vaddr of ELF
// segments before the page tables, so addresses are translated first and read physically; files
// made by QEMU carry no system name, so the architecture is set by us.
#include "dump/library.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <libkdumpfile/kdumpfile.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <map>
#include <unordered_set>

#include "base/bytes.h"
#include "dump/file_bytes.h"
#include "dump/kdump_header.h"
#include "dump/kernel_memory.h"

namespace nfstriage::dump {
namespace {

constexpr unsigned kOpeningSeconds = 20;

// The functions of the library that we call; they are found by name when it is loaded.
struct Api {
    decltype(&kdump_new) make = nullptr;
    decltype(&kdump_free) free = nullptr;
    decltype(&kdump_open_fdset) open = nullptr;
    decltype(&kdump_get_err) message = nullptr;
    decltype(&kdump_clear_err) clear = nullptr;
    decltype(&kdump_read) read = nullptr;
    decltype(&kdump_get_attr) get = nullptr;
    decltype(&kdump_set_attr) set = nullptr;
    decltype(&kdump_bmp_find_set) find_set = nullptr;
    decltype(&kdump_bmp_find_clear) find_clear = nullptr;
    decltype(&kdump_bmp_incref) hold_bitmap = nullptr;
    decltype(&kdump_bmp_decref) drop_bitmap = nullptr;
    decltype(&kdump_vmcoreinfo_raw) vmcoreinfo = nullptr;
    decltype(&kdump_attr_iter_start) iterate = nullptr;
    decltype(&kdump_attr_iter_next) next = nullptr;
    decltype(&kdump_attr_iter_end) end = nullptr;
    decltype(&kdump_attr_ref_get) get_reference = nullptr;
    decltype(&kdump_get_addrxlat) translation = nullptr;
    decltype(&addrxlat_fulladdr_conv) convert = nullptr;
    decltype(&addrxlat_ctx_decref) drop_context = nullptr;
    decltype(&addrxlat_sys_decref) drop_system = nullptr;

    bool load() {
        constexpr std::array kNames = {"libkdumpfile.so.10", "libkdumpfile.so.12",
                                       "libkdumpfile.so.11", "libkdumpfile.so"};
        void* library = nullptr;
        for (const char* name : kNames)
            if ((library = ::dlopen(name, RTLD_NOW | RTLD_LOCAL)) != nullptr) break;
        if (library == nullptr) return false;
        bool all = true;
        auto find = [&](auto& function, const char* name) {
            function = reinterpret_cast<std::remove_reference_t<decltype(function)>>(
                ::dlsym(library, name));
            all = all && function != nullptr;
        };
        find(make, "kdump_new");
        find(free, "kdump_free");
        find(open, "kdump_open_fdset");
        find(message, "kdump_get_err");
        find(clear, "kdump_clear_err");
        find(read, "kdump_read");
        find(get, "kdump_get_attr");
        find(set, "kdump_set_attr");
        find(find_set, "kdump_bmp_find_set");
        find(find_clear, "kdump_bmp_find_clear");
        find(hold_bitmap, "kdump_bmp_incref");
        find(drop_bitmap, "kdump_bmp_decref");
        find(vmcoreinfo, "kdump_vmcoreinfo_raw");
        find(iterate, "kdump_attr_iter_start");
        find(next, "kdump_attr_iter_next");
        find(end, "kdump_attr_iter_end");
        find(get_reference, "kdump_attr_ref_get");
        find(translation, "kdump_get_addrxlat");
        find(convert, "addrxlat_fulladdr_conv");
        find(drop_context, "addrxlat_ctx_decref");
        find(drop_system, "addrxlat_sys_decref");
        return all;  // the library stays loaded until the process ends
    }
};

// One opened dump of the library, and the files it reads.
class Context {
public:
    explicit Context(const Api& api) : api_(api), handle_(api.make()) {}
    Context(const Context&) = delete;
    Context& operator=(const Context&) = delete;
    ~Context() {
        if (handle_ != nullptr) api_.free(handle_);
        for (int fd : fds_) ::close(fd);
    }

    const Api& api() const { return api_; }
    kdump_ctx_t* handle() const { return handle_; }

    Result<void> open(const std::vector<std::filesystem::path>& parts) {
        for (const auto& path : parts) {
            int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
            if (fd < 0)
                return error(path.string(), std::nullopt,
                             std::string("a readable file, found: ") + std::strerror(errno),
                             "check the path");
            fds_.push_back(fd);
        }
        if (handle_ == nullptr ||
            api_.open(handle_, static_cast<unsigned>(fds_.size()), fds_.data()) != KDUMP_OK)
            return error(parts.front().string(), 0,
                         "a dump format that libkdumpfile knows; it says: " + message(),
                         "give a vmcore: kdump-compressed, ELF, LKCD, SADUMP or s390");
        return {};
    }

    std::string message() const {
        const char* text = handle_ != nullptr ? api_.message(handle_) : nullptr;
        return text != nullptr ? text : "no memory";
    }

    std::string text(const char* key) const {
        kdump_attr_t attribute{};
        attribute.type = KDUMP_STRING;
        if (api_.get(handle_, key, &attribute) != KDUMP_OK || attribute.type != KDUMP_STRING) {
            api_.clear(handle_);
            return {};
        }
        return attribute.val.string;
    }
    std::optional<std::uint64_t> number(const char* key) const {
        kdump_attr_t attribute{};
        attribute.type = KDUMP_NUMBER;
        if (api_.get(handle_, key, &attribute) != KDUMP_OK || attribute.type != KDUMP_NUMBER) {
            api_.clear(handle_);
            return std::nullopt;
        }
        return attribute.val.number;
    }
    bool set_text(const char* key, const std::string& value) const {
        kdump_attr_t attribute{};
        attribute.type = KDUMP_STRING;
        attribute.val.string = value.c_str();
        bool good = api_.set(handle_, key, &attribute) == KDUMP_OK;
        api_.clear(handle_);
        return good;
    }
    // The caller gets a reference of its own, which the attribute alone does not give.
    kdump_bmp_t* bitmap(const char* key) const {
        kdump_attr_t attribute{};
        attribute.type = KDUMP_BITMAP;
        bool good =
            api_.get(handle_, key, &attribute) == KDUMP_OK && attribute.type == KDUMP_BITMAP;
        api_.clear(handle_);
        if (!good) return nullptr;
        api_.hold_bitmap(attribute.val.bitmap);
        return attribute.val.bitmap;
    }

private:
    const Api& api_;
    kdump_ctx_t* handle_;
    std::vector<int> fds_;
};

// A bitmap of the library. Asking it costs microseconds, so the runs of set bits that were seen are
// kept. (kdump_bmp_get_bits would be faster, but writes outside of its buffer for ranges that reach
// behind the last page.)
class Bitmap {
public:
    Bitmap(const Context& context, const char* key)
        : api_(context.api()), bitmap_(context.bitmap(key)) {}
    Bitmap(const Bitmap&) = delete;
    Bitmap& operator=(const Bitmap&) = delete;
    ~Bitmap() {
        if (bitmap_ != nullptr) api_.drop_bitmap(bitmap_);
    }
    bool present() const { return bitmap_ != nullptr; }
    bool test(std::uint64_t bit) const {
        auto it = runs_.upper_bound(bit);
        if (it != runs_.begin() && bit < std::prev(it)->second) return true;
        kdump_addr_t begin = bit;
        if (api_.find_set(bitmap_, &begin) != KDUMP_OK || begin != bit) return false;
        kdump_addr_t end = bit;
        if (api_.find_clear(bitmap_, &end) != KDUMP_OK || end <= bit) end = bit + 1;
        runs_[bit] = end;
        return true;
    }

private:
    const Api& api_;
    kdump_bmp_t* bitmap_;
    mutable std::map<std::uint64_t, std::uint64_t> runs_;  // begin → end, half open
};

class LibraryReader final : public PhysicalReader {
public:
    LibraryReader(const Context& context, std::uint32_t page_size, std::span<const Pfn> hidden)
        : context_(context),
          page_size_(page_size),
          stored_(context, "file.pagemap"),
          memory_(context, "memory.pagemap") {
        for (Pfn page : hidden) hidden_.insert(page.value);
    }

    Maybe<void> read(PAddr address, std::span<std::uint8_t> out) const override {
        if (!checked_add(address.value, out.size()))
            return unknown(Reason::corrupt, "the range at physical " + hex(address) + " wraps");
        for (std::size_t done = 0; done < out.size();) {
            std::uint64_t at = address.value + done;
            std::size_t count = std::min<std::size_t>(
                static_cast<std::size_t>(page_size_ - at % page_size_), out.size() - done);
            auto got = read_in_page(at, out.subspan(done, count));
            if (!got) return got;
            done += count;
        }
        return {};
    }
    Statistics statistics() const override { return {seen_.size(), seen_.size() * page_size_}; }
    std::vector<Pfn> pages_read() const override {
        std::vector<Pfn> result;
        for (std::uint64_t number : seen_) result.push_back({number});
        std::sort(result.begin(), result.end());
        return result;
    }

private:
    Maybe<void> read_in_page(std::uint64_t at, std::span<std::uint8_t> out) const {
        std::uint64_t number = at / page_size_;
        if (hidden_.contains(number)) return unknown(Reason::filtered, "hidden by the caller");
        if (stored_.present() && !stored_.test(number)) {
            bool memory = memory_.present() && memory_.test(number);
            return unknown(memory ? Reason::filtered : Reason::not_dumped,
                           "page of physical " + hex(at));
        }
        std::size_t size = out.size();
        kdump_status status = read_space(at, out, size);
        if (status == KDUMP_ERR_ADDRXLAT && space_ == KDUMP_KPHYSADDR) {
            // Without VMCOREINFO the library knows no kernel addresses, only the machine's.
            space_ = KDUMP_MACHPHYSADDR;
            context_.api().clear(context_.handle());
            size = out.size();
            status = read_space(at, out, size);
        }
        if (status == KDUMP_OK && size == out.size()) {
            seen_.insert(number);
            return {};
        }
        std::string message = context_.message();
        context_.api().clear(context_.handle());
        return unknown(status == KDUMP_ERR_NODATA ? Reason::not_dumped : Reason::corrupt,
                       "page of physical " + hex(at) + ": " + message);
    }

    kdump_status read_space(std::uint64_t at, std::span<std::uint8_t> out,
                            std::size_t& size) const {
        return context_.api().read(context_.handle(), space_, at, out.data(), &size);
    }

    const Context& context_;
    std::uint32_t page_size_;
    mutable kdump_addrspace_t space_ = KDUMP_KPHYSADDR;
    Bitmap stored_, memory_;
    std::unordered_set<std::uint64_t> hidden_;
    mutable std::unordered_set<std::uint64_t> seen_;
};

class LibraryPageTables final : public PageTables {
public:
    explicit LibraryPageTables(const Context& context) : context_(context) {
        context.api().translation(context.handle(), &translation_, &system_);
    }
    LibraryPageTables(const LibraryPageTables&) = delete;
    LibraryPageTables& operator=(const LibraryPageTables&) = delete;
    ~LibraryPageTables() override {
        if (translation_ != nullptr) context_.api().drop_context(translation_);
        if (system_ != nullptr) context_.api().drop_system(system_);
    }
    Maybe<PAddr> translate(VAddr address) const override {
        if (translation_ == nullptr || system_ == nullptr)
            return unknown(Reason::unsupported_arch, "libkdumpfile cannot translate addresses");
        addrxlat_fulladdr_t place{address.value, ADDRXLAT_KVADDR};
        auto status = context_.api().convert(&place, ADDRXLAT_KPHYSADDR, translation_, system_);
        if (status == ADDRXLAT_OK) return PAddr{place.addr};
        Reason reason = status == ADDRXLAT_ERR_NODATA ? Reason::not_dumped : Reason::unmapped;
        return unknown(reason, hex(address) + " (libkdumpfile)");
    }
    std::string description() const override { return "libkdumpfile"; }

private:
    const Context& context_;
    addrxlat_ctx_t* translation_ = nullptr;
    addrxlat_sys_t* system_ = nullptr;
};

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
          physical_(*context_, page_size, options.hidden_pages),
          memory_(physical_, std::make_unique<LibraryPageTables>(*context_)) {
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
    const Memory& memory() const override { return memory_; }
    Maybe<PAddr> translate(VAddr address) const override { return memory_.translate(address); }
    Maybe<void> read_physical(PAddr address, std::span<std::uint8_t> out) const override {
        return physical_.read(address, out);
    }
    Statistics statistics() const override { return physical_.statistics(); }
    std::vector<Pfn> pages_read() const override { return physical_.pages_read(); }

private:
    std::unique_ptr<Context> context_;
    Arch arch_;
    std::uint32_t page_size_;
    Vmcoreinfo info_;
    Uname uname_;
    std::vector<CpuNote> cpus_;
    LibraryReader physical_;
    KernelMemory memory_;
};

// The library trusts what headers say and dies of damaged ones, so a child of ours opens first.
bool survives_opening(const Api& api, const std::vector<std::filesystem::path>& parts) {
    pid_t child = ::fork();
    if (child < 0) return true;  // we cannot try; most files are not damaged
    if (child == 0) {
        struct rlimit no_core {};
        ::setrlimit(RLIMIT_CORE, &no_core);
        for (int number : {SIGSEGV, SIGBUS, SIGABRT, SIGFPE, SIGALRM}) ::signal(number, SIG_DFL);
        ::alarm(kOpeningSeconds);
        Context context(api);
        if (context.open(parts)) context.set_text("addrxlat.ostype", "linux");
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
