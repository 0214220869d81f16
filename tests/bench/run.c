/* SPDX-License-Identifier: MIT */
/*
 * run REPORT PROGRAM [ARGUMENT]...: run a program and exit with its status. REPORT gets one line:
 * wall, user and system seconds, and peak resident KiB, of the program and the children it waited
 * for.
 *
 * Linked statically: a process is charged with the memory it had before it became the program.
 */
#define _GNU_SOURCE /* wait4 */
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double seconds(struct timeval t)
{
    return (double)t.tv_sec + (double)t.tv_usec / 1e6;
}

int main(int argc, char **argv)
{
    struct timespec start, end;
    struct rusage used;
    int status = 0;
    clock_gettime(CLOCK_MONOTONIC, &start);
    pid_t child = argc < 3 ? -1 : fork();
    if (child == 0) {
        (void)execvp(argv[2], argv + 2);
        _exit(127);
    }
    if (child < 0 || wait4(child, &status, 0, &used) != child) {
        return 126;
    }
    clock_gettime(CLOCK_MONOTONIC, &end);
    FILE *report = fopen(argv[1], "w");
    if (report == NULL) {
        return 126;
    }
    double wall = (double)(end.tv_sec - start.tv_sec) + (double)(end.tv_nsec - start.tv_nsec) / 1e9;
    int written = fprintf(report, "%.6f %.6f %.6f %ld\n", wall, seconds(used.ru_utime),
                          seconds(used.ru_stime), used.ru_maxrss);
    if (fclose(report) != 0 || written < 0) {
        return 126;
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
