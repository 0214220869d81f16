/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "port/posix/confine.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#if defined(__x86_64__)
#define ARCHITECTURE AUDIT_ARCH_X86_64 /* x32 has other numbers, which are not allowed */
#elif defined(__aarch64__) && defined(__AARCH64EL__)
#define ARCHITECTURE AUDIT_ARCH_AARCH64
#elif defined(__arm__) && defined(__ARMEL__)
#define ARCHITECTURE AUDIT_ARCH_ARM
#elif defined(__mips__) && _MIPS_SIM == _ABIO32 && defined(__MIPSEL__)
#define ARCHITECTURE AUDIT_ARCH_MIPSEL
#elif defined(__mips__) && _MIPS_SIM == _ABIO32
#define ARCHITECTURE AUDIT_ARCH_MIPS
#elif defined(__riscv) && __riscv_xlen == 64
#define ARCHITECTURE AUDIT_ARCH_RISCV64
#endif

#ifdef ARCHITECTURE

/* Allowed system calls by number, the most frequent ones first. Each architecture has its own
 * subset, often an older call and a newer one. */
static const uint16_t calls[] = {
    /* called for each piece of a file */
    __NR_recvfrom,
    __NR_pwrite64,
    __NR_pread64,
    __NR_read,
    __NR_write,
    __NR_sendto,
#ifdef __NR_poll
    __NR_poll,
#endif
#ifdef __NR_ppoll
    __NR_ppoll,
#endif
#ifdef __NR_ppoll_time64
    __NR_ppoll_time64,
#endif
#ifdef __NR_recv
    __NR_recv,
    __NR_send,
#endif
#ifdef __NR_clock_gettime64
    __NR_clock_gettime64,
#endif
#ifdef __NR_clock_gettime
    __NR_clock_gettime,
#endif
#ifdef __NR_clock_gettime32
    __NR_clock_gettime32, /* name in musl on 32 bits */
#endif
    __NR_getrandom,
    /* files and directories: one call each on 64 bits, several on 32 */
    __NR_openat,
    __NR_close,
    __NR_mkdirat,
    __NR_unlinkat,
    __NR_fsync,
    __NR_syncfs,
#ifdef __NR_sync_file_range
    __NR_sync_file_range,
#endif
#ifdef __NR_sync_file_range2
    __NR_sync_file_range2, /* on ARM and PowerPC */
#endif
    __NR_fallocate,
    __NR_flock,
    __NR_utimensat,
    __NR_getdents64,
    __NR_readlinkat,
    __NR_writev,
    __NR_readv,
#ifdef __NR_open
    __NR_open,
    __NR_rmdir,
    __NR_readlink,
#endif
#ifdef __NR_stat
    __NR_stat,
    __NR_lstat,
#endif
#ifdef __NR_stat64
    __NR_stat64,
    __NR_lstat64,
#endif
#ifdef __NR_fstat
    __NR_fstat,
#endif
#ifdef __NR_fstat64
    __NR_fstat64,
#endif
#ifdef __NR_newfstatat
    __NR_newfstatat,
#endif
#ifdef __NR_fstatat64
    __NR_fstatat64,
#endif
#ifdef __NR_statx
    __NR_statx,
#endif
#ifdef __NR_renameat
    __NR_renameat,
#endif
#ifdef __NR_renameat2
    __NR_renameat2,
#endif
#ifdef __NR_ftruncate
    __NR_ftruncate,
#endif
#ifdef __NR_ftruncate64
    __NR_ftruncate64,
#endif
#ifdef __NR_fstatfs
    __NR_fstatfs,
#endif
#ifdef __NR_fstatfs64
    __NR_fstatfs64,
#endif
#ifdef __NR_lseek
    __NR_lseek,
#endif
#ifdef __NR__llseek
    __NR__llseek,
#endif
#ifdef __NR_fcntl
    __NR_fcntl,
#endif
#ifdef __NR_fcntl64
    __NR_fcntl64,
#endif
#ifdef __NR_utimensat_time64
    __NR_utimensat_time64,
#endif
#ifdef __NR_fadvise64
    __NR_fadvise64,
#endif
    /* Sockets. */
    __NR_connect,
    __NR_bind,
    __NR_getsockopt,
    __NR_setsockopt,
    __NR_getsockname,
    __NR_getpeername,
    __NR_recvmsg,
    __NR_sendmsg,
    __NR_sendmmsg,
    __NR_shutdown,
    /* Memory. */
    __NR_brk,
    __NR_munmap,
    __NR_mremap,
    __NR_madvise,
    /* children for name lookups and their end; signals */
    __NR_pipe2,
    __NR_wait4,
    __NR_getpid,
    __NR_gettid,
    __NR_set_robust_list,
    __NR_set_tid_address,
    __NR_rt_sigaction,
    __NR_rt_sigprocmask,
    __NR_rt_sigreturn,
    __NR_exit,
    __NR_exit_group,
    __NR_restart_syscall,
    __NR_futex,
    __NR_uname,
#ifdef __NR_fork
    __NR_fork,
#endif
#ifdef __NR_sigreturn
    __NR_sigreturn,
#endif
#ifdef __NR_futex_time64
    __NR_futex_time64,
#endif
#ifdef __NR_rseq
    __NR_rseq,
#endif
};

