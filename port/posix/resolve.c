#define _GNU_SOURCE
#include "port/posix/inside.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <signal.h>
#include <string.h>
#include <strings.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

/* The child writes one of these before the addresses. */
struct answer {
    int32_t code; /* 0; EAI_ code; errno where that is EAI_SYSTEM */
    uint32_t count;
};

static void from_system(const struct addrinfo *ai, uint16_t port, struct fv_port_addr *out)
{
    memset(out, 0, sizeof *out);
    out->port = port;
    if (ai->ai_family == AF_INET) {
        struct sockaddr_in v4;

        memcpy(&v4, ai->ai_addr, sizeof v4);
        out->family = 4;
        memcpy(out->bytes, &v4.sin_addr, 4);
    } else {
        struct sockaddr_in6 v6;

        memcpy(&v6, ai->ai_addr, sizeof v6);
        out->family = 6;
        out->scope = v6.sin6_scope_id;
        memcpy(out->bytes, &v6.sin6_addr, 16);
    }
}

/* The first entry from ai on that is of the family, or the end. */
static const struct addrinfo *next_of(const struct addrinfo *ai, int family)
{
    while (ai && ai->ai_family != family)
        ai = ai->ai_next;
    return ai;
}

size_t fv_posix_interleave(const struct addrinfo *list, uint16_t port, struct fv_port_addr *out,
                           size_t cap)
{
    const struct addrinfo *next[2] = {next_of(list, AF_INET), next_of(list, AF_INET6)};
    static const int family[2] = {AF_INET, AF_INET6};
    size_t count = 0;
    size_t turn = 0;

    if (!next[0] && !next[1])
        return 0;
    while (list->ai_family != AF_INET && list->ai_family != AF_INET6)
        list = list->ai_next;
    turn = list == next[1];
    while (count < cap && (next[0] || next[1])) {
        if (!next[turn])
            turn = 1 - turn;
        from_system(next[turn], port, &out[count++]);
        next[turn] = next_of(next[turn]->ai_next, family[turn]);
        turn = 1 - turn;
    }
    return count;
}

/* host NULL: the loopback addresses. */
static int32_t look_up(const char *host, int flags, struct addrinfo **list)
{
    struct addrinfo hints;
    int code;

    memset(&hints, 0, sizeof hints);
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = flags;
    *list = NULL;
    code = getaddrinfo(host, host ? NULL : "0", &hints, list);
    return code == EAI_SYSTEM ? errno : code;
}

static bool write_all(int fd, const void *bytes, size_t n)
{
    const uint8_t *p = bytes;

    while (n > 0) {
        ssize_t done = write(fd, p, n);

        if (done < 0 && errno != EINTR)
            return false;
        if (done > 0) {
            p += done;
            n -= (size_t)done;
        }
    }
    return true;
}

/* The child's life. It dies with its parent: it holds a copy of the parent's lock. */
static void child_main(int out, const char *host, uint16_t port, struct fv_port_addr *room,
                       size_t cap)
{
    struct answer answer = {0, 0};
    struct addrinfo *list;

    signal(SIGINT, SIG_DFL);
    signal(SIGTERM, SIG_DFL);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    answer.code = look_up(host, AI_ADDRCONFIG, &list);
    if (answer.code != 0 && strcasecmp(host, "localhost") == 0)
        answer.code = look_up(NULL, 0, &list); /* no /etc/hosts needed for it: RFC 6761 6.3 */
    if (answer.code == 0)
        answer.count = (uint32_t)fv_posix_interleave(list, port, room, cap);
    if (write_all(out, &answer, sizeof answer))
        write_all(out, room, answer.count * sizeof *room);
    _exit(0);
}

/* Read n bytes from the child, or fail with FV_E_RESOLVE if it ended before. */
static enum fv_err read_all(int fd, void *bytes, size_t n, int64_t deadline_us)
{
    uint8_t *p = bytes;

    while (n > 0) {
        struct pollfd fds[2] = {{0}, {.fd = fd, .events = POLLIN}};
        enum fv_err err = fv_posix_poll(fds, 2, deadline_us);
        ssize_t got;

        if (err != FV_OK)
            return err;
        got = read(fd, p, n);
        if (got == 0 || (got < 0 && errno != EINTR))
            return FV_E_RESOLVE;
        if (got > 0) {
            p += got;
            n -= (size_t)got;
        }
    }
    return FV_OK;
}

static enum fv_err ask_child(int fd, struct fv_port_addr *out, size_t cap, size_t *count,
                             int64_t deadline_us)
{
    struct answer answer;
    enum fv_err err = read_all(fd, &answer, sizeof answer, deadline_us);

    if (err != FV_OK)
        return err;
    if (answer.code != 0 || answer.count == 0 || answer.count > cap) {
        errno = answer.code;
        return FV_E_RESOLVE;
    }
    err = read_all(fd, out, answer.count * sizeof *out, deadline_us);
    if (err == FV_OK)
        *count = answer.count;
    return err;
}

static void end_child(pid_t child)
{
    kill(child, SIGKILL);
    while (waitpid(child, NULL, 0) < 0 && errno == EINTR)
        ;
}

enum fv_err fv_posix_resolve(void *ctx, const char *host, uint16_t port, struct fv_port_addr *out,
                             size_t cap, size_t *count, int64_t deadline_us)
{
    int32_t *native = &((struct fv_posix *)ctx)->net_error;
    struct addrinfo *list;
    enum fv_err err;
    int ends[2];
    pid_t child;

    if (look_up(host, AI_NUMERICHOST, &list) == 0) {
        *count = fv_posix_interleave(list, port, out, cap);
        freeaddrinfo(list);
        return FV_OK;
    }
    if (fv_posix_signal())
        return FV_E_CANCELLED;
    if (deadline_us <= fv_posix_now())
        return FV_E_TIMEOUT;
    if (pipe2(ends, O_CLOEXEC) < 0) {
        *native = errno;
        return FV_E_RESOLVE;
    }
    child = fork();
    if (child == 0)
        child_main(ends[1], host, port, out, cap);
    *native = errno;
    close(ends[1]);
    if (child < 0) {
        close(ends[0]);
        return FV_E_RESOLVE;
    }
    errno = 0;
    err = ask_child(ends[0], out, cap, count, deadline_us);
    *native = err == FV_E_RESOLVE ? errno : 0;
    close(ends[0]);
    end_child(child);
    return err;
}
