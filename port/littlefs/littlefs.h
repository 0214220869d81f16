/*
 * Storage on raw flash (NOR, NAND), by littlefs: wear is spread, bad blocks are left out, and every change is whole or not made.
 *
 * Names are kept as they come, up to 255 bytes, with case; times in microseconds, as an attribute of the file. A file has at most
 * 2 GiB less a byte. reserve() keeps nothing free. The volume has one user: lock() makes the file and always succeeds.
 *
 * What is there after a power cut: a file is what it was at its last sync, or at a close; names are as after the last call that
 * changed them. rename replaces. To write in the middle of a file copies what is behind: the files that the core changes in
 * place (index, plan) are small.
 *
 * Once the flash has failed (a bad block is no failure) all calls fail, until the volume is opened again.
 */
#ifndef FV_PORT_LITTLEFS_LITTLEFS_H
#define FV_PORT_LITTLEFS_LITTLEFS_H

#include "port/flash.h"
#include "port/port.h"

#include <lfs2.h>

/* Files open at once. The core needs 6: plan, names, ledger, its index, part, state. */
#ifndef FV_LITTLEFS_FILES
#define FV_LITTLEFS_FILES 6
#endif

/* What boards/bare gives it of these. The map: a bit for each block of the flash saves looking through the volume again and again for free ones. */
#ifndef FV_LITTLEFS_CACHE
#define FV_LITTLEFS_CACHE 256
#endif
#ifndef FV_LITTLEFS_LOOKAHEAD
#define FV_LITTLEFS_LOOKAHEAD 128
#endif

/* Bytes that fv_littlefs_open() needs for caches of `cache` bytes and a map of free blocks of `lookahead` bytes. */
#define FV_LITTLEFS_ROOM(cache, lookahead) ((cache) * (2 + FV_LITTLEFS_FILES) + (lookahead))

struct fv_littlefs_room {
    void *buffer;   /* FV_LITTLEFS_ROOM() bytes, aligned to 8; borrowed until close */
    uint32_t cache; /* bytes; a multiple of the flash's prog_size, block_size a multiple of it */
    uint32_t lookahead; /* bytes, a multiple of 8: for 8 blocks each */
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
    enum fv_err flash_err; /* of the flash's first failure: all calls fail from then on */
};

/* Mount the volume on flash. clock, which may be NULL, is asked for the time of files whose time is not set. flash, clock and
 * room's buffer are borrowed until close, l must stay where it is. FV_OK; FV_E_STORAGE: no volume, or what the flash said.
 * l->last is littlefs's code. Nothing has to be closed then. */
enum fv_err fv_littlefs_open(struct fv_littlefs *l, const struct fv_flash *flash,
                             const struct fv_littlefs_room *room,
                             const struct fv_port_clock *clock) FV_MUSTUSE;
/* Make an empty volume; all that the flash held is gone. Not mounted afterwards. As above. */
enum fv_err fv_littlefs_format(struct fv_littlefs *l, const struct fv_flash *flash,
                               const struct fv_littlefs_room *room) FV_MUSTUSE;
/* Unmount. Open files are not closed. */
void fv_littlefs_close(struct fv_littlefs *l);

#endif
