#define _GNU_SOURCE
#include "port/posix/confine.h"

#include <sys/prctl.h>

void fv_posix_confine(const struct fv_posix_storage *storage,
                      const struct fv_posix_storage *scratch, struct fv_posix_confined *out)
{
    *out = (struct fv_posix_confined){false, 0, false};
    /* A sanitiser's own calls and files, at the end above all, are not ours to foresee. */
#ifndef __SANITIZE_ADDRESS__
    out->no_new_privs = prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0;
    if (out->no_new_privs) {
        out->landlock = fv_posix_landlock(storage, scratch);
        out->seccomp = fv_posix_seccomp();
    }
#else
    (void)storage;
    (void)scratch;
#endif
}
