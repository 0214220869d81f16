/* SPDX-License-Identifier: MIT */
/*
 * relay MS FIRST SECOND: pass every frame between two network interfaces, delayed by MS
 * milliseconds in each direction, until killed.
 *
 * This is what "netem delay" does, for kernels without netem: a delay and nothing else. TCP's
 * handshake, slow start and windows see a real round-trip time of 2 * MS. The rate is not limited.
 * Frames are passed on as the kernel merged them (up to 64 KiB, with checksum and segment size in a
 * virtio_net_hdr), and up to 128 MiB are in transit in each direction. What exceeds that is
 * dropped, as by a router, and counted; SIGTERM prints the sum.
 *
 * The interfaces are ends of veth pairs, up, without addresses, in this process's network
 * namespace. Needs CAP_NET_RAW.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_packet.h>
#include <linux/virtio_net.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define RING ((size_t)128 << 20)
#define FRAME_MAX ((size_t)66 << 10) /* a merged frame with its headers */
#define SOCKET_BUFFER (64 << 20)

/* What is before each frame in a ring. A length of 0: the next one is at the ring's start. */
struct parcel {
    int64_t due_ns;
    size_t len;
};

/* One direction: frames lie in the order they came. */
struct way {
    uint8_t *ring;
    size_t head; /* where the next one goes */
    size_t tail; /* the oldest */
    size_t used; /* frames in it */
    uint64_t carried, dropped;
    int from, to;
};

static volatile sig_atomic_t ended;

static void end(int number)
{
    (void)number;
    ended = 1;
}

static void die(const char *what)
{
    perror(what);
    exit(1);
}

static int64_t now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static int open_interface(const char *name)
{
    int one = 1, size = SOCKET_BUFFER;
    int fd = socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    struct sockaddr_ll at = {.sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL)};
    at.sll_ifindex = (int)if_nametoindex(name);
    if (fd < 0 || at.sll_ifindex == 0) {
        die(name);
    }
    if (setsockopt(fd, SOL_PACKET, PACKET_VNET_HDR, &one, sizeof(one)) < 0 ||
        setsockopt(fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, &one, sizeof(one)) < 0) {
        die("setsockopt");
    }
    if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)) < 0 ||
        setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof(size)) < 0) {
        perror("relay: buffers stay small");
    }
    if (bind(fd, (struct sockaddr *)&at, sizeof(at)) < 0) {
        die(name);
    }
    return fd;
}

static size_t padded(size_t len)
{
    return (sizeof(struct parcel) + len + 15) & ~(size_t)15;
}

/* Return whether a frame of any length can be stored at head; move head to the start if it is
 * too near to the end. */
static int has_room(struct way *w)
{
    size_t need = padded(FRAME_MAX) + sizeof(struct parcel);
    if (w->used == 0) {
        w->head = w->tail = 0;
    }
    if (w->head < w->tail) {
        return w->tail - w->head > need;
    }
    if (RING - w->head > need) {
        return 1;
    }
    if (w->tail <= need) {
        return 0;
    }
    ((struct parcel *)(w->ring + w->head))->len = 0;
    w->head = 0;
    return 1;
}

static void take(struct way *w, int64_t delay_ns)
{
    static uint8_t waste[1];
    for (int i = 0; i < 256; i++) {
        if (!has_room(w)) {
            if (recv(w->from, waste, sizeof(waste), MSG_TRUNC) < 0) {
                return;
            }
            w->dropped++;
            continue;
        }
        struct parcel *p = (struct parcel *)(w->ring + w->head);
        ssize_t got = recv(w->from, p + 1, FRAME_MAX, 0);
        if (got <= 0) {
            return;
        }
        p->len = (size_t)got;
        p->due_ns = now_ns() + delay_ns;
        w->head += padded(p->len);
        w->used++;
    }
}

/* Pass on what is due. Returns when the next one is, INT64_MAX for none. */
static int64_t give(struct way *w)
{
    int64_t now = now_ns();
    while (w->used > 0) {
        struct parcel *p = (struct parcel *)(w->ring + w->tail);
        if (p->len == 0) {
            w->tail = 0;
            continue;
        }
        if (p->due_ns > now) {
            return p->due_ns;
        }
        if (send(w->to, p + 1, p->len, 0) < 0) {
            if (errno == EAGAIN || errno == ENOBUFS) {
                return now + 100000;
            }
            w->dropped++;
        } else {
            w->carried++;
        }
        w->tail += padded(p->len);
        w->used--;
    }
    return INT64_MAX;
}

int main(int argc, char **argv)
{
    if (argc != 4) {
        fputs("usage: relay MS FIRST SECOND\n", stderr);
        return 2;
    }
    int64_t delay_ns = (int64_t)(strtod(argv[1], NULL) * 1e6);
    int fds[2] = {open_interface(argv[2]), open_interface(argv[3])};
    struct way ways[2] = {{.from = fds[0], .to = fds[1]}, {.from = fds[1], .to = fds[0]}};
    for (int i = 0; i < 2; i++) {
        ways[i].ring = mmap(NULL, RING, PROT_READ | PROT_WRITE,
                            MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        if (ways[i].ring == MAP_FAILED) {
            die("mmap");
        }
    }
    struct sigaction action = {.sa_handler = end};
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGINT, &action, NULL);
    puts("relay: up");
    fflush(stdout);
    while (!ended) {
        int64_t due = give(&ways[0]), other = give(&ways[1]);
        due = other < due ? other : due;
        int64_t left = due == INT64_MAX ? 1000000000 : due - now_ns();
        struct timespec wait = {0, left > 0 ? (long)left : 0};
        if (left >= 1000000000) {
            wait = (struct timespec){1, 0};
        }
        struct pollfd polled[2] = {{fds[0], POLLIN, 0}, {fds[1], POLLIN, 0}};
        if (ppoll(polled, 2, &wait, NULL) <= 0) {
            continue;
        }
        for (int i = 0; i < 2; i++) {
            if (polled[i].revents != 0) {
                take(&ways[i], delay_ns);
            }
        }
    }
    printf("relay: %llu and %llu frames carried, %llu dropped\n",
           (unsigned long long)ways[0].carried, (unsigned long long)ways[1].carried,
           (unsigned long long)(ways[0].dropped + ways[1].dropped));
    return 0;
}
