// Work queues; see function.h.
#include "../../function.h"

#line 0
FUNCTION(void, process_one_work, (struct worker *worker, struct work_struct *work), 0x3d0)
#line 0
FUNCTION(int, worker_thread, (void *__worker), 0x390)
