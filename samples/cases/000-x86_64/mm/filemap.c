// The page cache; see function.h.
#include "../../function.h"

#line 0
FUNCTION(ssize_t, generic_perform_write, (struct file *file, struct iov_iter *i, loff_t pos), 0x1c0)
#line 0
FUNCTION(int, clear_page_dirty_for_io, (struct page *page), 0x230)
