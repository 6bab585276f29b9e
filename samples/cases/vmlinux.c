// The debug side of a small vmlinux: types, and the banner by which its build is known. Compiled with
// -g -O2 -DUTS_RELEASE="..." -DUTS_VERSION="..." for x86_64 and aarch64 and linked with the script
// that `mkdump ld-script` makes of a scene, which puts .rodata.linux_banner and the scene's symbols
// where that kernel has them.
#include "kernel-4.19.h"

#define PLACED(kind, name) __attribute__((used, section(kind "." #name)))

PLACED(".rodata", linux_banner)
const char linux_banner[] = "Linux version " UTS_RELEASE " (made@up) (a C compiler) " UTS_VERSION "\n";

// One variable of each type keeps its description.
PLACED(".data", types_in_use)
static struct {
    struct task_struct *task;
    struct thread_info *thread_info;
    struct pt_regs *regs;
    union thread_union *stack;
    struct signal_struct *signal;
    struct module *module;
    struct elf64_sym *symbol;
    struct mod_kallsyms *kallsyms;
    struct rq *rq;
    struct page *page;
    struct inode *inode;
    struct rw_semaphore *rwsem;
    struct rwsem_waiter *waiter;
    struct radix_tree_node *node;
    struct work_struct *work;
    struct uts_namespace *uts;
    struct printk_log *log;
    struct rb_node *rb;
    struct hlist_node *hlist;
    enum pageflags page_flags;
    enum module_state module_state;
    enum zone_type zone;
#ifdef __x86_64__
    struct inactive_task_frame *frame;
    struct orc_entry *orc;
    union irq_stack_union *irq_stack;
#endif
#ifdef WITH_NFS
    struct nfs_page *request;
    struct nfs_inode *nfs_inode;
#endif
} types_in_use;
