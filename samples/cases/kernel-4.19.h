// Types of a 4.19 kernel, as far as an analysis asks for them. Member names are the kernel's
// (include/linux, arch/*/include/asm of v4.19); everything between the members listed is padding.
// x86_64: sizes and offsets are those measured on one 4.19 build and are asserted below. aarch64:
// nobody measured them; they follow from the same lists with the architecture's own thread_info,
// thread_struct, pt_regs and mod_arch_specific, and are consistent but invented. Other builds of
// 4.19 have other offsets, which is why an analysis asks the kernel's own debuginfo.
#pragma once

#ifdef __x86_64__
#define SIZE(type, bytes) _Static_assert(sizeof(struct type) == (bytes), #type)
#define OFFSET(type, member, at) _Static_assert(__builtin_offsetof(struct type, member) == (at), #type "." #member)
#else
#define SIZE(type, bytes) struct type
#define OFFSET(type, member, at) struct type
#endif

typedef unsigned char u8, __u8;
typedef unsigned short u16, __u16, umode_t;
typedef unsigned int u32, __u32;
typedef unsigned long u64, __u64;
typedef long long loff_t, ktime_t, s64;
typedef int pid_t;
typedef _Bool bool;
typedef struct {
    int counter;
} atomic_t;
typedef struct {
    long counter;
} atomic_long_t;
typedef struct refcount_struct {
    atomic_t refs;
} refcount_t;
struct kref {
    refcount_t refcount;
};

enum pageflags {
    PG_locked = 0,
    PG_error = 1,
    PG_referenced = 2,
    PG_uptodate = 3,
    PG_dirty = 4,
    PG_lru = 5,
    PG_active = 6,
    PG_waiters = 7,
    PG_slab = 8,
    PG_owner_priv_1 = 9,
    PG_arch_1 = 10,
    PG_reserved = 11,
    PG_private = 12,
    PG_private_2 = 13,
    PG_writeback = 14,
    PG_head = 15,
    PG_mappedtodisk = 16,
    PG_reclaim = 17,
    PG_swapbacked = 18,
    PG_unevictable = 19,
    PG_mlocked = 20,
    PG_uncached = 21,
    __NR_PAGEFLAGS = 22,
    PG_checked = 9,
    PG_swapcache = 9,
    PG_fscache = 13,
    PG_pinned = 9,
    PG_savepinned = 4,
    PG_foreign = 9,
    PG_slob_free = 12,
    PG_double_map = 13,
    PG_isolated = 17,
};

enum module_state {
    MODULE_STATE_LIVE = 0,
    MODULE_STATE_COMING = 1,
    MODULE_STATE_GOING = 2,
    MODULE_STATE_UNFORMED = 3,
};

enum zone_type {
    ZONE_DMA32 = 0,
    ZONE_NORMAL = 1,
    ZONE_MOVABLE = 2,
    __MAX_NR_ZONES = 3,
};

struct list_head {
    struct list_head *next;
    struct list_head *prev;
};
SIZE(list_head, 16);
OFFSET(list_head, next, 0);
OFFSET(list_head, prev, 8);

struct hlist_node {
    struct hlist_node *next, **pprev;
};

struct callback_head {
    struct callback_head *next;
    void (*func)(struct callback_head *);
};
SIZE(callback_head, 16);
OFFSET(callback_head, next, 0);
OFFSET(callback_head, func, 8);

struct rb_node {
    unsigned long __rb_parent_color;
    struct rb_node *rb_right;
    struct rb_node *rb_left;
};
SIZE(rb_node, 24);
OFFSET(rb_node, __rb_parent_color, 0);
OFFSET(rb_node, rb_right, 8);
OFFSET(rb_node, rb_left, 16);

struct rw_semaphore {
    atomic_long_t count;
    struct list_head wait_list;
    unsigned int wait_lock;
    char pad_28[4];
    struct task_struct *owner;
};
SIZE(rw_semaphore, 40);
OFFSET(rw_semaphore, count, 0);
OFFSET(rw_semaphore, wait_list, 8);
OFFSET(rw_semaphore, wait_lock, 24);
OFFSET(rw_semaphore, owner, 32);

struct rwsem_waiter {
    struct list_head list;
    struct task_struct *task;
    unsigned int type;
    char pad_28[4];
};
SIZE(rwsem_waiter, 32);
OFFSET(rwsem_waiter, list, 0);
OFFSET(rwsem_waiter, task, 16);
OFFSET(rwsem_waiter, type, 24);

