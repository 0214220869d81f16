/* SPDX-License-Identifier: MIT */
/*
 * Capacities of this board. src/base/cap.h tells the meaning, the unit and the default of each
 * FV_CAP_ value.
 */
#ifndef FV_BOARD_CAP_H
#define FV_BOARD_CAP_H

#define FV_CAP_HOST 95
#define FV_CAP_SUBJECT 67
#define FV_CAP_DETAIL 79
#define FV_CAP_URL 288
#define FV_CAP_LINE 304
#define FV_CAP_HEAD 65536
#define FV_CAP_VALIDATOR 64
#define FV_CAP_OBJECT 768
#define FV_CAP_COMPONENT 79
#define FV_CAP_SECRET 64
#define FV_CAP_RECV 512
#define FV_CAP_AHEAD 128
#define FV_CAP_BLOCK 128
#define FV_CAP_NAMES 0
#define FV_CAP_BATCH 8
#define FV_CAP_READ 512
#define FV_CAP_ADDRESSES 4
#define FV_CAP_PROXY 0
#define FV_CAP_MEASURE 0
#define FV_CAP_PIPELINE 1
#define FV_CAP_JOBS 1
#define FV_CAP_PINS 2
#define FV_CAP_GLOBS 8
#define FV_CAP_ROOT 2048
#define FV_CAP_SESSIONS 0
#define FV_CAP_CONFIG 576

/* The file system: port/fat/fat.h. */
#define FV_FAT_FILES 7

#endif
