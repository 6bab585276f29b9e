// What wraps libraries without a static archive, for the program that has to do without them. Each
// takes the place of the function of that name in the engine, whose file is then not linked.
#include "dump/library.h"
#include "isa/capstone_calls.h"
#include "isa/capstone_x86.h"
#include "isa/x86_64.h"
#include "lend_text.h"

namespace nfstriage {
namespace dump {

// libkdumpfile is loaded at run time, which a static program cannot.
Result<std::unique_ptr<Dump>> open_with_library(const std::vector<std::filesystem::path>& parts,
                                                const OpenOptions&) {
    return error(parts.front().string(), 0,
                 "a kdump-compressed or ELF vmcore of x86_64 or aarch64, which is all that this "
                 "program reads",
                 "analyse the file with nfstriage, which reads other formats through libkdumpfile");
}

}  // namespace dump

namespace isa {

// Zydis is a shared library only. Kernels are decoded on machines of their own architecture: tables
// for the other one would double the size of the program.
std::unique_ptr<X86Decoder> x86_decoder() {
#ifdef NFSTRIAGE_DECODES_X86_64
    return x86_decoder_by_capstone();
#else
    return nullptr;
#endif
}

const CapstoneCalls* capstone_calls() {
    static constexpr CapstoneCalls kLinked{cs_open, cs_close, cs_malloc, cs_free, cs_disasm_iter};
    return &kLinked;
}

}  // namespace isa

// Debug files are not read: this program is never given any.
TextRemarks lend_text(const dump::Dump&, layout::KernelLayout&,
                      const std::vector<std::filesystem::path>&) {
    return {};
}

}  // namespace nfstriage