struct work_struct {
    atomic_long_t data;
    struct list_head entry;
    void (*func)(struct work_struct *);
};
SIZE(work_struct, 32);
OFFSET(work_struct, data, 0);
OFFSET(work_struct, entry, 8);
OFFSET(work_struct, func, 24);

struct page {
    unsigned long flags;
    union {
        struct list_head lru;
        unsigned long compound_head;
        struct callback_head callback_head;
    };
    union {
        struct address_space *mapping;
        struct kmem_cache *slab_cache;
    };
    union {
        unsigned long index;
        void *freelist;
    };
    unsigned long private;
    atomic_t _mapcount;
    atomic_t _refcount;
    char pad_56[8];
};
SIZE(page, 64);
OFFSET(page, flags, 0);
OFFSET(page, lru, 8);
OFFSET(page, compound_head, 8);
OFFSET(page, callback_head, 8);
OFFSET(page, mapping, 24);
OFFSET(page, slab_cache, 24);
OFFSET(page, index, 32);
OFFSET(page, freelist, 32);
OFFSET(page, private, 40);
OFFSET(page, _mapcount, 48);
OFFSET(page, _refcount, 52);

struct radix_tree_node {
    unsigned char shift;
    unsigned char offset;
    unsigned char count;
    unsigned char exceptional;
    char pad_4[4];
    struct radix_tree_node *parent;
    struct radix_tree_root *root;
    union {
        struct list_head private_list;
        struct callback_head callback_head;
    };
    void *slots[64];
    char pad_552[24];
};
SIZE(radix_tree_node, 576);
OFFSET(radix_tree_node, shift, 0);
OFFSET(radix_tree_node, offset, 1);
OFFSET(radix_tree_node, count, 2);
OFFSET(radix_tree_node, exceptional, 3);
OFFSET(radix_tree_node, parent, 8);
OFFSET(radix_tree_node, root, 16);
OFFSET(radix_tree_node, private_list, 24);
OFFSET(radix_tree_node, callback_head, 24);
OFFSET(radix_tree_node, slots, 40);

struct inode {
    umode_t i_mode;
    char pad_2[10];
    unsigned int i_flags;
    char pad_16[24];
    struct super_block *i_sb;
    struct address_space *i_mapping;
    unsigned long i_ino;
    unsigned int i_nlink;
    char pad_68[4];
    loff_t i_size;
    char pad_80[48];
    unsigned int i_lock;
    char pad_132[12];
    unsigned long i_state;
    struct rw_semaphore i_rwsem;
    char pad_192[120];
    atomic_t i_count;
    char pad_316[236];
    void *i_private;
};
SIZE(inode, 560);
OFFSET(inode, i_mode, 0);
OFFSET(inode, i_flags, 12);
OFFSET(inode, i_sb, 40);
OFFSET(inode, i_mapping, 48);
OFFSET(inode, i_ino, 56);
OFFSET(inode, i_nlink, 64);
OFFSET(inode, i_size, 72);
OFFSET(inode, i_lock, 128);
OFFSET(inode, i_state, 144);
OFFSET(inode, i_rwsem, 152);
OFFSET(inode, i_count, 312);
OFFSET(inode, i_private, 552);

struct printk_log {
    u64 ts_nsec;
    u16 len;
    u16 text_len;
    u16 dict_len;
    u8 facility;
    u8 flags : 5;
    u8 level : 3;
};
SIZE(printk_log, 16);
OFFSET(printk_log, ts_nsec, 0);
OFFSET(printk_log, len, 8);
OFFSET(printk_log, text_len, 10);
OFFSET(printk_log, dict_len, 12);
OFFSET(printk_log, facility, 14);

#ifdef __x86_64__
struct thread_info {
    unsigned long flags;
    u32 status;
    char pad_12[4];
};
SIZE(thread_info, 16);
OFFSET(thread_info, flags, 0);
OFFSET(thread_info, status, 8);

