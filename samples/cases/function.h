// Functions of a scene's kernel for its debug information: prototype, place and size. The machine
// code stands in the recipe; here are only as many bytes. The compiler is told that the registers of
// the arguments are lost at once, so that it says of no instruction but the first where they are: what
// it said of the real code is not known. `#line 0` ahead of them: nor are the lines.
#pragma once

#ifdef __x86_64__
#define ARGUMENT_REGISTERS "rax", "rdi", "rsi", "rdx", "rcx", "r8", "r9", "r10", "r11"
#else
#define ARGUMENT_REGISTERS "x0", "x1", "x2", "x3", "x4", "x5", "x6", "x7", "x8", "x9"
#endif

#define FUNCTION(type, name, parameters, size)                                                     \
    __attribute__((used, noinline, section(".text." #name))) type name parameters                  \
    {                                                                                              \
        asm volatile(".skip 4");                                                                   \
        asm volatile("" : : : ARGUMENT_REGISTERS, "memory", "cc");                                 \
        asm volatile(".skip " #size " - 4");                                                       \
        __builtin_unreachable();                                                                   \
    }

typedef long long loff_t;
typedef long ssize_t;
typedef unsigned long size_t;

struct address_space;
struct dentry;
struct file;
struct idr;
struct inode;
struct iov_iter;
struct kiocb;
struct nfs_open_context;
struct page;
struct pt_regs;
struct radix_tree_node;
struct radix_tree_root;
struct rw_semaphore;
struct work_struct;
struct worker;
struct writeback_control;
