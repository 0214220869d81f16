/*
 * What the files of this port have for each other.
 */
#ifndef FV_PORT_POSIX_INSIDE_H
#define FV_PORT_POSIX_INSIDE_H

#include "port/posix/posix.h"

#include <errno.h>
#include <poll.h>
#include <unistd.h>

struct addrinfo;

/* fork(2), for a child that looks up a name or works on. The program has no threads, so musl's can leave out their locks (0.6 KB). glibc has
 * _Fork() from 2.34 on only; and its fork() frees the locks of malloc() and of name services for the child, which other threads of
 * a library's user may hold. */
static inline pid_t fv_posix_split(void)
{
#ifdef __GLIBC__
    return fork();
#else
    return _Fork();
#endif
}

/* Fill in one table of p. */
void fv_posix_net_init(struct fv_posix *p);
void fv_posix_clock_init(struct fv_posix *p);
void fv_posix_entropy_init(struct fv_posix *p);

/* The entry `resolve` of struct fv_port_net; ctx is a struct fv_posix. */
enum fv_err fv_posix_resolve(void *ctx, const char *host, uint16_t port, struct fv_port_addr *out,
                             size_t cap, size_t *count, int64_t deadline_us);

/* Write the IPv4 and IPv6 addresses of list, at most cap, as RFC 8305 section 4 says: in the list's
 * order, the families taking turns, the first one's first. Returns their number. */
size_t fv_posix_interleave(const struct addrinfo *list, uint16_t port, struct fv_port_addr *out,
                           size_t cap);

/* fv_port_idle() of the port's clock. */
void fv_posix_idle(void);

/* Poll fds[1] to fds[n - 1]; fds[0] is the caller's to give and is used for the wish to stop.
 * FV_OK: something is ready;
 * FV_E_TIMEOUT, FV_E_CANCELLED, or FV_E_NETWORK with errno. */
enum fv_err fv_posix_poll(struct pollfd *fds, nfds_t n, int64_t deadline_us);

/* Whether an error says that the file system has no such operation. */
static inline bool fv_posix_is_unknown(int code)
{
    return code == EOPNOTSUPP || code == ENOTSUP || code == ENOSYS || code == ENOTTY;
}

/* Translate an errno of storage. */
enum fv_err fv_posix_storage_err(int code);

#endif
