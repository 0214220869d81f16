/* SPDX-License-Identifier: MIT */
/*
 * Storage on a FAT16 or FAT32 volume (SD card), by ooFatFs over a block device: the first FAT
 * partition, or the whole device.
 *
 * Names are kept unchanged, in UTF-8, up to 255 bytes. Times have steps of 2 s, in UTC, from 1980
 * to 2107; other times are not kept, and stat reports INT64_MIN. A file has at most 4 GiB minus one
 * byte. FAT12 is refused: entries of its table cross block boundaries, so a power cut could leave
 * half of one. Only one program uses the volume: lock() creates the file and always succeeds.
 *
 * State after a power cut, if the device does what port/block.h requires. FAT has no journal. But a
 * directory entry lies in one block, so each change takes effect with the write of one block, and
 * syncs before and after order these writes.
 * - A file is as at its last sync, except for blocks that were overwritten in place since then.
 * - rename: `to` is the old file or the new one, complete, at every moment. First `from` loses its
 *   content (no two entries share it at any time), and the next write gives the content to `to`. A
 *   power cut between these two writes leaves `from` empty, and its content is lost. The store sees
 *   a partial file of the wrong size and fetches the file again.
 * - remove: a file that is larger than a piece (see below), or whose name lies in two blocks,
 *   becomes empty, with its time, before it is gone.
 * - A directory that grows is cleared before it is linked. ooFatFs does this in the opposite order
 *   (port/fat/disk.c).
 * - The second FAT and the count of free clusters may be out of date. Clusters may be linked after
 *   the end of a file: they belong to the file and are used when it grows. They are released when
 *   the file is closed after a change, truncated (also to the size it has) or removed. A name that
 *   lies in two blocks may be there in part: the rest of a long name, or an empty file with its
 *   short name. fsck.vfat repairs these; nothing depends on them.
 *
 * Lost clusters, which belong to no file, come back only with fsck. A power cut may cost:
 * - one cluster of a file that grows or has space reserved. Its entry has the chain, durably,
 *   before there is a second cluster.
 * - one piece, FV_FAT_PIECE, of a chain that is being freed (truncate, remove, close, the old file
 *   of a rename). The rest stays linked to the entry.
 * - during a rename: the file that is moved, between the two writes above; the old file, between
 *   the second of these and the next write. FAT has no way to move a chain that always keeps an
 *   owner.
 *
 * The count of free clusters that is found on the volume is updated, but never the reason to refuse
 * space. The FAT itself is counted, once a mount, before more is taken than that count has, and
 * when the free space is asked for.
 */
#ifndef FV_PORT_FAT_FAT_H
#define FV_PORT_FAT_FAT_H

#include "port/block.h"
#include "port/port.h"

#include <ff.h>

/* Files open at the same time. The core needs 6: plan, names, ledger, its index, partial file,
 * state. */
#ifndef FV_FAT_FILES
#define FV_FAT_FILES 6
#endif

/* A chain is freed in pieces of this many bytes: as much as a file grows between two syncs
 * (store/partial.h). */
#ifndef FV_FAT_PIECE
#define FV_FAT_PIECE (4u << 20)
#endif

struct fv_fat_file {
    FIL fil;
    uint32_t time; /* as in the directory entry; valid if has_time */
    bool used;
    bool has_time; /* set_time was called, and nothing was written since */
    bool touched;  /* its chain of clusters may be longer than its size */
};

struct fv_fat {
    struct fv_port_storage port;
    const char *why; /* if open failed: what the device holds instead of a volume, in one line */
    /* bytes of clusters that a power cut may lose while a chain is freed; FV_FAT_PIECE */
    uint32_t piece;

    /* Private. */
    FATFS fs;
    const struct fv_block *device;
    const struct fv_port_clock *clock;
    struct fv_fat_file files[FV_FAT_FILES];
    int32_t last;           /* what port.last_error returns: an FRESULT */
    enum fv_err device_err; /* of the device's last failure */
    uint32_t free_clusters; /* while a name is made: free clusters, as far as they were cleared */
    bool counted; /* the count of free clusters is from the FAT, not the one that was found */
    bool naming;  /* a name is being made: new clusters are for directories */
    bool unsynced, streamed; /* the device was written since its last sync; only with content */
};

/* Mount the volume on device. clock gives the time of files whose time is not set; it may be NULL.
 * Both are borrowed until close, and f must not move. FV_OK; FV_E_STORAGE, with its reason in
 * f->why: no volume of a supported kind, or the error of the device. f->last is the FRESULT. After
 * an error nothing has to be closed. */
enum fv_err fv_fat_open(struct fv_fat *f, const struct fv_block *device,
                        const struct fv_port_clock *clock) FV_MUSTUSE;
/* Make durable what was written. Open files are not closed. */
void fv_fat_close(struct fv_fat *f);

#endif
