/*
 * Functions of the C library that the static builds need less of than musl's own do: 4 KB (armv7). All but ioctl() and fork() serve
 * the look-up of names alone.
 */
#define _GNU_SOURCE /* syscall(), _Fork() */

#include <limits.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

/* musl's copes with kernels that know no 64-bit time, for requests that hold one. Those of terminals and sizes, which are all that
 * are made here, do not. */
int ioctl(int fd, int request, ...)
{
    va_list list;
    va_start(list, request);
    void *argument = va_arg(list, void *);
    va_end(list);
    return (int)syscall(SYS_ioctl, fd, request, argument);
}

/* musl's takes all locks of all threads first. There is one thread. */
pid_t fork(void)
{
    return _Fork();
}

/* In lines of /etc/hosts. */
char *strstr(const char *text, const char *wanted)
{
    size_t len = strlen(wanted);
    char *at;
    memcpy(&at, &text, sizeof at); /* what is found has no const */
    while (strncmp(at, wanted, len) != 0) {
        if (*at++ == '\0') {
            return NULL;
        }
    }
    return at;
}

/* Of a host's addresses, 48 at most. */
void qsort(void *base, size_t count, size_t size, int (*order)(const void *, const void *))
{
    char *p = base;
    for (size_t end = size; count > 0 && end < count * size; end += size) {
        for (size_t at = end; at > 0 && order(p + at - size, p + at) > 0; at -= size) {
            for (size_t i = at; i < at + size; i++) {
                char c = p[i];
                p[i] = p[i - size];
                p[i - size] = c;
            }
        }
    }
}

/* In addresses, and in resolv.conf: no sign and no space before it. */
unsigned long strtoul(const char *text, char **end, int base)
{
    unsigned long value = 0;
    if (base == 0) {
        base = *text != '0' ? 10 : (text[1] | 32) == 'x' ? 16 : 8;
        text += base == 16 ? 2 : 0;
    }
    for (;; text++) {
        int digit = *text >= '0' && *text <= '9' ? *text - '0' : (*text | 32) - 'a' + 10;
        if (digit < 0 || digit >= base) {
            break;
        }
        bool fits = value <= (ULONG_MAX - (unsigned long)digit) / (unsigned long)base;
        value = fits ? value * (unsigned long)base + (unsigned long)digit : ULONG_MAX;
    }
    memcpy(end, &text, sizeof text);
    return value;
}

/* A number that stands for an interface, behind the % of an address. */
unsigned long long strtoull(const char *text, char **end, int base)
{
    return strtoul(text, end, base);
}
