/* SPDX-License-Identifier: MIT */
/*
 * Confinement: once its files are open, the process gives up what it does not need. Then an
 * attacker who takes it over through a response of the network gains little. Linux only, and as far
 * as the kernel allows: each part is requested, and a refusal is not an error (old kernels, kernels
 * built without the feature, user-mode emulators).
 *
 * - No new privileges (prctl(2)): nothing that is executed gains privileges.
 * - Landlock (Linux 5.13). Below the given directories, everything is allowed except devices, links
 *   and programs. Elsewhere only reading is allowed, and only in /etc and in the directories that
 *   /etc/resolv.conf and /etc/hosts lead to (the nearest that exists): names are looked up later,
 *   and DHCP clients replace these files, or create them when the network comes up. The random
 *   devices may be read if getrandom() is refused. Not allowed: to listen on TCP ports (ABI 4),
 *   device controls (ABI 5), signals to processes outside and abstract sockets (ABI 6). ABI 1 does
 *   not let files be moved between directories, which storage needs; it is used only if no storage
 *   is given.
 * - Seccomp (Linux 3.5): only the system calls that src/ and port/ need, through glibc or musl. Any
 *   other call fails with ENOSYS, as on a kernel without it, so that a libc which tries a newer
 *   call first uses the older one. A call of another architecture ends the process. Nothing can be
 *   executed. With musl, memory cannot be made executable either (glibc loads modules for names).
 *
 * If the process already runs under another filter (systemd's SystemCallFilter=, a container),
 * Landlock and seccomp are first tried in a child process each, because such a filter may end the
 * process.
 *
 * The lookup of names forks (posix.h), so fork stays allowed, and children are confined in the same
 * way. A command of the user, which must not be confined, has to be started by a process that was
 * forked before (cli/hook.h).
 */
#ifndef FV_PORT_POSIX_CONFINE_H
#define FV_PORT_POSIX_CONFINE_H

#include "port/posix/posix.h"

/* What is in force. */
struct fv_posix_confined {
    bool no_new_privs;
    unsigned landlock; /* ABI in force, 0: none */
    bool seccomp;
};

/* Confine this process and its future children for ever. It can still use the directories of
 * storage and scratch (either may be NULL; a closed one counts as NULL), remove scratch, and use
 * every open descriptor. The call opens and closes a few descriptors and allocates nothing. */
void fv_posix_confine(const struct fv_posix_storage *storage,
                      const struct fv_posix_storage *scratch, struct fv_posix_confined *out);

/* Make read-only what only relocation writes (PT_GNU_RELRO: pointer tables, the GOT). Loaders do
 * that; musl's start code of static programs does not. Pages that are read-only stay so. Call this
 * first of all. */
void fv_posix_relro(void);

/* The two parts of fv_posix_confine(). Return the ABI that is in force, or 0; and whether the
 * filter is in force. */
unsigned fv_posix_landlock(const struct fv_posix_storage *storage,
                           const struct fv_posix_storage *scratch);
bool fv_posix_seccomp(void);

#endif
