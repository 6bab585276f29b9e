// The way of close(); see function.h.
#include "../../function.h"

#line 0
FUNCTION(int, filp_close, (struct file *filp, void *id), 0xd0)
#line 0
FUNCTION(long, __x64_sys_close, (const struct pt_regs *regs), 0x50)
