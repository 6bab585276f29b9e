// The debug side of nfs.ko: types, .modinfo and prototypes. Compiled with -g -O2 -c
// -DUTS_RELEASE="...".
#include "nfs-4.19.h"

#include "function.h"

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

struct nfs_mds_commit_info;
struct nfs_pageio_descriptor;

#line 0
FUNCTION(int, __nfs_commit_inode, (struct inode *inode, int how, struct writeback_control *wbc), 0x400)
#line 0
FUNCTION(void, nfs_commit_end, (struct nfs_mds_commit_info *cinfo), 0x400)
#line 0
FUNCTION(int, nfs_do_writepage,
         (struct page *page, struct writeback_control *wbc, struct nfs_pageio_descriptor *pgio), 0x400)
#line 0
FUNCTION(void, nfs_end_page_writeback, (struct nfs_page *req), 0x400)
#line 0
FUNCTION(int, nfs_file_fsync, (struct file *file, loff_t start, loff_t end, int datasync), 0x400)
#line 0
FUNCTION(ssize_t, nfs_file_write, (struct kiocb *iocb, struct iov_iter *from), 0x400)
#line 0
FUNCTION(struct nfs_page *, nfs_lock_and_join_requests, (struct page *page), 0xa00)
#line 0
FUNCTION(_Bool, nfs_page_group_sync_on_bit, (struct nfs_page *req, unsigned int bit), 0x400)
#line 0
FUNCTION(void, nfs_redirty_request, (struct nfs_page *req), 0x400)
#line 0
FUNCTION(void, nfs_start_io_write, (struct inode *inode), 0x400)
#line 0
FUNCTION(void, nfs_unlock_request, (struct nfs_page *req), 0x400)
#line 0
FUNCTION(int, nfs_updatepage,
         (struct file *file, struct page *page, unsigned int offset, unsigned int count), 0x800)
#line 0
FUNCTION(int, nfs_wb_page, (struct inode *inode, struct page *page), 0x400)
#line 0
FUNCTION(int, nfs_write_end,
         (struct file *file, struct address_space *mapping, loff_t pos, unsigned len,
          unsigned copied, struct page *page, void *fsdata), 0x400)
#line 0
FUNCTION(int, nfs_writepage_setup,
         (struct nfs_open_context *ctx, struct page *page, unsigned int offset, unsigned int count),
         0x800)
#line 0
FUNCTION(int, nfs_writepages, (struct address_space *mapping, struct writeback_control *wbc), 0x400)
#line 0
FUNCTION(int, nfs_writepages_callback,
         (struct page *page, struct writeback_control *wbc, void *data), 0x400)
