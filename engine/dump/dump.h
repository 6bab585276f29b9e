// One crash dump, whatever its format: physical pages, kernel virtual memory through the page
// tables of the crashed kernel, VMCOREINFO, and the registers that the notes hold.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/address.h"
#include "base/arch.h"
#include "base/registers.h"
#include "base/result.h"
#include "base/spending.h"
#include "dump/memory.h"
#include "dump/observer.h"
#include "dump/overlay.h"
#include "dump/vmcoreinfo.h"

namespace nfstriage::dump {

// NT_PRSTATUS of one CPU. makedumpfile and the kernel write one note per CPU that answered, in CPU
// order with holes left out; `cpu` is the note's position and so a lower bound when CPUs are
// missing.
struct CpuNote {
    unsigned cpu = 0;
    std::optional<std::int64_t> pid;  // pr_pid; QEMU writes cpu + 1 there, so it is a hint only
    Registers registers;
};

// The parts of new_utsname that some headers carry; empty strings where they do not.
struct Uname {
    std::string nodename, release, version, machine;
};

struct OpenOptions {
    bool force_library = false;  // read through libkdumpfile even what the native reader knows
    // Physical pages, in units of the file's pages, to treat as left out by makedumpfile: how tests
    // make a thinner dump out of a whole one.
    std::vector<Pfn> hidden_pages;
    std::shared_ptr<const Overlay> overlay;  // laid over the file's pages; null: nothing
    std::shared_ptr<Observer> observer;      // sees all reads; null: nobody
    std::shared_ptr<Spending> spending;      // bounds all reads; null: nothing does
};

// What a file's headers hold, as it stands there, to be written into another file.
struct RawHeaders {
    std::string vmcoreinfo;           // the note's text, empty if there is none
    std::vector<std::uint8_t> notes;  // ELF notes, one after the other
    std::optional<std::uint64_t> phys_base;
};

struct Statistics {
    std::uint64_t pages_read = 0;  // distinct pages taken from the file and decompressed
    std::uint64_t bytes_read = 0;  // bytes of them as stored in the file
};

class Dump {
public:
    // `parts`: one file, or all files of a split set in any order.
    // Errors: not readable, not a dump, header damaged. Truncation behind the header is not an
    // error: complete() is false then and missing() says what is gone.
    static Result<std::unique_ptr<Dump>> open(const std::vector<std::filesystem::path>& parts,
                                              const OpenOptions& options = {});
    virtual ~Dump() = default;

    // "kdump-compressed", "kdump-compressed flattened", "kdump-compressed split", "ELF",
    // "ELF flattened", or what libkdumpfile calls it.
    virtual std::string format() const = 0;
    virtual Arch arch() const = 0;
    virtual std::uint32_t page_size() const = 0;  // of the crashed kernel, in bytes
    virtual bool complete() const = 0;
    virtual std::vector<std::string> missing() const = 0;  // one sentence each

    virtual const Vmcoreinfo& vmcoreinfo() const = 0;
    virtual const Uname& uname() const = 0;
    virtual const std::vector<CpuNote>& cpu_notes() const = 0;
    virtual const RawHeaders& raw_headers() const = 0;

    // Kernel virtual memory, translated by the crashed kernel's own page tables.
    virtual const Memory& memory() const = 0;
    virtual Maybe<PAddr> translate(VAddr address) const = 0;
    virtual Maybe<void> read_physical(PAddr address, std::span<std::uint8_t> out) const = 0;

    virtual Statistics statistics() const = 0;
    // The pages taken from the file so far, ascending, in units of the file's pages: with these
    // alone a dump still answers what was asked of it.
    virtual std::vector<Pfn> pages_read() const = 0;
    // The pages that were asked for and that makedumpfile left out, ascending, in the same units.
    virtual std::vector<Pfn> pages_filtered() const = 0;
    // Of the file's pages, in bytes, a power of two.
    virtual std::uint32_t file_page_size() const = 0;
};

}  // namespace nfstriage::dump
