/* SPDX-License-Identifier: MIT */
/*
 * Capacities of this board. src/base/cap.h tells the meaning, the unit and the default of each
 * FV_CAP_ value.
 */
#ifndef FV_BOARD_CAP_H
#define FV_BOARD_CAP_H

#define FV_CAP_HOST 95
#define FV_CAP_SUBJECT 67
#define FV_CAP_DETAIL 63
#define FV_CAP_URL 256
#define FV_CAP_LINE 272
#define FV_CAP_HEAD 65536
#define FV_CAP_VALIDATOR 48
#define FV_CAP_OBJECT 672
#define FV_CAP_COMPONENT 63
#define FV_CAP_PATH 256
#define FV_CAP_SECRET 48
#define FV_CAP_RECV 512
#define FV_CAP_AHEAD 128
#define FV_CAP_BLOCK 128
#define FV_CAP_NAMES 0
#define FV_CAP_BATCH 1
#define FV_CAP_READ 256
#define FV_CAP_COMPARE 0
#define FV_CAP_ADDRESSES 2
#define FV_CAP_PROXY 0
#define FV_CAP_MEASURE 0
#define FV_CAP_PIPELINE 1
#define FV_CAP_JOBS 1
#define FV_CAP_PINS 1
#define FV_CAP_GLOBS 1
#define FV_CAP_ROOT 1536
#define FV_CAP_SESSIONS 0
#define FV_CAP_CONFIG 512

/* The file system: port/fat/fat.h. */
#define FV_FAT_FILES 7

/* lwIP: port/lwip/lwipopts.h, and lwip/opt.h of lwIP for the others. */
#define PBUF_POOL_SIZE 9
#define MEM_SIZE 1664
#define TCP_WND 1460
#define LWIP_NOASSERT 1
#define LWIP_ICMP 0
#define IP_OPTIONS_ALLOWED 0
#define TCP_CALCULATE_EFF_SEND_MSS 0
#define LWIP_CHKSUM_ALGORITHM 1
#define MEMP_NUM_TCP_PCB 2
#define MEMP_NUM_TCP_SEG 6

#endif