/* System calls that are allowed for some values of an argument: those whose masked bits are
 * equal to the value. */
static const struct special {
    uint16_t number;
    uint16_t argument;
    uint32_t mask, value;
} specials[] = {
    {__NR_socket, 0, UINT32_MAX, AF_INET},
    {__NR_socket, 0, UINT32_MAX, AF_INET6},
    {__NR_kill, 1, UINT32_MAX, SIGKILL},
    {__NR_prctl, 0, UINT32_MAX, PR_SET_PDEATHSIG},
    {__NR_ioctl, 1, UINT32_MAX, TIOCGWINSZ},
    /* a child as from fork(): no thread, no new namespace */
    {__NR_clone, 0, CLONE_VM | CLONE_THREAD | CLONE_NEWNS | CLONE_NEWUSER | CLONE_NEWPID, 0},
#ifdef __GLIBC__
    {__NR_socket, 0, UINT32_MAX, AF_NETLINK}, /* for the addresses of this machine */
    {__NR_socket, 0, UINT32_MAX, AF_UNIX},    /* nscd */
    {__NR_ioctl, 1, UINT32_MAX, FIONREAD},
    {__NR_mprotect, 0, 0, 0},
#define NO_MODULES 0
#else
    {__NR_mprotect, 2, PROT_EXEC, 0},
#define NO_MODULES PROT_EXEC
#endif
#ifdef __NR_mmap
    {__NR_mmap, 2, NO_MODULES, 0},
#endif
#ifdef __NR_mmap2
    {__NR_mmap2, 2, NO_MODULES, 0},
#endif
};

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))
#define FIELD(name) ((uint32_t)offsetof(struct seccomp_data, name))

/* The lower half of a 64-bit field. */
static uint32_t lower(unsigned argument)
{
    return FIELD(args) + 8 * argument + (__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__ ? 4 : 0);
}

bool fv_posix_seccomp(void)
{
    struct sock_filter code[5 + 2 * COUNT(calls) + 6 * COUNT(specials)];
    struct sock_fprog program = {COUNT(code), code};
    struct sock_filter *to = code;

    *to++ = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, FIELD(arch));
    *to++ = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ARCHITECTURE, 1, 0);
    *to++ = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL);
    *to++ = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, FIELD(nr));
    for (size_t i = 0; i < COUNT(calls); i++) {
        *to++ = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, calls[i], 0, 1);
        *to++ = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
    }
    for (size_t i = 0; i < COUNT(specials); i++) {
        const struct special *s = &specials[i];

        *to++ = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, s->number, 0, 5);
        *to++ = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, lower(s->argument));
        *to++ = (struct sock_filter)BPF_STMT(BPF_ALU | BPF_AND | BPF_K, s->mask);
        *to++ = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, s->value, 0, 1);
        *to++ = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
        *to++ = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, FIELD(nr));
    }
    *to = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS);
    return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

#else

bool fv_posix_seccomp(void)
{
    return false;
}

#endif