struct thread_struct {
    char pad_0[24];
    unsigned long sp;
    unsigned short es;
    unsigned short ds;
    unsigned short fsindex;
    unsigned short gsindex;
    unsigned long fsbase;
    unsigned long gsbase;
    char pad_56[48];
    unsigned long cr2;
    unsigned long trap_nr;
    unsigned long error_code;
    char pad_128[24];
    unsigned long addr_limit;
    char pad_160[4192];
};
SIZE(thread_struct, 4352);
OFFSET(thread_struct, sp, 24);
OFFSET(thread_struct, es, 32);
OFFSET(thread_struct, ds, 34);
OFFSET(thread_struct, fsindex, 36);
OFFSET(thread_struct, gsindex, 38);
OFFSET(thread_struct, fsbase, 40);
OFFSET(thread_struct, gsbase, 48);
OFFSET(thread_struct, cr2, 104);
OFFSET(thread_struct, trap_nr, 112);
OFFSET(thread_struct, error_code, 120);
OFFSET(thread_struct, addr_limit, 152);

struct inactive_task_frame {
    unsigned long flags;
    unsigned long r15;
    unsigned long r14;
    unsigned long r13;
    unsigned long r12;
    unsigned long bx;
    unsigned long bp;
    unsigned long ret_addr;
};
SIZE(inactive_task_frame, 64);
OFFSET(inactive_task_frame, flags, 0);
OFFSET(inactive_task_frame, r15, 8);
OFFSET(inactive_task_frame, r14, 16);
OFFSET(inactive_task_frame, r13, 24);
OFFSET(inactive_task_frame, r12, 32);
OFFSET(inactive_task_frame, bx, 40);
OFFSET(inactive_task_frame, bp, 48);
OFFSET(inactive_task_frame, ret_addr, 56);

struct pt_regs {
    unsigned long r15;
    unsigned long r14;
    unsigned long r13;
    unsigned long r12;
    unsigned long bp;
    unsigned long bx;
    unsigned long r11;
    unsigned long r10;
    unsigned long r9;
    unsigned long r8;
    unsigned long ax;
    unsigned long cx;
    unsigned long dx;
    unsigned long si;
    unsigned long di;
    unsigned long orig_ax;
    unsigned long ip;
    unsigned long cs;
    unsigned long flags;
    unsigned long sp;
    unsigned long ss;
};
SIZE(pt_regs, 168);
OFFSET(pt_regs, r15, 0);
OFFSET(pt_regs, r14, 8);
OFFSET(pt_regs, r13, 16);
OFFSET(pt_regs, r12, 24);
OFFSET(pt_regs, bp, 32);
OFFSET(pt_regs, bx, 40);
OFFSET(pt_regs, r11, 48);
OFFSET(pt_regs, r10, 56);
OFFSET(pt_regs, r9, 64);
OFFSET(pt_regs, r8, 72);
OFFSET(pt_regs, ax, 80);
OFFSET(pt_regs, cx, 88);
OFFSET(pt_regs, dx, 96);
OFFSET(pt_regs, si, 104);
OFFSET(pt_regs, di, 112);
OFFSET(pt_regs, orig_ax, 120);
OFFSET(pt_regs, ip, 128);
OFFSET(pt_regs, cs, 136);
OFFSET(pt_regs, flags, 144);
OFFSET(pt_regs, sp, 152);
OFFSET(pt_regs, ss, 160);

