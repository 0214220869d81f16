/* SPDX-License-Identifier: MIT */
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

/* RFC 8305 section 3, for an address family without a response, or with an invalid one: how long
 * the other family waits for it. */
#define GRACE_US 50000
/* How long to wait for the lookup of both families before each family is also looked up alone. */
#define ALONE_US 100000

enum { BOTH, V4, V6, CHILDREN };

/* What a child reports, in one write that a pipe does not split. */
struct answer {
    int32_t code;   /* 0; EAI_ code; errno where that is EAI_SYSTEM */
    uint16_t child; /* BOTH, V4, V6 */
    uint16_t count;
    struct fv_port_addr addr[FV_CAP_ADDRESSES];
};

_Static_assert(sizeof(struct answer) <= 512, "POSIX has no smaller PIPE_BUF");

/* A lookup, in the parent. */
struct looking {
    const char *host;
    uint16_t port;
    int ends[2];                /* of the pipe that all children write to; -1: closed */
    pid_t child[CHILDREN];      /* 0: not started, or ended */
    struct answer of[CHILDREN]; /* count 0: no address, or not yet */
    unsigned heard;             /* a bit for each child */
    int32_t code;               /* the reason if no address was found */
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

/* Return the first entry from ai on with this family; NULL: none. */
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
static int32_t look_up(const char *host, int family, int flags, struct addrinfo **list)
{
    struct addrinfo hints;
    int code;

    memset(&hints, 0, sizeof hints);
    hints.ai_family = family;
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = flags;
    *list = NULL;
    code = getaddrinfo(host, host ? NULL : "0", &hints, list);
    return code == EAI_SYSTEM ? errno : code;
}

#ifdef __GLIBC__
/* glibc ignores the loopback interface if only one family is requested */
#define ADDRCONFIG_ALONE 0
#else
#define ADDRCONFIG_ALONE AI_ADDRCONFIG
#endif

/* The child's code. The child ends with its parent. It closes what the parent has open: the
 * lock, and descriptors that the lookup needs if only a few are allowed. */
static void child_main(const struct looking *l, uint16_t child)
{
    static const int family[CHILDREN] = {AF_UNSPEC, AF_INET, AF_INET6};
    struct answer answer = {.child = child};
    struct addrinfo *list;
    int out = l->ends[1];

    signal(SIGHUP, SIG_DFL);
    signal(SIGINT, SIG_DFL);
    signal(SIGTERM, SIG_DFL);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    for (int fd = 3; fd < out; fd++)
        close(fd);
    answer.code =
        look_up(l->host, family[child], child == BOTH ? AI_ADDRCONFIG : ADDRCONFIG_ALONE, &list);
    /* localhost is resolved without /etc/hosts: RFC 6761 6.3 */
    if (answer.code != 0 && strcasecmp(l->host, "localhost") == 0)
        answer.code = look_up(NULL, family[child], 0, &list);
    if (answer.code == 0)
        answer.count = (uint16_t)fv_posix_interleave(list, l->port, answer.addr, FV_CAP_ADDRESSES);
    while (write(out, &answer, sizeof answer) < 0 && errno == EINTR)
        ;
    _exit(0);
}

static bool start(struct looking *l, uint16_t child)
{
    pid_t pid = fv_posix_split();

    if (pid == 0)
        child_main(l, child);
    if (pid < 0)
        l->code = errno;
    else
        l->child[child] = pid;
    return pid >= 0;
}

/* From now on each family is also looked up alone. musl gives up both families if a name server
 * returns an error for one, and every resolver waits for a family without a response. */
static void start_alone(struct looking *l)
{
    if (l->ends[1] < 0)
        return;
    (void)start(l, V4);
    (void)start(l, V6);
    close(l->ends[1]);
    l->ends[1] = -1;
}

/* Return the weight of a failure. Highest: failures of this machine; then failures that may be
 * temporary; lowest: "no such name", because servers also return it for an address family that
 * they do not know. */
static int weight(int32_t code)
{
    switch (code) {
    case 0:
        return 0;
    case EAI_NONAME:
        return 1;
    case EAI_NODATA:
        return 2;
    case EAI_FAIL:
        return 3;
    default:
        return code > 0 ? 5 : 4;
    }
}

/* Read the report of the next child. Return false if there are no more children. */
static bool hear(struct looking *l)
{
    struct answer answer;
    ssize_t got = read(l->ends[0], &answer, sizeof answer);

    if (got < 0 && errno == EINTR)
        return true;
    if (got != sizeof answer || answer.child >= CHILDREN || answer.count > FV_CAP_ADDRESSES)
        return false;
    l->of[answer.child] = answer;
    l->heard |= 1u << answer.child;
    if (weight(answer.code) > weight(l->code))
        l->code = answer.code;
    return true;
}

static bool found(const struct looking *l)
{
    return l->of[BOTH].count + l->of[V4].count + l->of[V6].count > 0;
}

/* Return whether there are addresses and no more are expected. */
static bool complete(const struct looking *l)
{
    const unsigned each = 1u << V4 | 1u << V6;

    return l->of[BOTH].count > 0 || ((l->heard & each) == each && found(l));
}

/* Collect the reports of the children. FV_OK: there are addresses; FV_E_RESOLVE, FV_E_TIMEOUT,
 * FV_E_CANCELLED, FV_E_NETWORK. */
static enum fv_err gather(struct looking *l, int64_t deadline_us)
{
    int64_t begun_us = fv_posix_now();
    int64_t until_us = deadline_us - begun_us > ALONE_US ? begun_us + ALONE_US : deadline_us;

