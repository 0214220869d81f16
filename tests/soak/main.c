/* SPDX-License-Identifier: MIT */
#include "soak/world.h"

#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define JOBS 64
#define FAILURES 1000
#define SHOWN 3
#define PATIENCE_S 3 /* of the processor: a seed takes a thousandth of that */
#define STUCK_S 60   /* of the clock */

static const char usage[] =
    "soak [--seeds N] [--start SEED] [--jobs N] [--first] [--shown N] | --seed SEED [--no-shrink]\n"
    "  --seeds N    so many, from --start on (1)\n"
    "  --jobs N     processes\n"
    "  --ignore R   a rule that is not looked at; may be said again\n"
    "  --without W  plans have none: doubles, odd, max-time, storage, power; may be said again\n"
    "  --first      stop at the first one that fails\n"
    "  --shown N    shrink and show so many of those that fail (3)\n"
    "  --seed SEED  this one, with its trace\n";

static struct {
    uint64_t start, count, only;
    unsigned long jobs, shown;
    bool first, one, shrink;
} given = {.start = 1, .count = 1000, .jobs = 1, .shown = SHOWN, .shrink = true};

struct failure {
    uint64_t seed;
    enum soak_rule rule;
    char wrong[200];
};

/* What the processes share. */
static struct {
    _Atomic uint64_t at[JOBS]; /* seed under way */
    _Atomic uint64_t done;
    _Atomic unsigned failures;
    _Atomic bool stop;
    struct failure failure[FAILURES];
} * shared;

static struct soak_world world;

static void note(uint64_t seed, enum soak_rule rule, const char *wrong)
{
    unsigned i = atomic_fetch_add(&shared->failures, 1);

    if (i < FAILURES) {
        shared->failure[i].seed = seed;
        shared->failure[i].rule = rule;
        snprintf(shared->failure[i].wrong, sizeof shared->failure[i].wrong, "%s", wrong);
    }
    if (given.first)
        shared->stop = true;
}

/* --- Many --- */

static void work(size_t worker, uint64_t from)
{
    static const struct itimerval patience = {.it_value = {.tv_sec = PATIENCE_S}};
    static struct soak_plan plan;
    uint64_t end = given.start + given.count;

    for (uint64_t seed = from; seed < end && !shared->stop; seed += given.jobs) {
        shared->at[worker] = seed;
        (void)setitimer(ITIMER_VIRTUAL, &patience, NULL); /* its signal ends the process */
        soak_plan(&plan, seed);
        soak_play(&world, &plan, false);
        if (world.rule != RULE_NONE)
            note(seed, world.rule, world.wrong);
        shared->done++;
    }
}

static pid_t start(size_t worker, uint64_t from)
{
    pid_t child = fork();

    if (child < 0) {
        perror("fork");
        exit(2);
    }
    if (child == 0) {
        work(worker, from);
        _exit(0);
    }
    return child;
}

