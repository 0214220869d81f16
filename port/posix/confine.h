/*
 * Confinement: once its files are open, the process gives up what it does not need, so that a fault met in an answer of the
 * network is worth little. Linux only, and as far as the kernel can: each part is asked for, and what is refused is not an
 * error (old kernels, kernels built without, user-mode emulators).
 *
 * - No new privileges (prctl(2)): nothing that is executed gains any.
 * - Landlock (Linux 5.13): below the given directories everything but devices, links and programs; beside them only reading, and
 *   that in /etc and in the directories where /etc/resolv.conf and /etc/hosts lead (the nearest that exists), since names are
 *   looked up later on, and DHCP clients replace these files as a whole, or make them when the network comes up; and the random
 *   devices where getrandom() is refused. No listening on TCP ports (ABI 4), no device controls (ABI 5), no signals to processes outside and
 *   no abstract sockets (ABI 6). ABI 1 cannot let files be moved between directories, which storage does: it is used only where
 *   there is none.
 * - Seccomp (Linux 3.5): only the calls that src/ and port/ lead to, through glibc or musl. Any other fails with ENOSYS, as on a
 *   kernel that lacks it, so that a libc which tries a newer call first falls back. Calls of another architecture end the
 *   process. Nothing can be executed; with musl nothing can be made executable either (glibc loads modules for names).
 *
 * Under a filter of somebody else (systemd's SystemCallFilter=, a container's) Landlock and seccomp are first tried in a child each,
 * since such a filter may end the process.
 *
 * The look-up of names forks (posix.h), so fork stays allowed, and children are confined alike. What must run free, a user's
 * own command, has to be started by a process that was forked before (cli/hook.h).
 */
#ifndef FV_PORT_POSIX_CONFINE_H
#define FV_PORT_POSIX_CONFINE_H

#include "port/posix/posix.h"

/* What was achieved. */
struct fv_posix_confined {
    bool no_new_privs;
    unsigned landlock; /* ABI in force, 0: none */
    bool seccomp;
};

/* Confine this process and its future children for good. It may go on using the directories of storage and scratch (either may be
 * NULL, closed ones count as NULL), remove scratch, and use every descriptor it has. Opens and closes a few; allocates nothing. */
void fv_posix_confine(const struct fv_posix_storage *storage,
                      const struct fv_posix_storage *scratch, struct fv_posix_confined *out);

/* Make what only relocation writes (PT_GNU_RELRO: pointer tables, the GOT) read-only, as loaders do and musl's start code of static
 * programs does not. Pages that are so already stay so. Call first of all. */
void fv_posix_relro(void);

/* The two parts of it. Return the ABI that is in force, or 0; and whether it is in force. */
unsigned fv_posix_landlock(const struct fv_posix_storage *storage,
                           const struct fv_posix_storage *scratch);
bool fv_posix_seccomp(void);

#endif
