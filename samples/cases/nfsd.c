// The debug side of nfsd.ko: types and .modinfo. Compiled with -g -O2 -c -DUTS_RELEASE="...".
#include "nfsd-4.19.h"

#define MODINFO(name, text)                                                                        \
    __attribute__((used, section(".modinfo"), aligned(1))) static const char modinfo_##name[] =    \
        #name "=" text

MODINFO(name, "nfsd");
MODINFO(vermagic, UTS_RELEASE " SMP mod_unload modversions ");

__attribute__((used)) static struct {
    struct nfs4_client *client;
    struct nfs4_stid *stid;
} types_in_use;

int init_nfsd(void);
int init_nfsd(void)
{
    return 0;
}
