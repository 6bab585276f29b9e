// The debug side of nfsd.ko: types, .modinfo and prototypes. Compiled with -g -O2 -c
// -DUTS_RELEASE="...".
#include "nfsd-4.19.h"

#include "function.h"

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

struct nfsd4_callback;

#line 0
FUNCTION(void, free_client, (struct nfs4_client *clp), 0x400)
#line 0
FUNCTION(void, nfs4_put_stid, (struct nfs4_stid *s), 0x400)
#line 0
FUNCTION(void, nfsd41_destroy_cb, (struct nfsd4_callback *cb), 0x400)
#line 0
FUNCTION(void, nfsd4_cb_recall_release, (struct nfsd4_callback *cb), 0x400)
#line 0
FUNCTION(void, nfsd4_cb_release, (void *calldata), 0x400)
#line 0
FUNCTION(void, nfsd4_run_cb_work, (struct work_struct *work), 0x400)
