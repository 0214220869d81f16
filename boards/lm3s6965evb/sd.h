/* Blocks of 512 bytes on an SD card. */
#ifndef FV_LM3S_SD_H
#define FV_LM3S_SD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* How many there are; 0: there is no card, or it does not start. */
uint32_t sd_blocks(void);
/* Read or write count blocks from number block on; false if that failed three times. What was written is durable. */
bool sd_read(uint32_t block, void *p, uint32_t count);
bool sd_write(uint32_t block, const void *p, uint32_t count);

#endif
