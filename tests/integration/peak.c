/* SPDX-License-Identifier: MIT */
/*
 * peak REPORT PROGRAM [ARGUMENT]...: run a program, write its peak resident memory in KiB to REPORT, end as it did.
 * A process started by Python directly is charged with the memory of Python, which it shares until it executes.
 */
#define _GNU_SOURCE /* wait4 */
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    struct rusage used;
    int status = 0;
    pid_t child = argc < 3 ? -1 : fork();
    if (child == 0) {
        (void)execv(argv[2], argv + 2);
        _exit(127);
    }
    if (child < 0 || wait4(child, &status, 0, &used) != child) {
        return 126;
    }
    FILE *report = fopen(argv[1], "w");
    if (report == NULL || fprintf(report, "%ld\n", used.ru_maxrss) < 0 || fclose(report) != 0) {
        return 126;
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
