// The NFS functions on the stack, which are part of this vmlinux; see function.h.
#include "../../../function.h"

#line 0
FUNCTION(ssize_t, nfs_file_write, (struct kiocb *iocb, struct iov_iter *from), 0x230)
#line 0
FUNCTION(int, nfs_updatepage,
         (struct file *file, struct page *page, unsigned int offset, unsigned int count), 0x170)
#line 0
FUNCTION(int, nfs_wb_page, (struct inode *inode, struct page *page), 0x1a0)
#line 0
FUNCTION(int, nfs_write_end,
         (struct file *file, struct address_space *mapping, loff_t pos, unsigned len,
          unsigned copied, struct page *page, void *fsdata), 0x230)
#line 0
FUNCTION(int, nfs_writepage_setup,
         (struct nfs_open_context *ctx, struct page *page, unsigned int offset, unsigned int count),
         0x240)
