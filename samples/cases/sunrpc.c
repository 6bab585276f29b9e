// The debug side of sunrpc.ko: types, .modinfo and prototypes. Compiled with -g -O2 -c
// -DUTS_RELEASE="...".
#include "nfs-4.19.h"

#include "function.h"

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

struct wait_bit_key;

#line 0
FUNCTION(void, __rpc_execute, (struct rpc_task *task), 0x400)
#line 0
FUNCTION(void, call_transmit, (struct rpc_task *task), 0x400)
#line 0
FUNCTION(void, call_transmit_status, (struct rpc_task *task), 0x400)
#line 0
FUNCTION(void, rpc_async_schedule, (struct work_struct *work), 0x100)
#line 0
FUNCTION(int, rpc_wait_bit_killable, (struct wait_bit_key *key, int mode), 0x100)
