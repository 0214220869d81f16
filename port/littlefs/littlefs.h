/* SPDX-License-Identifier: MIT */
/*
 * Storage on raw flash (NOR, NAND), by littlefs: wear is spread, bad blocks are not used, and every
 * change is made completely or not at all.
 *
 * Names are kept unchanged, up to 255 bytes, with case. Times are kept in microseconds, as an
 * attribute of the file. A file has at most 2 GiB minus one byte. reserve() reserves nothing. Only
 * one program uses the volume: lock() creates the file and always succeeds.
 *
 * State after a power cut: a file is as at its last sync or close; names are as after the last call
 * that changed them. rename replaces. A write into the middle of a file copies all that follows;
 * the files that the core changes in place (index, plan) are small.
 *
 * After the flash has failed (a bad block is not a failure), all calls fail until the volume is
 * opened again.
 */
#ifndef FV_PORT_LITTLEFS_LITTLEFS_H
#define FV_PORT_LITTLEFS_LITTLEFS_H

#include "port/flash.h"
#include "port/port.h"

#include <lfs2.h>

/* Files open at the same time. The core needs 6: plan, names, ledger, its index, partial file,
 * state. */
#ifndef FV_LITTLEFS_FILES
#define FV_LITTLEFS_FILES 6
#endif

/* Sizes that boards/bare uses. With one bit for each block of the flash in the map, littlefs does
 * not need to search the volume again and again for free blocks. */
#ifndef FV_LITTLEFS_CACHE
#define FV_LITTLEFS_CACHE 256
#endif
#ifndef FV_LITTLEFS_LOOKAHEAD
#define FV_LITTLEFS_LOOKAHEAD 128
#endif

/* Bytes that fv_littlefs_open() needs, for caches of `cache` bytes and a map of free blocks of
 * `lookahead` bytes. */
#define FV_LITTLEFS_ROOM(cache, lookahead) ((cache) * (2 + FV_LITTLEFS_FILES) + (lookahead))

struct fv_littlefs_room {
    void *buffer;   /* FV_LITTLEFS_ROOM() bytes, aligned to 8; borrowed until close */
    uint32_t cache; /* bytes: a multiple of prog_size of the flash, and a divisor of block_size */
    uint32_t lookahead; /* bytes, a multiple of 8; each byte is for 8 blocks */
};

struct fv_littlefs_file {
    lfs2_file_t file;
    struct lfs2_file_config config;
    struct lfs2_attr attribute;
    uint8_t time[8]; /* little-endian; INT64_MIN: not known */
    bool used;
};

struct fv_littlefs {
    struct fv_port_storage port;

    /* Private. */
    lfs2_t fs;
    struct lfs2_config config;
    const struct fv_flash *flash;
    const struct fv_port_clock *clock;
    struct fv_littlefs_file files[FV_LITTLEFS_FILES];
    uint8_t *caches;       /* one for each file */
    int32_t last;          /* what port.last_error returns: an error of littlefs */
    enum fv_err flash_err; /* first failure of the flash; all calls fail from then on */
};

/* Mount the volume on flash. clock gives the time of files whose time is not set; it may be NULL.
 * flash, clock and the buffer of room are borrowed until close, and l must not move. FV_OK;
 * FV_E_STORAGE: no volume, or the error of the flash. l->last is littlefs's code. After an error
 * nothing has to be closed. */
enum fv_err fv_littlefs_open(struct fv_littlefs *l, const struct fv_flash *flash,
                             const struct fv_littlefs_room *room,
                             const struct fv_port_clock *clock) FV_MUSTUSE;
/* Create an empty volume; the old content of the flash is lost. The volume is not mounted
 * afterwards. Errors as above. */
enum fv_err fv_littlefs_format(struct fv_littlefs *l, const struct fv_flash *flash,
                               const struct fv_littlefs_room *room) FV_MUSTUSE;
/* Unmount. Open files are not closed. */
void fv_littlefs_close(struct fv_littlefs *l);

#endif
