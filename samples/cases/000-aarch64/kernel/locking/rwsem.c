// Waiting for a semaphore; see function.h.
#include "../../../function.h"

#line 0
FUNCTION(void, down_write, (struct rw_semaphore *sem), 0x50)
#line 0
FUNCTION(struct rw_semaphore *, rwsem_down_write_failed, (struct rw_semaphore *sem), 0x2c0)
