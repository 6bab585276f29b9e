// Capstone's archive knows all of its architectures by these functions, so each of them would be
// linked with its tables. Defined here they keep those out: opening one answers that it is not
// there, as a Capstone does that was built without it.
#include <capstone/capstone.h>

#define NFSTRIAGE_ABSENT(arch)                                          \
    extern "C" cs_err arch##_global_init(void*);                        \
    extern "C" cs_err arch##_global_init(void*) { return CS_ERR_ARCH; } \
    extern "C" cs_err arch##_option(void*, cs_opt_type, size_t);        \
    extern "C" cs_err arch##_option(void*, cs_opt_type, size_t) { return CS_ERR_OPTION; }

NFSTRIAGE_ABSENT(ARM)
NFSTRIAGE_ABSENT(EVM)
NFSTRIAGE_ABSENT(M680X)
NFSTRIAGE_ABSENT(M68K)
NFSTRIAGE_ABSENT(Mips)
NFSTRIAGE_ABSENT(PPC)
NFSTRIAGE_ABSENT(Sparc)
NFSTRIAGE_ABSENT(SystemZ)
NFSTRIAGE_ABSENT(TMS320C64x)
NFSTRIAGE_ABSENT(XCore)
// Since 5.0.
NFSTRIAGE_ABSENT(BPF)
NFSTRIAGE_ABSENT(MOS65XX)
NFSTRIAGE_ABSENT(RISCV)
NFSTRIAGE_ABSENT(SH)
NFSTRIAGE_ABSENT(TRICORE)
NFSTRIAGE_ABSENT(WASM)
#ifndef NFSTRIAGE_DECODES_AARCH64
NFSTRIAGE_ABSENT(AArch64)
#endif
#ifndef NFSTRIAGE_DECODES_X86_64
NFSTRIAGE_ABSENT(X86)
#endif
