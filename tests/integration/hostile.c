/* SPDX-License-Identifier: MIT */
/*
 * A worker that has been taken over: cli/parent.h with a worker that does what argv[1] says. argv[2]: --exec, argv[3]: DIR.
 * SECCOMP and Landlock do not matter here: what is sent over the socket pair is allowed to every worker.
 */
#define _GNU_SOURCE
#include "cli/ask.h"
#include "cli/out.h"
#include "cli/parent.h"
#include "port/posix/posix.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static const char *mode;

static int prepare(void *ctx, int last)
{
    (void)ctx;
    return last;
}
static void forget(void *ctx)
{
    (void)ctx;
}
static size_t make(struct fv_ask *ask, int kind, const char *path, const char *url)
{
    memset(ask, 0, sizeof *ask);
    ask->kind = kind;
    ask->path_len = strlen(path);
    ask->url_len = strlen(url);
    memcpy(ask->text, path, ask->path_len);
    memcpy(ask->text + ask->path_len, url, ask->url_len);
    return offsetof(struct fv_ask, text) + ask->path_len + ask->url_len;
}

static int over(void *ctx, int status)
{
    (void)ctx;
    return status;
}

static void waits(void *ctx, int64_t until_us)
{
    (void)ctx;
    (void)until_us;
}

static int work(void *ctx, int fd)
{
    static struct fv_ask ask;
    size_t n;
    (void)ctx;
    signal(SIGTERM, SIG_IGN); /* this is what a program that was taken over does with it */
    signal(SIGPIPE, SIG_IGN);
    if (strcmp(mode, "deaf") == 0) {
        for (;;)
            pause();
    }
    if (strcmp(mode, "answers") == 0) { /* never read */
        n = make(&ask, FV_ASK_HOOK, "../x", "u");
        for (;;)
            (void)!send(fd, &ask, n, 0);
    }
    if (strcmp(mode, "kinds") == 0) {
        n = make(&ask, 77, "x", "u");
        for (;;)
            (void)!send(fd, &ask, n, 0);
    }
    if (strcmp(mode, "short") == 0) {
        for (;;)
            (void)!send(fd, "", 1, 0);
    }
    if (strcmp(mode, "empty") == 0) {
        for (;;)
            (void)!send(fd, "", 0, 0);
    }
    if (strcmp(mode, "closed") == 0) { /* its end closed, itself there */
        close(fd);
        for (;;)
            pause();
    }
    if (strcmp(mode, "hook and closed") == 0 || strcmp(mode, "hook and flood") == 0) {
        n = make(&ask, FV_ASK_HOOK, "x", "u");
        (void)!send(fd, &ask, n, 0);
        usleep(200000);
        if (strcmp(mode, "hook and closed") == 0) {
            close(fd);
            for (;;)
                pause();
        }
        for (;;)
            (void)!send(fd, "", 1, 0);
    }
    if (strcmp(mode, "own") == 0) {
        static const char *const paths[] = {".fluxvision/ledger", "a/.fluxvision/ledger", "a"};
        for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
            int status = -1;
            n = make(&ask, FV_ASK_HOOK, paths[i],
                     i == 2 ? "x\033]0;title\007\ny" : "https://localhost/x");
            (void)!send(fd, &ask, n, 0);
            (void)!recv(fd, &status, sizeof status, 0);
        }
        return 0;
    }
    if (strcmp(mode, "end") ==
        0) { /* numbers that no run has, an exit status that is none; then twice at once, and a reason */
        int status = -1;
        n = make(&ask, FV_ASK_END, "../x", "");
        memset(&ask.summary, 0xff, sizeof ask.summary);
        ask.exit = -1;
        (void)!send(fd, &ask, n, 0);
        (void)!send(fd, &ask, n, 0);
        (void)!recv(fd, &status, sizeof status, 0);
        fprintf(stderr, "end: %d\n", status);
        /* the command is at work once this file is there, and ends with this process */
        for (int i = 0; i < 1000 && access(getenv("READY"), F_OK) != 0; i++)
            usleep(10000);
        make(&ask, FV_ASK_HOOK, "x", "u");
        ask.reason = 77;
        (void)!send(fd, &ask, n, 0);
        for (;;)
            pause();
    }
    if (strcmp(mode, "odd") == 0) {
        static const char *const paths[] = {
            "",      "..",   "a/../../b",          "/etc/passwd",     "a//b",
            "a/./b", "a\nb", ".fluxvision/ledger", "a/.fluxvision/x", "a;b"};
        for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
            int status = -1;
            n = make(&ask, FV_ASK_HOOK, paths[i], "a\nb");
            ask.modified_us = i % 2 ? INT64_MIN : INT64_MAX;
            ask.size = UINT64_MAX;
            (void)!send(fd, &ask, n, 0);
            (void)!recv(fd, &status, sizeof status, 0);
            fprintf(stderr, "%s: %d\n", paths[i], status);
        }
        make(&ask, FV_ASK_HOOK, "a", "b");
        ask.path_len = SIZE_MAX;
        ask.url_len = 2;
        (void)!send(fd, &ask, offsetof(struct fv_ask, text) + 1, 0);
        make(&ask, FV_ASK_HOOK, "", "");
        memset(ask.text, 'u', sizeof ask.text);
        ask.text[0] = 'p';
        ask.path_len = 1;
        ask.url_len = sizeof ask.text - 1;
        int status = -1;
        (void)!send(fd, &ask, sizeof ask, 0);
        (void)!recv(fd, &status, sizeof status, 0);
        fprintf(stderr, "long: %d\n", status);
        return 0;
    }
    return 0;
}

int main(int argc, char **argv)
{
    static struct fv_out err;
    if (argc < 4 || fv_posix_signals_install() != FV_OK)
        return 99;
    mode = argv[1];
    fv_out_init(&err, 2, "standard error");
    bool end = strcmp(mode, "end") == 0;
    struct fv_parent p = {.exec = end ? "" : argv[2],
                          .exec_end = end ? argv[2] : "",
                          .dir = argv[3],
                          .every_us = 0,
                          .err = &err,
                          .prepare = prepare,
                          .forget = forget,
                          .work = work,
                          .over = over,
                          .waits = waits};
    return fv_parent_run(&p, 0);
}
