// A dump taken from outside of the guest (virsh dump, QEMU without its vmcoreinfo device) has no
// VMCOREINFO note, but the kernel keeps the note's text in a page of its own (kernel/vmcore_info.c:
// vmcoreinfo_data). We look for pages that begin as it does.
#pragma once

#include <string>
#include <vector>

#include "base/address.h"
#include "dump/physical.h"

namespace nfstriage::dump {

struct FoundVmcoreinfo {
    PAddr address;
    std::string text;
};

// Every page that looks like it, in address order: an earlier kernel may have left one behind, so
// the caller has to check them. Stops after so many pages that it takes a few seconds at most.
std::vector<FoundVmcoreinfo> search_vmcoreinfo(const PageSource& source);

}  // namespace nfstriage::dump
