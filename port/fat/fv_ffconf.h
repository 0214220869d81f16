/*
 * How ooFatFs is configured: no heap, one sector buffer, long names in UTF-8.
 *
 * Given to ff.h by FFCONF_H. The name differs from ffconf.h on purpose: a file of that name would be shadowed by the library's
 * own (quoted includes). Revision and names are the library's.
 */
#ifndef FV_FFCONF_H
#define FV_FFCONF_H

#define FFCONF_DEF 86604

/* What is in: all of the basic functions; no formatting, searching, attributes, labels. */
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

/* Names: long ones, in UTF-8; their work space of 512 bytes is static. One that takes more than 255 bytes in UTF-8 is seen by its
 * short name: we never write such ones. The code page is that of short names only: one whose table of upper case changes nothing.
 * In others accents are lost there, and ooFatFs opens the one file for the other (850: the short name of e.csv is é.csv's too). */
#define FF_CODE_PAGE 720
#define FF_USE_LFN 1
#define FF_MAX_LFN 255
#define FF_LFN_UNICODE 2
#define FF_LFN_BUF 255
#define FF_SFN_BUF 12
#define FF_STRF_ENCODE 3
#define FF_FS_RPATH 0

/* The volume: one, with blocks of 512 bytes, the first FAT partition or the whole device. */
#define FF_VOLUMES 1
#define FF_STR_VOLUME_ID 0
#define FF_MULTI_PARTITION 0
#define FF_MIN_SS 512
#define FF_MAX_SS 512
#define FF_FS_NOFSINFO 0
#define FF_FS_EXFAT 0

/* One buffer for files, FAT and directories. */
#define FF_FS_TINY 1

/* Times come from get_fattime() in port/fat/disk.c; one thread. */
#define FF_FS_NORTC 0
#define FF_FS_LOCK 0
#define FF_FS_REENTRANT 0

#endif
