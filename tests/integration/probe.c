/* SPDX-License-Identifier: MIT */
/*
 * probe INSIDE OUTSIDE: confine this process as a sync into INSIDE does, try things, print NAME=ERRNO of each (0: it worked).
 */
#include "port/posix/confine.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static void tell(const char *name, bool worked)
{
    const char *code = worked ? "0" : strerrorname_np(errno);

    printf("%s=%s\n", name, code ? code : "?");
}

static void open_as(const char *name, const char *dir, const char *file, int flags)
{
    char path[4096];
    int fd;

    snprintf(path, sizeof path, "%s/%s", dir, file);
    fd = open(path, flags, 0600);
    tell(name, fd >= 0);
    if (fd >= 0)
        close(fd);
}

static void files(struct fv_posix_storage *s, const char *inside, const char *outside)
{
    const struct fv_port_storage *io = &s->port;
    char path[4096];

    open_as("inside-read", inside, "old", O_RDONLY);
    open_as("inside-write", inside, "new", O_RDWR | O_CREAT | O_TRUNC);
    tell("inside-mkdir", io->make_dir(s, "dir") == FV_OK);
    tell("inside-rename", io->rename(s, "new", "dir/new") == FV_OK);
    tell("inside-remove", io->remove(s, "dir/new") == FV_OK && io->remove_dir(s, "dir") == FV_OK);
    open_as("outside-read", outside, "old", O_RDONLY);
    open_as("outside-write", outside, "old", O_WRONLY);
    open_as("outside-make", outside, "new", O_WRONLY | O_CREAT);
    snprintf(path, sizeof path, "%s/old", outside);
    tell("outside-remove", unlinkat(AT_FDCWD, path, 0) == 0);
    open_as("hosts-read", "/etc", "hosts", O_RDONLY);
    open_as("hosts-write", "/etc", "hosts", O_WRONLY);
    open_as("password-read", "/proc/self", "environ", O_RDONLY);
}

static void calls(void)
{
    char *const argv[] = {"/bin/true", NULL};
    pid_t child;
    int sock;

    (void)execve(argv[0], argv, NULL);
    tell("execve", false);
    tell("ptrace", ptrace(PTRACE_TRACEME, 0, NULL, NULL) == 0);
    tell("socket-packet", socket(AF_PACKET, SOCK_RAW, 0) >= 0);
    tell("unshare", unshare(CLONE_NEWUSER) == 0);
    tell("thread",
         syscall(SYS_clone, CLONE_VM | CLONE_THREAD | CLONE_SIGHAND, NULL, NULL, NULL, NULL) >= 0);
    tell("kill-term", kill(getpid(), SIGTERM) == 0);
    sock = socket(AF_INET, SOCK_STREAM, 0);
    tell("socket-tcp", sock >= 0);
    tell("listen", listen(sock, 1) == 0);
    child = fork();
    if (child == 0)
        _exit(0);
    tell("fork", child > 0 && waitpid(child, NULL, 0) == child);
}

/* A system call of 32-bit x86, in a child: it ends by the signal. */
static void foreign(void)
{
#ifdef __x86_64__
    int status = 0;
    pid_t child = fork();

    if (child == 0) {
        long result;
        __asm__ volatile("int $0x80"
                         : "=a"(result)
                         : "a"(20L)
                         : "memory", "r8", "r9", "r10", "r11");
        _exit(result > 0 ? 0 : 1);
    }
    waitpid(child, &status, 0);
    printf("foreign=%s\n", WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS ? "SIGSYS" : "alive");
#endif
}

int main(int argc, char **argv)
{
    static struct fv_posix posix;
    static struct fv_posix_storage s;
    struct fv_posix_confined done;
    struct fv_port_addr addr[4];
    size_t count = 0;

    fv_posix_init(&posix);
    if (argc != 3 || fv_posix_storage_open(&s, argv[1], false) != FV_OK)
        return 2;
    fv_posix_confine(&s, NULL, &done);
    printf("new-privs=%d\nlandlock=%u\nseccomp=%d\n", done.no_new_privs, done.landlock,
           done.seccomp);
    files(&s, argv[1], argv[2]);
    calls();
    tell("resolve",
         posix.net.resolve(posix.net.ctx, "localhost", 443, addr, 4, &count, INT64_MAX) == FV_OK &&
             count > 0);
    fflush(stdout);
    foreign();
    return 0;
}
