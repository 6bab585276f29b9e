// The way of write(); see function.h.
#include "../../function.h"

#line 0
FUNCTION(ssize_t, __arm64_sys_write, (const struct pt_regs *regs), 0x30)
#line 0
FUNCTION(ssize_t, __vfs_write, (struct file *file, const char *p, size_t count, loff_t *pos), 0x80)
#line 0
FUNCTION(ssize_t, ksys_write, (unsigned int fd, const char *buf, size_t count), 0xc8)
#line 0
FUNCTION(ssize_t, new_sync_write,
         (struct file *filp, const char *buf, size_t len, loff_t *ppos), 0x130)
#line 0
FUNCTION(ssize_t, vfs_write, (struct file *file, const char *buf, size_t count, loff_t *pos), 0x1c0)