/* A worker has ended: well, or in the midst of a seed, behind which another one goes on. */
static void replace(size_t worker, pid_t *child, int status)
{
    uint64_t seed = shared->at[worker];
    char text[64];

    *child = 0;
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
        return;
    snprintf(text, sizeof text, WIFSIGNALED(status) ? "signal %d" : "exit status %d",
             WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
    note(seed, RULE_CRASH, text);
    shared->done++;
    if (seed + given.jobs < given.start + given.count && !shared->stop)
        *child = start(worker, seed + given.jobs);
}

static void run_all(void)
{
    pid_t child[JOBS] = {0};
    uint64_t at[JOBS] = {0};
    unsigned idle[JOBS] = {0};
    size_t left = given.jobs;

    for (size_t i = 0; i < given.jobs; i++)
        child[i] = start(i, given.start + i);
    while (left > 0) {
        const struct timespec tick = {0, 20000000};
        int status;

        left = 0;
        (void)nanosleep(&tick, NULL);
        for (size_t i = 0; i < given.jobs; i++) {
            if (child[i] == 0)
                continue;
            if (waitpid(child[i], &status, WNOHANG) == child[i]) {
                replace(i, &child[i], status);
            } else if (shared->at[i] != at[i]) {
                at[i] = shared->at[i];
                idle[i] = 0;
            } else if (++idle[i] == STUCK_S * 50) {
                (void)kill(child[i], SIGKILL);
            }
            left += child[i] != 0;
        }
    }
}

/* --- One --- */

/* In a process of its own, since it may crash. */
static void show(const struct soak_plan *plan)
{
    pid_t child;
    int status = 0;

    soak_show(plan);
    fflush(stdout);
    child = fork();
    if (child == 0) {
        alarm(STUCK_S);
        soak_play(&world, plan, true);
        fflush(stdout);
        _exit(0);
    }
    (void)waitpid(child, &status, 0);
    if (WIFSIGNALED(status))
        printf("WRONG: crash: signal %d\n", WTERMSIG(status));
}

static enum soak_rule show_seed(uint64_t seed)
{
    static struct soak_plan plan;
    enum soak_rule rule;

    soak_plan(&plan, seed);
    rule = soak_try(&plan);
    if (rule != RULE_NONE && given.shrink)
        soak_shrink(&plan, rule, 30);
    show(&plan);
    return rule;
}

static int by_seed(const void *a, const void *b)
{
    const struct failure *x = a, *y = b;

    return x->seed < y->seed ? -1 : x->seed > y->seed;
}

static int report(double seconds)
{
    unsigned failures = shared->failures;
    unsigned known = failures < FAILURES ? failures : FAILURES;
    uint64_t passed = shared->done - failures;

    qsort(shared->failure, known, sizeof shared->failure[0], by_seed);
    for (unsigned i = 0; i < known && i < given.shown; i++) {
        printf("\n== seed %llu, made smaller\n", (unsigned long long)shared->failure[i].seed);
        (void)show_seed(shared->failure[i].seed);
    }
    for (unsigned i = 0; i < known; i++)
        printf("seed %llu: %s: %s\n", (unsigned long long)shared->failure[i].seed,
               soak_rule_name(shared->failure[i].rule), shared->failure[i].wrong);
    printf("%llu seeds in %.1f s, %.0f a second\n", (unsigned long long)shared->done, seconds,
           (double)shared->done / (seconds > 0 ? seconds : 1));
    printf("%llu passed, %u failed\n", (unsigned long long)passed, failures);
    return failures ? 1 : 0;
}

/* --- Arguments --- */

static bool is_flag(const char *word)
{
    if (strcmp(word, "--first") == 0)
        given.first = true;
    else if (strcmp(word, "--no-shrink") == 0)
        given.shrink = false;
    else
        return false;
    return true;
}

static bool ignore(const char *name)
{
    for (unsigned r = 1; r < RULE_COUNT; r++) {
        if (strcmp(soak_rule_name((enum soak_rule)r), name) == 0) {
            soak_ignored |= 1u << r;
            return true;
        }
    }
    return false;
}

static bool leave_out(const char *name)
{
    for (unsigned i = 0; soak_parts[i]; i++) {
        if (strcmp(soak_parts[i], name) == 0) {
            soak_without |= 1u << i;
            return true;
        }
    }
    return false;
}

static bool take(const char *word, const char *value)
{
    char *end;
    unsigned long long n = value ? strtoull(value, &end, 10) : 0;

    if (value && strcmp(word, "--ignore") == 0)
        return ignore(value);
    if (value && strcmp(word, "--without") == 0)
        return leave_out(value);
    if (!value || *end || !*value)
        return false;
    if (strcmp(word, "--seeds") == 0)
        given.count = n;
    else if (strcmp(word, "--start") == 0)
        given.start = n;
    else if (strcmp(word, "--shown") == 0)
        given.shown = n;
    else if (strcmp(word, "--jobs") == 0 && n > 0 && n <= JOBS)
        given.jobs = n;
    else if (strcmp(word, "--seed") == 0)
        given.only = n;
    else
        return false;
    given.one = given.one || strcmp(word, "--seed") == 0;
    return true;
}

int main(int argc, char **argv)
{
    struct timespec from, to;

    for (int i = 1; i < argc; i++) {
        if (is_flag(argv[i]))
            continue;
        if (!take(argv[i], argv[i + 1])) {
            fputs(usage, stderr);
            return 2;
        }
        i++;
    }
    if (given.one) {
        bool bad = show_seed(given.only) != RULE_NONE;

        printf("%d passed, %d failed\n", !bad, bad);
        return bad;
    }
    shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (shared == MAP_FAILED) {
        perror("mmap");
        return 2;
    }
    (void)clock_gettime(CLOCK_MONOTONIC, &from);
    run_all();
    (void)clock_gettime(CLOCK_MONOTONIC, &to);
    return report((double)(to.tv_sec - from.tv_sec) + (double)(to.tv_nsec - from.tv_nsec) / 1e9);
}
