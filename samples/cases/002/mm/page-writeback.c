// Writing pages back; see function.h.
#include "../../function.h"

#line 0
FUNCTION(int, __filemap_fdatawrite_range,
         (struct address_space *mapping, loff_t start, loff_t end, int sync_mode), 0x110)
#line 0
FUNCTION(int, __set_page_dirty_nobuffers, (struct page *page), 0x120)
#line 0
FUNCTION(int, do_writepages, (struct address_space *mapping, struct writeback_control *wbc), 0xe0)
#line 0
FUNCTION(int, filemap_write_and_wait_range,
         (struct address_space *mapping, loff_t lstart, loff_t lend), 0x80)
#line 0
FUNCTION(int, write_cache_pages,
         (struct address_space *mapping, struct writeback_control *wbc,
          int (*writepage)(struct page *page, struct writeback_control *wbc, void *data), void *data),
         0x410)