    while (!complete(l)) {
        struct pollfd fds[2] = {{0}, {.fd = l->ends[0], .events = POLLIN}};
        bool any = found(l);
        enum fv_err err = fv_posix_poll(fds, 2, until_us);

        if (err == FV_OK && !hear(l))
            return any ? FV_OK : FV_E_RESOLVE;
        if (err == FV_E_TIMEOUT && any)
            return FV_OK;
        if (err != FV_OK && (err != FV_E_TIMEOUT || until_us >= deadline_us))
            return err;
        if (err == FV_E_TIMEOUT || l->of[BOTH].code != 0) {
            start_alone(l);
            until_us = found(l) ? until_us : deadline_us;
        }
        if (!any && found(l)) {
            int64_t grace_us = fv_posix_now() + GRACE_US;
            until_us = grace_us < deadline_us ? grace_us : deadline_us;
        }
    }
    return FV_OK;
}

/* Write the addresses so far, alternating the families. A result for both families is already in
 * this order. */
static size_t merge(const struct looking *l, struct fv_port_addr *out, size_t cap)
{
    bool ordered = l->of[BOTH].count > 0;
    const struct answer *first = &l->of[ordered ? BOTH : V4];
    size_t others = ordered ? 0 : l->of[V6].count;
    size_t count = 0;

    for (size_t i = 0; i < FV_CAP_ADDRESSES; i++) {
        if (count < cap && i < first->count)
            out[count++] = first->addr[i];
        if (count < cap && i < others)
            out[count++] = l->of[V6].addr[i];
    }
    return count;
}

static void end_children(struct looking *l)
{
    for (size_t i = 0; i < CHILDREN; i++) {
        if (l->child[i] <= 0)
            continue;
        kill(l->child[i], SIGKILL);
        while (waitpid(l->child[i], NULL, 0) < 0 && errno == EINTR)
            ;
    }
}

static enum fv_err ask_children(struct looking *l, int64_t deadline_us)
{
    enum fv_err err = FV_E_RESOLVE;

    if (pipe2(l->ends, O_CLOEXEC) < 0) {
        l->code = errno;
        return err;
    }
    if (start(l, BOTH))
        err = gather(l, deadline_us);
    for (size_t i = 0; i < 2; i++)
        if (l->ends[i] >= 0)
            close(l->ends[i]);
    end_children(l);
    return err;
}

enum fv_err fv_posix_resolve(void *ctx, const char *host, uint16_t port, struct fv_port_addr *out,
                             size_t cap, size_t *count, int64_t deadline_us)
{
    int32_t *native = &((struct fv_posix *)ctx)->net_error;
    struct looking l = {.host = host, .port = port};
    struct addrinfo *list;
    enum fv_err err;

    if (look_up(host, AF_UNSPEC, AI_NUMERICHOST, &list) == 0) {
        *count = fv_posix_interleave(list, port, out, cap);
        freeaddrinfo(list);
        return FV_OK;
    }
    if (fv_posix_signal())
        return FV_E_CANCELLED;
    if (deadline_us <= fv_posix_now())
        return FV_E_TIMEOUT;
    err = ask_children(&l, deadline_us);
    if (err == FV_OK)
        *count = merge(&l, out, cap);
    *native = err == FV_E_RESOLVE ? l.code : err == FV_E_TIMEOUT ? EAI_AGAIN : 0;
    return err;
}
