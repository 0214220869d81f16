/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#define _FILE_OFFSET_BITS 64
#include "port/posix/inside.h"
#include "port/posix/walk.h"

#include <errno.h>
#include <fcntl.h>

/* Large files are written to the medium in pieces of this size while more content arrives, so
 * that the sync at the end has little to wait for. */
#define START_BYTES (4 << 20)

static uint64_t bit_of(int file)
{
    return file < 64 ? UINT64_C(1) << file : 0;
}

void fv_posix_written(const struct fv_posix_storage *s, int file, uint64_t offset, uint64_t end)
{
    uint64_t to = end - end % START_BYTES;

    if (offset < to && (s->large & bit_of(file)) != 0)
        (void)sync_file_range(file, (off_t)(to - START_BYTES), START_BYTES, SYNC_FILE_RANGE_WRITE);
}

void fv_posix_forget_large(struct fv_posix_storage *s, int file)
{
    s->large &= ~bit_of(file);
}

enum fv_err fv_posix_reserve(void *ctx, int file, uint64_t size)
{
    struct fv_posix_storage *s = ctx;
    int done;

    if (size == 0)
        return FV_OK;
    if (size > (uint64_t)INT64_MAX)
        return fv_posix_fail(ctx, EFBIG);
    s->large |= size >= START_BYTES ? bit_of(file) : 0;
    do
        done = fallocate(file, FALLOC_FL_KEEP_SIZE, 0, (off_t)size);
    while (done < 0 && errno == EINTR);
    /* Only errors about missing space count. EPERM comes from seals and filters, EINVAL from
     * file systems with unusual block sizes. */
    if (done < 0 && errno != EPERM && errno != EINVAL && !fv_posix_is_unknown(errno))
        return fv_posix_fail(ctx, errno);
    return FV_OK;
}
