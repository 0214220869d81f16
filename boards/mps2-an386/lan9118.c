/* SPDX-License-Identifier: MIT */
/*
 * SMSC LAN9118 (data sheet DS00002266): FIFOs of 32-bit words for data and for status, and a window
 * through which the MAC's registers are accessed.
 *
 * No interrupt: the tick of the clock ends the core's sleep, and the FIFO of 10 KiB holds what
 * arrives in a millisecond.
 */
#include "src/fw/board.h"

#include <lwip/etharp.h>
#include <string.h>

#define REG(offset) (*(volatile uint32_t *)(0x40200000u + (offset)))
#define RX_DATA REG(0x00)
#define TX_DATA REG(0x20)
#define RX_STATUS REG(0x40)
#define TX_STATUS REG(0x48)
#define RX_CFG REG(0x6C)
#define TX_CFG REG(0x70)
#define HW_CFG REG(0x74)
#define RX_DP_CTRL REG(0x78)
#define RX_FIFO_INF REG(0x7C)
#define TX_FIFO_INF REG(0x80)
#define MAC_CSR_CMD REG(0xA4)
#define MAC_CSR_DATA REG(0xA8)

#define BUSY 0x80000000u
enum { MAC_CR = 1, MAC_ADDRH = 2, MAC_ADDRL = 3 };

static void mac_write(uint32_t number, uint32_t value)
{
    while ((MAC_CSR_CMD & BUSY) != 0) {
    }
    MAC_CSR_DATA = value;
    MAC_CSR_CMD = BUSY | number;
    while ((MAC_CSR_CMD & BUSY) != 0) {
    }
}

/* Copy a frame of length bytes, without its check sequence, out of the FIFO. p NULL: read it and
 * drop it. */
static void receive(struct pbuf *p, size_t length)
{
    size_t at = 0;
    for (size_t done = 0; done < length + 4; done += 4) {
        uint32_t word = RX_DATA;
        for (size_t i = 0; i < 4 && done + i < length && p != NULL; i++) {
            ((uint8_t *)p->payload)[at++] = (uint8_t)(word >> 8 * i);
            if (at == p->len) {
                p = p->next;
                at = 0;
            }
        }
    }
}

static bool poll(struct netif *netif)
{
    if ((RX_FIFO_INF >> 16 & 0xFF) == 0) {
        return false;
    }
    uint32_t status = RX_STATUS;
    size_t length = status >> 16 & 0x3FFF;
    length = length > 4 ? length - 4 : 0;
    bool good = length > 0 && (status & 1u << 15) == 0;
    struct pbuf *frame = good ? pbuf_alloc(PBUF_RAW, (u16_t)length, PBUF_POOL) : NULL;
    receive(frame, length);
    if (frame != NULL && netif->input(frame, netif) != ERR_OK) {
        (void)pbuf_free(frame);
    }
    return true;
}

static err_t output(struct netif *netif, struct pbuf *frame)
{
    uint32_t word = 0;
    unsigned shift = 0;
    (void)netif;
    while ((TX_FIFO_INF >> 16 & 0xFF) != 0) {
        (void)TX_STATUS;
    }
    if ((TX_FIFO_INF & 0xFFFF) < frame->tot_len + 16u) {
        return ERR_MEM;
    }
    TX_DATA = 3u << 12 | frame->tot_len; /* first and last segment */
    TX_DATA = frame->tot_len;
    for (const struct pbuf *p = frame; p != NULL; p = p->next) {
        for (size_t i = 0; i < p->len; i++) {
            word |= (uint32_t)((const uint8_t *)p->payload)[i] << shift;
            shift += 8;
            if (shift == 32) {
                TX_DATA = word;
                word = shift = 0;
            }
        }
    }
    if (shift > 0) {
        TX_DATA = word;
    }
    return ERR_OK;
}

static err_t init(struct netif *netif)
{
    static const uint8_t mac[6] = {0x02, 0x00, 0x00, 0x46, 0x56, 0x02}; /* locally administered */
    memcpy(netif->hwaddr, mac, sizeof mac);
    netif->hwaddr_len = sizeof mac;
    netif->mtu = 1500;
    netif->name[0] = 'e';
    netif->name[1] = 'n';
    netif->flags = NETIF_FLAG_BROADCAST | NETIF_FLAG_ETHARP | NETIF_FLAG_ETHERNET;
    netif->output = etharp_output;
    netif->linkoutput = output;
    HW_CFG = 1; /* reset */
    for (unsigned i = 0; i < 100000 && (HW_CFG & 1u) != 0; i++) {
    }
    HW_CFG = 1u << 20 | 5u << 16; /* store and forward, 5 KiB of FIFO to send */
    RX_CFG = 0;
    mac_write(MAC_ADDRH, (uint32_t)mac[4] | (uint32_t)mac[5] << 8);
    mac_write(MAC_ADDRL, (uint32_t)mac[0] | (uint32_t)mac[1] << 8 | (uint32_t)mac[2] << 16 |
                             (uint32_t)mac[3] << 24);
    mac_write(MAC_CR, 1u << 20 | 1u << 3 | 1u << 2); /* full duplex, transmit, receive */
    TX_CFG = 2;                                      /* enable the transmitter */
    return ERR_OK;
}

static void idle(void)
{
    __asm volatile("wfi");
}

const struct fv_lwip_link fv_board_link = {.init = init, .poll = poll, .idle = idle};
