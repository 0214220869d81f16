/* SPDX-License-Identifier: MIT */
/*
 * Configuration of ooFatFs: no heap, one sector buffer, long names in UTF-8.
 *
 * FFCONF_H gives this file to ff.h. Its name differs from ffconf.h on purpose: quoted includes
 * would find the library's own ffconf.h first. Revision and option names are the library's.
 */
#ifndef FV_FFCONF_H
#define FV_FFCONF_H

#define FFCONF_DEF 86604

/* Functions: all basic ones; no formatting, searching, attributes or labels. */
#define FF_FS_READONLY 0
#define FF_FS_MINIMIZE 0
#define FF_USE_STRFUNC 0
#define FF_USE_FIND 0
#define FF_USE_MKFS 0
#define FF_USE_FASTSEEK 0
#define FF_USE_EXPAND 0
#define FF_USE_CHMOD 0
#define FF_USE_LABEL 0
#define FF_USE_FORWARD 0
#define FF_USE_TRIM 0

/* Names: long, in UTF-8, with a static work space of 512 bytes. A name of more than 255 bytes in
 * UTF-8 appears under its short name; this program never writes one. The code page is used for
 * short names only. This one has an upper-case table that changes nothing. With other code pages,
 * accents are lost in short names, and ooFatFs then opens one file instead of another (850: the
 * short name of e.csv is also that of é.csv). */
#define FF_CODE_PAGE 720
#define FF_USE_LFN 1
#define FF_MAX_LFN 255
#define FF_LFN_UNICODE 2
#define FF_LFN_BUF 255
#define FF_SFN_BUF 12
#define FF_STRF_ENCODE 3
#define FF_FS_RPATH 0

/* The volume: one, with blocks of 512 bytes; the first FAT partition, or the whole device. */
#define FF_VOLUMES 1
#define FF_STR_VOLUME_ID 0
#define FF_MULTI_PARTITION 0
#define FF_MIN_SS 512
#define FF_MAX_SS 512
#define FF_FS_NOFSINFO 0
#define FF_FS_EXFAT 0

/* One buffer for files, FAT and directories. */
#define FF_FS_TINY 1

/* Times come from get_fattime() in port/fat/disk.c. There is one thread. */
#define FF_FS_NORTC 0
#define FF_FS_LOCK 0
#define FF_FS_REENTRANT 0

#endif
