// page_mapping() as case 000 shows it disassembled, so that the debug information says of this very
// code where its argument is. Compiled as vmlinux.c is, in the folder of the
// scene, so that it is called mm/util.c.
#include "../../kernel-4.19.h"

struct address_space;

#line 529 "mm/util.c"  // where the case has it
__attribute__((used, noinline, section(".text.page_mapping"))) struct address_space *
page_mapping(struct page *page)
{
    struct address_space *mapping;

    asm volatile(".byte 0x0f, 0x1f, 0x44, 0, 0\n\t"  // nopl 0x0(%rax,%rax,1)
                 "mov 0x8(%%rdi),%%rdx\n\t"
                 "mov %%rdi,%%rax\n\t"
                 "push %%rbp\n\t"
                 "lea -0x1(%%rdx),%%rcx\n\t"
                 "and $0x1,%%edx\n\t"
                 "cmovne %%rcx,%%rax\n\t"
                 "mov %%rsp,%%rbp\n\t"
                 "mov 0x8(%%rax),%%rcx\n\t"
                 "lea -0x1(%%rcx),%%rdx\n\t"
                 "and $0x1,%%ecx\n\t"
                 "cmove %%rax,%%rdx\n\t"
                 "mov (%%rdx),%%rdx\n\t"
                 "and $0x1,%%dh\n\t"
                 "jne 1f\n\t"
                 "mov 0x8(%%rax),%%rcx\n\t"  // the sampled instruction
                 ".skip 0x6f, 0x90\n\t"      // what follows is not shown
                 "1: xor %%eax,%%eax\n\t"
                 "pop %%rbp"
                 : "=a"(mapping)
                 : "D"(page)
                 : "rcx", "rdx", "memory", "cc");
    return mapping;
}
