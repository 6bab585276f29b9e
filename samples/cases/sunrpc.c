// The debug side of sunrpc.ko: types and .modinfo. Compiled with -g -O2 -c -DUTS_RELEASE="...".
#include "nfs-4.19.h"

#define MODINFO(name, text)                                                                        \
    __attribute__((used, section(".modinfo"), aligned(1))) static const char modinfo_##name[] =    \
        #name "=" text

MODINFO(name, "sunrpc");
MODINFO(vermagic, UTS_RELEASE " SMP mod_unload modversions ");

__attribute__((used)) static struct {
    struct rpc_task *task;
    struct rpc_procinfo *procedure;
} types_in_use;

int init_sunrpc(void);
int init_sunrpc(void)
{
    return 0;
}