struct task_struct {
    struct thread_info thread_info;
    volatile long state;
    void *stack;
    atomic_t usage;
    unsigned int flags;
    char pad_40[16];
    int on_cpu;
    unsigned int cpu;
    char pad_64[32];
    int on_rq;
    int prio;
    char pad_104[496];
    struct list_head tasks;
    char pad_616[64];
    struct mm_struct *mm;
    struct mm_struct *active_mm;
    char pad_696[60];
    int exit_state;
    char pad_760[96];
    pid_t pid;
    pid_t tgid;
    struct task_struct *real_parent;
    struct task_struct *parent;
    char pad_880[32];
    struct task_struct *group_leader;
    char pad_920[104];
    struct list_head thread_group;
    struct list_head thread_node;
    char pad_1056[24];
    u64 utime;
    u64 stime;
    char pad_1096[32];
    unsigned long nvcsw;
    unsigned long nivcsw;
    u64 start_time;
    u64 real_start_time;
    char pad_1160[104];
    const struct cred *cred;
    char comm[16];
    char pad_1288[32];
    unsigned long last_switch_count;
    unsigned long last_switch_time;
    struct fs_struct *fs;
    struct files_struct *files;
    struct nsproxy *nsproxy;
    struct signal_struct *signal;
    char pad_1368[152];
    void *journal_info;
    char pad_1528[240];
    int curr_ret_stack;
    char pad_1772[4];
    struct ftrace_ret_stack *ret_stack;
    char pad_1784[72];
    struct thread_struct thread;
};
SIZE(task_struct, 6208);
OFFSET(task_struct, thread_info, 0);
OFFSET(task_struct, state, 16);
OFFSET(task_struct, stack, 24);
OFFSET(task_struct, usage, 32);
OFFSET(task_struct, flags, 36);
OFFSET(task_struct, on_cpu, 56);
OFFSET(task_struct, cpu, 60);
OFFSET(task_struct, on_rq, 96);
OFFSET(task_struct, prio, 100);
OFFSET(task_struct, tasks, 600);
OFFSET(task_struct, mm, 680);
OFFSET(task_struct, active_mm, 688);
OFFSET(task_struct, exit_state, 756);
OFFSET(task_struct, pid, 856);
OFFSET(task_struct, tgid, 860);
OFFSET(task_struct, real_parent, 864);
OFFSET(task_struct, parent, 872);
OFFSET(task_struct, group_leader, 912);
OFFSET(task_struct, thread_group, 1024);
OFFSET(task_struct, thread_node, 1040);
OFFSET(task_struct, utime, 1080);
OFFSET(task_struct, stime, 1088);
OFFSET(task_struct, nvcsw, 1128);
OFFSET(task_struct, nivcsw, 1136);
OFFSET(task_struct, start_time, 1144);
OFFSET(task_struct, real_start_time, 1152);
OFFSET(task_struct, cred, 1264);
OFFSET(task_struct, comm, 1272);
OFFSET(task_struct, last_switch_count, 1320);
OFFSET(task_struct, last_switch_time, 1328);
OFFSET(task_struct, fs, 1336);
OFFSET(task_struct, files, 1344);
OFFSET(task_struct, nsproxy, 1352);
OFFSET(task_struct, signal, 1360);
OFFSET(task_struct, journal_info, 1520);
OFFSET(task_struct, curr_ret_stack, 1768);
OFFSET(task_struct, ret_stack, 1776);
OFFSET(task_struct, thread, 1856);

struct orc_entry {
    short sp_offset, bp_offset;
    unsigned sp_reg : 4, bp_reg : 4, type : 2, end : 1;
} __attribute__((packed));
SIZE(orc_entry, 6);

union irq_stack_union {
    char irq_stack[16384];
    struct {
        char gs_base[40];
        unsigned long stack_canary;
    };
};

struct mod_arch_specific {
    unsigned int num_orcs;
    char pad_4[4];
    int *orc_unwind_ip;
    struct orc_entry *orc_unwind;
};
SIZE(mod_arch_specific, 24);
OFFSET(mod_arch_specific, num_orcs, 0);
OFFSET(mod_arch_specific, orc_unwind_ip, 8);
OFFSET(mod_arch_specific, orc_unwind, 16);
#else  // aarch64: nobody measured these; arch/arm64/include/asm of v4.19 gives the members

struct thread_info {
    unsigned long flags;
    unsigned long addr_limit;
    int preempt_count;
};

struct cpu_context {
    unsigned long x19, x20, x21, x22, x23, x24, x25, x26, x27, x28, fp, sp, pc;
};

struct thread_struct {
    struct cpu_context cpu_context;
    unsigned long tp_value, tp2_value;
    char pad_120[904];
    unsigned long fault_address, fault_code;
};

struct pt_regs {
    unsigned long regs[31], sp, pc, pstate;
    unsigned long orig_x0;
    int syscallno;
    unsigned unused2;
    unsigned long orig_addr_limit, unused;
    unsigned long stackframe[2];
};

