/* SPDX-License-Identifier: MIT */
/*
 * Shared by the files of this port.
 */
#ifndef FV_PORT_POSIX_INSIDE_H
#define FV_PORT_POSIX_INSIDE_H

#include "port/posix/posix.h"

#include <errno.h>
#include <poll.h>
#include <unistd.h>

struct addrinfo;

/* fork(2) for a child that looks up a name or does a run. The program has no threads, so musl's
 * locks can be left out (0.6 KB). glibc has _Fork() only since 2.34. Its fork() also releases the
 * locks of malloc() and of name services in the child; other threads of a program that uses the
 * library may hold them. */
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

/* Write the IPv4 and IPv6 addresses of list, at most cap, as in RFC 8305 section 4: in the order
 * of the list, alternating the families, beginning with the family of the first. Return their
 * number. */
size_t fv_posix_interleave(const struct addrinfo *list, uint16_t port, struct fv_port_addr *out,
                           size_t cap);

/* Call fv_port_idle() of the port's clock. */
void fv_posix_idle(void);

/* Poll fds[1] to fds[n - 1]; the caller provides fds[0], which is used for the request to stop.
 * FV_OK: a descriptor is ready; FV_E_TIMEOUT, FV_E_CANCELLED, or FV_E_NETWORK with errno. */
enum fv_err fv_posix_poll(struct pollfd *fds, nfds_t n, int64_t deadline_us);

/* Return whether an errno says that the file system has no such operation. */
static inline bool fv_posix_is_unknown(int code)
{
    return code == EOPNOTSUPP || code == ENOTSUP || code == ENOSYS || code == ENOTTY;
}

/* Return the error that an errno of storage means. */
enum fv_err fv_posix_storage_err(int code);

#endif
