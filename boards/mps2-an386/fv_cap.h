/* SPDX-License-Identifier: MIT */
/*
 * Capacities of this board. src/base/cap.h tells the meaning, the unit and the default of each
 * FV_CAP_ value.
 */
#ifndef FV_BOARD_CAP_H
#define FV_BOARD_CAP_H

#define FV_CAP_HOST 127
#define FV_CAP_DETAIL 127
#define FV_CAP_URL 1024
#define FV_CAP_LINE 1040
#define FV_CAP_HEAD 65536
#define FV_CAP_VALIDATOR 64
#define FV_CAP_OBJECT 4096
#define FV_CAP_COMPONENT 255
#define FV_CAP_SECRET 64
#define FV_CAP_RECV 2048
#define FV_CAP_BLOCK 1024
#define FV_CAP_NAMES 1024
#define FV_CAP_BATCH 16
#define FV_CAP_READ 1024
#define FV_CAP_ADDRESSES 4
#define FV_CAP_PROXY 0
#define FV_CAP_MEASURE 0
#define FV_CAP_PIPELINE 4
#define FV_CAP_PINS 2
#define FV_CAP_GLOBS 16
#define FV_CAP_ROOT 4096

/* The file system: port/fat/fat.h. */
#define FV_FAT_FILES 7

/* lwIP: port/lwip/lwipopts.h, and lwip/opt.h of lwIP for the others. */
#define MEMP_NUM_TCP_PCB 6

#endif
