#include "dump/native_dump.h"

#include "dump/vmcoreinfo_search.h"

namespace nfstriage::dump {
namespace {

Maybe<std::unique_ptr<PageTables>> page_tables(Arch arch, const PhysicalReader& physical,
                                               const Vmcoreinfo& info, const AddressHints& hints) {
    if (info.empty())
        return unknown(Reason::no_symbol,
                       "the dump has no VMCOREINFO, so its page tables cannot be found");
    if (arch == Arch::x86_64) return x86_64_page_tables(physical, info, hints);
    if (arch == Arch::aarch64) return aarch64_page_tables(physical, info);
    return unknown(Reason::unsupported_arch, std::string(to_string(arch)));
}

struct Translation {
    Vmcoreinfo info;
    Maybe<std::unique_ptr<PageTables>> tables;
};

// VMCOREINFO as the file gives it, or else as memory holds it, and the page tables it leads to.
Translation translation(Contents& contents, const PhysicalReader& physical) {
    auto try_text = [&](const std::string& text) {
        auto info = Vmcoreinfo::parse(text);
        auto tables = page_tables(contents.arch, physical, info, contents.hints);
        return Translation{std::move(info), std::move(tables)};
    };
    if (!contents.raw.vmcoreinfo.empty()) return try_text(contents.raw.vmcoreinfo);
    for (const FoundVmcoreinfo& found : search_vmcoreinfo(*contents.source)) {
        auto result = try_text(found.text);
        if (!result.tables) continue;  // left behind by an earlier kernel
        contents.missing.push_back(
            "VMCOREINFO is absent from the headers; it was found in memory at physical " +
            hex(found.address));
        contents.raw.vmcoreinfo = found.text;
        return result;
    }
    contents.missing.push_back("VMCOREINFO is absent: kernel addresses cannot be translated");
    return try_text({});
}

class NativeDump final : public Dump {
public:
    NativeDump(Contents contents, const OpenOptions& options)
        : contents_(std::move(contents)),
          physical_(contents_.source, options),
          translation_(translation(contents_, physical_)),
          memory_(physical_, std::move(translation_.tables), options) {
        if (contents_.uname.release.empty())
            contents_.uname.release = std::string(info().text("OSRELEASE").value_or(""));
    }

    std::string format() const override { return contents_.format; }
    Arch arch() const override { return contents_.arch; }
    std::uint32_t page_size() const override {
        auto text = info().text("PAGESIZE");
        if (text == "4096") return 4096;
        if (text == "16384") return 16384;
        if (text == "65536") return 65536;
        return contents_.source->page_size();
    }
    bool complete() const override { return contents_.missing.empty(); }
    std::vector<std::string> missing() const override { return contents_.missing; }
    const Vmcoreinfo& vmcoreinfo() const override { return info(); }
    const Uname& uname() const override { return contents_.uname; }
    const std::vector<CpuNote>& cpu_notes() const override { return contents_.cpus; }
    const RawHeaders& raw_headers() const override { return contents_.raw; }
    const Memory& memory() const override { return memory_; }
    Maybe<PAddr> translate(VAddr address) const override { return memory_.translate(address); }
    Maybe<void> read_physical(PAddr address, std::span<std::uint8_t> out) const override {
        return physical_.read(address, out);
    }
    Statistics statistics() const override { return physical_.statistics(); }
    std::vector<Pfn> pages_read() const override { return physical_.pages_read(); }
    std::vector<Pfn> pages_filtered() const override { return physical_.pages_filtered(); }
    std::uint32_t file_page_size() const override { return contents_.source->page_size(); }

private:
    const Vmcoreinfo& info() const { return translation_.info; }

    Contents contents_;
    PagedReader physical_;
    Translation translation_;  // its tables have moved into memory_
    KernelMemory memory_;
};

}  // namespace

std::unique_ptr<Dump> make_native_dump(Contents contents, const OpenOptions& options) {
    return std::make_unique<NativeDump>(std::move(contents), options);
}

}  // namespace nfstriage::dump
