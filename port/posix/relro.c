/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "port/posix/confine.h"

#include <link.h>
#include <sys/mman.h>
#include <unistd.h>

/* The linker's name for the file's first byte in memory. */
extern const ElfW(Ehdr) __ehdr_start __attribute__((visibility("hidden")));

void fv_posix_relro(void)
{
    uintptr_t start = (uintptr_t)&__ehdr_start;
    /* the address that p_vaddr is relative to */
    uintptr_t base = __ehdr_start.e_type == ET_DYN ? start : 0;
    uintptr_t mask = ~((uintptr_t)getpagesize() - 1);
    const ElfW(Phdr) *part = (const void *)(start + __ehdr_start.e_phoff);
    for (unsigned i = 0; i < __ehdr_start.e_phnum; i++) {
        uintptr_t from = base + part[i].p_vaddr;
        uintptr_t end = from + part[i].p_memsz;
        if (part[i].p_type == PT_GNU_RELRO) {
            (void)mprotect((void *)(from & mask), (end & mask) - (from & mask), PROT_READ);
        }
    }
}
