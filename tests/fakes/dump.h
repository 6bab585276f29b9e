// A dump without a file: fake memory, VMCOREINFO given as text.
#pragma once

#include <string>
#include <vector>

#include "dump/dump.h"
#include "fakes/memory.h"

namespace nfstriage::fakes {

class FakeDump : public dump::Dump {
public:
    FakeMemory kernel;
    dump::Vmcoreinfo info;
    dump::Uname header;
    std::vector<dump::CpuNote> notes;
    dump::RawHeaders raw;
    Arch machine = Arch::x86_64;

    std::string format() const override { return "fake"; }
    Arch arch() const override { return machine; }
    std::uint32_t page_size() const override { return 4096; }
    bool complete() const override { return true; }
    std::vector<std::string> missing() const override { return {}; }
    const dump::Vmcoreinfo& vmcoreinfo() const override { return info; }
    const dump::Uname& uname() const override { return header; }
    const std::vector<dump::CpuNote>& cpu_notes() const override { return notes; }
    const dump::Memory& memory() const override { return kernel; }
    Maybe<PAddr> translate(VAddr) const override { return unknown(Reason::unmapped); }
    Maybe<void> read_physical(PAddr, std::span<std::uint8_t>) const override {
        return unknown(Reason::not_dumped);
    }
    const dump::RawHeaders& raw_headers() const override { return raw; }
    dump::Statistics statistics() const override { return {}; }
    std::vector<Pfn> pages_read() const override { return {}; }
    std::vector<Pfn> pages_filtered() const override { return {}; }
    std::uint32_t file_page_size() const override { return 4096; }
};

}  // namespace nfstriage::fakes
