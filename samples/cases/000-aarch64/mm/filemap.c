// The page cache; see function.h.
#include "../../function.h"

#line 0
FUNCTION(ssize_t, generic_perform_write, (struct file *file, struct iov_iter *i, loff_t pos), 0x188)
