// A dump whose format we read ourselves: its parts are gathered by open.cc and owned here.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "dump/dump.h"
#include "dump/kernel_memory.h"
#include "dump/notes.h"
#include "dump/page_tables.h"
#include "dump/physical.h"

namespace nfstriage::dump {

// What a file format found in its headers.
struct Contents {
    std::string format;
    Arch arch = Arch::x86_64;
    std::shared_ptr<const PageSource> source;
    RawHeaders raw;
    Uname uname;
    std::vector<CpuNote> cpus;
    AddressHints hints;
    std::vector<std::string> missing;  // one sentence each
};

std::unique_ptr<Dump> make_native_dump(Contents contents, const OpenOptions& options);

}  // namespace nfstriage::dump
