/* SPDX-License-Identifier: MIT */
/*
 * The contract of storage in port/port.h as test cases. A test program sets up a medium for each
 * case and lists the cases with STORAGE_CONTRACT().
 */
#ifndef FV_TESTS_SUPPORT_STORAGE_SUITE_H
#define FV_TESTS_SUPPORT_STORAGE_SUITE_H

#include "port/port.h"

/* What a case finds in *state. */
struct storage_medium {
    const struct fv_port_storage *port; /* empty */
    int64_t earliest_us;                /* times before are not kept */
    bool alone;                         /* one process has the medium: locking always succeeds */
    /* Make a symbolic link; NULL: the medium has none. */
    void (*make_link)(struct storage_medium *m, const char *path, const char *target);
};

/* Write a file durably; see that a file holds text; what is at path; open and close. */
void storage_put(struct storage_medium *m, const char *path, const char *text);
void storage_check(struct storage_medium *m, const char *path, const char *text);
enum fv_port_kind storage_kind(struct storage_medium *m, const char *path);
enum fv_err storage_try_open(struct storage_medium *m, const char *path, enum fv_port_mode mode);

void storage_case_open_modes(void **state);
void storage_case_bad_paths(void **state);
void storage_case_read_write(void **state);
void storage_case_too_large(void **state);
void storage_case_time(void **state);
void storage_case_stat(void **state);
void storage_case_rename(void **state);
void storage_case_remove(void **state);
void storage_case_dirs(void **state);
void storage_case_list(void **state);
void storage_case_links(void **state);
void storage_case_lock(void **state);

/* A case, and all of them, on a medium that setup_WHERE makes and teardown_WHERE ends. */
#define STORAGE_CASE(test, where)                                                                  \
    {                                                                                              \
#test " on " #where, test, setup_##where, teardown_##where, NULL                           \
    }
#define STORAGE_CONTRACT(where)                                                                    \
    STORAGE_CASE(storage_case_open_modes, where), STORAGE_CASE(storage_case_bad_paths, where),     \
        STORAGE_CASE(storage_case_read_write, where), STORAGE_CASE(storage_case_too_large, where), \
        STORAGE_CASE(storage_case_time, where), STORAGE_CASE(storage_case_stat, where),            \
        STORAGE_CASE(storage_case_rename, where), STORAGE_CASE(storage_case_remove, where),        \
        STORAGE_CASE(storage_case_dirs, where), STORAGE_CASE(storage_case_list, where),            \
        STORAGE_CASE(storage_case_lock, where)
#define STORAGE_LINKS(where) STORAGE_CASE(storage_case_links, where)

#endif
