// Radix trees; see function.h.
#include "../../function.h"

struct callback_head;

#line 0
FUNCTION(_Bool, __radix_tree_delete,
         (struct radix_tree_root *root, struct radix_tree_node *node, void **slot), 0xc0)
#line 0
FUNCTION(_Bool, delete_node,
         (struct radix_tree_root *root, struct radix_tree_node *node,
          void (*update_node)(struct radix_tree_node *node)), 0x250)
#line 0
FUNCTION(void *, idr_remove, (struct idr *idr, unsigned long id), 0x20)
#line 0
FUNCTION(void *, radix_tree_delete_item,
         (struct radix_tree_root *root, unsigned long index, void *item), 0xc8)
#line 0
FUNCTION(void, radix_tree_node_rcu_free, (struct callback_head *head), 0x60)
