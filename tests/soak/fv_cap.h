/* SPDX-License-Identifier: MIT */
/*
 * Capacities of the simulator's program. Buffers are small, so that small files come in pieces;
 * batches are small, so that runs have several; and there is less room to set to zero for each
 * client.
 */
#ifndef FV_SOAK_CAP_H
#define FV_SOAK_CAP_H

#define FV_CAP_RECV 2048
#define FV_CAP_AHEAD 2048
#define FV_CAP_JOBS 4
#define FV_CAP_BLOCK 1024
#define FV_CAP_URL 1024
#define FV_CAP_LINE 2048
#define FV_CAP_BATCH 4
#define FV_CAP_BATCH_BYTES 40000
#define FV_CAP_GATHER 5000

#endif