struct task_struct {
    struct thread_info thread_info;
    volatile long state;
    void *stack;
    atomic_t usage;
    unsigned int flags;
    char pad_48[16];
    int on_cpu;
    unsigned int cpu;
    char pad_72[32];
    int on_rq;
    int prio;
    char pad_112[496];
    struct list_head tasks;
    char pad_624[64];
    struct mm_struct *mm;
    struct mm_struct *active_mm;
    char pad_704[60];
    int exit_state;
    char pad_768[96];
    pid_t pid;
    pid_t tgid;
    struct task_struct *real_parent;
    struct task_struct *parent;
    char pad_888[32];
    struct task_struct *group_leader;
    char pad_928[104];
    struct list_head thread_group;
    struct list_head thread_node;
    char pad_1064[24];
    u64 utime;
    u64 stime;
    char pad_1104[32];
    unsigned long nvcsw;
    unsigned long nivcsw;
    u64 start_time;
    u64 real_start_time;
    char pad_1168[104];
    const struct cred *cred;
    char comm[16];
    char pad_1296[32];
    unsigned long last_switch_count;
    unsigned long last_switch_time;
    struct fs_struct *fs;
    struct files_struct *files;
    struct nsproxy *nsproxy;
    struct signal_struct *signal;
    char pad_1376[152];
    void *journal_info;
    char pad_1536[240];
    int curr_ret_stack;
    char pad_1780[4];
    struct ftrace_ret_stack *ret_stack;
    char pad_1792[72];
    struct thread_struct thread;
};
SIZE(task_struct, 2904);
OFFSET(task_struct, thread_info, 0);
OFFSET(task_struct, state, 24);
OFFSET(task_struct, stack, 32);
OFFSET(task_struct, usage, 40);
OFFSET(task_struct, flags, 44);
OFFSET(task_struct, on_cpu, 64);
OFFSET(task_struct, cpu, 68);
OFFSET(task_struct, on_rq, 104);
OFFSET(task_struct, prio, 108);
OFFSET(task_struct, tasks, 608);
OFFSET(task_struct, mm, 688);
OFFSET(task_struct, active_mm, 696);
OFFSET(task_struct, exit_state, 764);
OFFSET(task_struct, pid, 864);
OFFSET(task_struct, tgid, 868);
OFFSET(task_struct, real_parent, 872);
OFFSET(task_struct, parent, 880);
OFFSET(task_struct, group_leader, 920);
OFFSET(task_struct, thread_group, 1032);
OFFSET(task_struct, thread_node, 1048);
OFFSET(task_struct, utime, 1088);
OFFSET(task_struct, stime, 1096);
OFFSET(task_struct, nvcsw, 1136);
OFFSET(task_struct, nivcsw, 1144);
OFFSET(task_struct, start_time, 1152);
OFFSET(task_struct, real_start_time, 1160);
OFFSET(task_struct, cred, 1272);
OFFSET(task_struct, comm, 1280);
OFFSET(task_struct, last_switch_count, 1328);
OFFSET(task_struct, last_switch_time, 1336);
OFFSET(task_struct, fs, 1344);
OFFSET(task_struct, files, 1352);
OFFSET(task_struct, nsproxy, 1360);
OFFSET(task_struct, signal, 1368);
OFFSET(task_struct, journal_info, 1528);
OFFSET(task_struct, curr_ret_stack, 1776);
OFFSET(task_struct, ret_stack, 1784);
OFFSET(task_struct, thread, 1864);

struct mod_plt_sec {
    void *plt;
    int plt_num_entries, plt_max_entries;
};

struct mod_arch_specific {
    struct mod_plt_sec core, init;
    void *ftrace_trampoline;
};
#endif

struct signal_struct {
    atomic_t sigcnt, live;
    int nr_threads;
    struct list_head thread_head;
    char pad_32[1000];
};

union thread_union {
    struct task_struct task;
    unsigned long stack[16384 / sizeof(long)];
};

struct mod_kallsyms {
    struct elf64_sym *symtab;
    unsigned num_symtab;
    char *strtab;
};
SIZE(mod_kallsyms, 24);

struct elf64_sym {
    unsigned st_name;
    unsigned char st_info, st_other;
    unsigned short st_shndx;
    unsigned long st_value, st_size;
};

struct module_layout {
    void *base;
    unsigned int size;
    unsigned int text_size;
    unsigned int ro_size;
    unsigned int ro_after_init_size;
    char pad_24[56];
};
SIZE(module_layout, 80);
OFFSET(module_layout, base, 0);
OFFSET(module_layout, size, 8);
OFFSET(module_layout, text_size, 12);
OFFSET(module_layout, ro_size, 16);
OFFSET(module_layout, ro_after_init_size, 20);

