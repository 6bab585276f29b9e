// The debug side of nfs.ko: types and .modinfo. Compiled with -g -O2 -c -DUTS_RELEASE="...".
#include "nfs-4.19.h"

#define MODINFO(name, text)                                                                        \
    __attribute__((used, section(".modinfo"), aligned(1))) static const char modinfo_##name[] =    \
        #name "=" text

MODINFO(name, "nfs");
MODINFO(vermagic, UTS_RELEASE " SMP mod_unload modversions ");

__attribute__((used)) static struct {
    struct nfs_page *page;
    struct nfs_open_context *context;
    struct nfs_lock_context *lock_context;
    struct nfs_inode *inode;
} types_in_use;

// A compiler describes an enumeration only where one of its values is used.
int init_nfs_fs(struct nfs_page *request);
int init_nfs_fs(struct nfs_page *request)
{
    return (int)(request->wb_flags >> PG_BUSY & 1);
}
