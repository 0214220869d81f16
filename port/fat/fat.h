/*
 * Storage on a FAT16 or FAT32 volume (SD card), by ooFatFs over a block device: the first FAT partition, or the whole device.
 *
 * Names are kept as they come, in UTF-8, up to 255 bytes; times in steps of 2 s, in UTC, from 1980 to 2107 (others are not
 * kept: stat says INT64_MIN). A file has at most 4 GiB less a byte. FAT12 is refused: its table's entries straddle blocks, so
 * a power cut could leave half of one. The volume has one user: lock() makes the file and always succeeds.
 *
 * What is there after a power cut, if the device keeps what port/block.h asks for. FAT has no journal, but a directory entry
 * lies in one block, so all that counts is decided by the write of one block, and ordered by syncs before and after it:
 * - A file is what it was at its last sync, apart from what was overwritten in place since then, block by block.
 * - rename: `to` is the old file or the new one, whole, at every moment. `from` loses its content first (no two entries ever
 *   share it), and the very next write gives it to `to`. A cut between the two leaves `from` empty: what was in it is lost. The store
 *   takes that for a part of the wrong size and fetches it again.
 * - remove: a file of more than a piece (below) is empty before it is gone, with its time.
 * - A directory that grows is cleared before it is linked, which ooFatFs does the other way round (port/fat/disk.c).
 * - The second FAT and the count of free clusters may lag behind. Clusters may be linked behind a file's end: they are the file's, are
 *   used when it grows, and come back when it is closed after a change, truncated (also to the size it has) or removed. A name that
 *   lies in two blocks may be half there: the rest of a long name, or an empty file with its short name. fsck.vfat tidies these up;
 *   nothing depends on them.
 * Lost clusters, which no file has, come back only with fsck. What a cut may cost of them:
 * - A file that grows, or for which space is reserved: one. Its entry has the chain, durably, before there is a second cluster.
 * - A chain that is freed (truncate, remove, close, the old file of a rename): a piece, FV_FAT_PIECE. The rest hangs off the entry meanwhile.
 * - rename: all of the file that is moved between the two writes above, all of the old file between that and the next write. One write
 *   each: FAT has no way to move a chain that is nobody's at no moment.
 * The count of free clusters that is found is kept up, but refuses nothing: the FAT is counted, once a mount, before so much is taken
 * that the count would be used up, and when the free space is asked for.
 */
#ifndef FV_PORT_FAT_FAT_H
#define FV_PORT_FAT_FAT_H

#include "port/block.h"
#include "port/port.h"

#include <ff.h>

/* Files open at once. The core needs 6: plan, names, ledger, its index, part, state. */
#ifndef FV_FAT_FILES
#define FV_FAT_FILES 6
#endif

/* A chain is freed in pieces of so many bytes: as much as lies between two syncs of a file that arrives (store/partial.h). */
#ifndef FV_FAT_PIECE
#define FV_FAT_PIECE (4u << 20)
#endif

struct fv_fat_file {
    FIL fil;
    uint32_t time; /* as the directory keeps it; counts if has_time */
    bool used;
    bool has_time; /* set_time was called, and nothing written since */
    bool touched;  /* its chain of clusters may be longer than its size */
};

struct fv_fat {
    struct fv_port_storage port;
    const char *why; /* if open failed: what is there in the place of a volume, for one line */
    uint32_t piece; /* bytes of clusters that a cut may lose while a chain is freed; FV_FAT_PIECE */

    /* Private. */
    FATFS fs;
    const struct fv_block *device;
    const struct fv_port_clock *clock;
    struct fv_fat_file files[FV_FAT_FILES];
    int32_t last;           /* what port.last_error returns: an FRESULT */
    enum fv_err device_err; /* of the device's last failure */
    uint32_t free_clusters; /* while a name is made: as far as they have been cleared */
    bool counted; /* the count of free clusters is the FAT's own, not the one that was found */
    bool naming;  /* a name is being made: new clusters are directories' */
    bool unsynced, streamed; /* the device was written since its last sync; with content only */
};

/* Mount the volume on device. clock, which may be NULL, is asked for the time of files whose time is not set. Both are borrowed
 * until close, f must stay where it is. FV_OK; FV_E_STORAGE: no volume of a kind that is used here, or what the device
 * said. f->last is the FRESULT. Nothing has to be closed then. */
enum fv_err fv_fat_open(struct fv_fat *f, const struct fv_block *device,
                        const struct fv_port_clock *clock) FV_MUSTUSE;
/* Make durable what was written; open files are not closed. */
void fv_fat_close(struct fv_fat *f);

#endif