#ifdef __x86_64__
struct module {
    enum module_state state;
    char pad_4[4];
    struct list_head list;
    char name[56];
    char pad_80[104];
    const char *version;
    const char *srcversion;
    char pad_200[24];
    unsigned int num_syms;
    char pad_228[108];
    int (*init)(void);
    char pad_344[40];
    struct module_layout core_layout;
    struct module_layout init_layout;
    struct mod_arch_specific arch;
    unsigned long taints;
    unsigned int num_bugs;
    char pad_580[4];
    struct list_head bug_list;
    struct bug_entry *bug_table;
    struct mod_kallsyms *kallsyms;
    struct mod_kallsyms core_kallsyms;
    char pad_640[24];
    void *percpu;
    unsigned int percpu_size;
    char pad_676[68];
    struct list_head source_list;
    struct list_head target_list;
    void (*exit)(void);
    atomic_t refcnt;
    char pad_788[44];
};
SIZE(module, 832);
OFFSET(module, state, 0);
OFFSET(module, list, 8);
OFFSET(module, name, 24);
OFFSET(module, version, 184);
OFFSET(module, srcversion, 192);
OFFSET(module, num_syms, 224);
OFFSET(module, init, 336);
OFFSET(module, core_layout, 384);
OFFSET(module, init_layout, 464);
OFFSET(module, arch, 544);
OFFSET(module, taints, 568);
OFFSET(module, num_bugs, 576);
OFFSET(module, bug_list, 584);
OFFSET(module, bug_table, 600);
OFFSET(module, kallsyms, 608);
OFFSET(module, core_kallsyms, 616);
OFFSET(module, percpu, 664);
OFFSET(module, percpu_size, 672);
OFFSET(module, source_list, 744);
OFFSET(module, target_list, 760);
OFFSET(module, exit, 776);
OFFSET(module, refcnt, 784);
#else

struct module {
    enum module_state state;
    char pad_4[4];
    struct list_head list;
    char name[56];
    char pad_80[104];
    const char *version;
    const char *srcversion;
    char pad_200[24];
    unsigned int num_syms;
    char pad_228[108];
    int (*init)(void);
    char pad_344[40];
    struct module_layout core_layout;
    struct module_layout init_layout;
    struct mod_arch_specific arch;
    unsigned long taints;
    unsigned int num_bugs;
    char pad_596[4];
    struct list_head bug_list;
    struct bug_entry *bug_table;
    struct mod_kallsyms *kallsyms;
    struct mod_kallsyms core_kallsyms;
    char pad_656[24];
    void *percpu;
    unsigned int percpu_size;
    char pad_692[68];
    struct list_head source_list;
    struct list_head target_list;
    void (*exit)(void);
    atomic_t refcnt;
    char pad_804[28];
};
SIZE(module, 832);
OFFSET(module, state, 0);
OFFSET(module, list, 8);
OFFSET(module, name, 24);
OFFSET(module, version, 184);
OFFSET(module, srcversion, 192);
OFFSET(module, num_syms, 224);
OFFSET(module, init, 336);
OFFSET(module, core_layout, 384);
OFFSET(module, init_layout, 464);
OFFSET(module, arch, 544);
OFFSET(module, taints, 584);
OFFSET(module, num_bugs, 592);
OFFSET(module, bug_list, 600);
OFFSET(module, bug_table, 616);
OFFSET(module, kallsyms, 624);
OFFSET(module, core_kallsyms, 632);
OFFSET(module, percpu, 680);
OFFSET(module, percpu_size, 688);
OFFSET(module, source_list, 760);
OFFSET(module, target_list, 776);
OFFSET(module, exit, 792);
OFFSET(module, refcnt, 800);
#endif

struct rq {
    char pad_0[4];
    unsigned int nr_running;
    char pad_8[96];
    u64 nr_switches;
    char pad_112[2088];
    struct task_struct *curr;
    struct task_struct *idle;
    struct task_struct *stop;
    char pad_2224[24];
    u64 clock;
    u64 clock_task;
    char pad_2264[104];
    int cpu;
    int online;
    char pad_2376[376];
};
SIZE(rq, 2752);
OFFSET(rq, nr_running, 4);
OFFSET(rq, nr_switches, 104);
OFFSET(rq, curr, 2200);
OFFSET(rq, idle, 2208);
OFFSET(rq, stop, 2216);
OFFSET(rq, clock, 2248);
OFFSET(rq, clock_task, 2256);
OFFSET(rq, cpu, 2368);
OFFSET(rq, online, 2372);

struct new_utsname {
    char sysname[65], nodename[65], release[65], version[65], machine[65], domainname[65];
};

struct uts_namespace {
    struct kref kref;
    struct new_utsname name;
    void *user_ns, *ucounts;
};
