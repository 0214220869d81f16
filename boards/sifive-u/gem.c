/* SPDX-License-Identifier: MIT */
/*
 * Cadence GEM (Zynq-7000 Technical Reference Manual UG585, chapter 16): rings of descriptors in
 * memory, which the controller reads and writes.
 *
 * No interrupt: the timer ends the core's sleep, and the ring holds what arrives in a millisecond.
 * The PHY negotiates speed and duplex mode by itself.
 */
#include "fu540.h"
#include "src/fw/board.h"

#include <lwip/etharp.h>
#include <string.h>

#define FRAME 1536u /* bytes of a buffer, a multiple of 64 */
enum { RECEIVE = 8, SEND = 4 };

/* Control. */
#define RX_ON (1u << 2)
#define TX_ON (1u << 3)
#define TX_START (1u << 9)
/* Configuration. */
#define SPEED_100 (1u << 0)
#define FULL_DUPLEX (1u << 1)
#define NO_CHECK_SEQUENCE (1u << 17) /* the check sequence is not stored */
/* Descriptors: words of address and of state. */
#define RX_OURS (1u << 0) /* of the address word: the driver may read the buffer */
#define RX_WRAP (1u << 1)
#define RX_WHOLE (3u << 14) /* first and last part of a frame */
#define TX_OURS (1u << 31)
#define TX_WRAP (1u << 30)
#define TX_END (1u << 15)
#define LENGTH 0x1FFFu
#define NO_BUFFER (1u << 0) /* RX_STATUS: a frame arrived and the controller had no buffer */

struct descriptor {
    volatile uint32_t address, state;
};

static _Alignas(8) struct descriptor rx[RECEIVE], tx[SEND];
static _Alignas(64) uint8_t rx_frames[RECEIVE][FRAME], tx_frames[SEND][FRAME];
static unsigned rx_next, tx_next;

/* Writes to memory before this call are visible before those after it. */
static void order(void)
{
    __asm volatile("fence iorw, iorw" ::: "memory");
}

/* Pass a frame to lwIP; it is dropped if lwIP has no memory. */
static void take(struct netif *netif, const uint8_t *from, size_t length)
{
    struct pbuf *frame = pbuf_alloc(PBUF_RAW, (u16_t)length, PBUF_POOL);
    if (frame == NULL) {
        return;
    }
    if (pbuf_take(frame, from, (u16_t)length) != ERR_OK || netif->input(frame, netif) != ERR_OK) {
        (void)pbuf_free(frame);
    }
}

static bool poll(struct netif *netif)
{
    struct descriptor *d = &rx[rx_next];
    if ((d->address & RX_OURS) == 0) {
        if ((GEM_RX_STATUS & NO_BUFFER) != 0) {
            GEM_RX_STATUS = NO_BUFFER;
            GEM_CTRL = RX_ON | TX_ON; /* makes the controller read the ring again */
        }
        return false;
    }
    order();
    uint32_t state = d->state;
    size_t length = state & LENGTH;
    if ((state & RX_WHOLE) == RX_WHOLE && length > 0 && length <= FRAME) {
        take(netif, rx_frames[rx_next], length);
    }
    order();
    d->address &= ~RX_OURS;
    rx_next = (rx_next + 1) % RECEIVE;
    return true;
}

/* If the ring is full, the frame is lost, as on the wire. */
static err_t output(struct netif *netif, struct pbuf *frame)
{
    struct descriptor *d = &tx[tx_next];
    (void)netif;
    if (frame->tot_len > FRAME) {
        return ERR_ARG;
    }
    if ((d->state & TX_OURS) == 0) {
        return ERR_MEM;
    }
    (void)pbuf_copy_partial(frame, tx_frames[tx_next], frame->tot_len, 0);
    order();
    d->state = frame->tot_len | TX_END | (tx_next == SEND - 1 ? TX_WRAP : 0);
    order();
    GEM_CTRL = RX_ON | TX_ON | TX_START;
    tx_next = (tx_next + 1) % SEND;
    return ERR_OK;
}

static void rings(void)
{
    for (unsigned i = 0; i < RECEIVE; i++) {
        rx[i].address = (uint32_t)(uintptr_t)rx_frames[i] | (i == RECEIVE - 1 ? RX_WRAP : 0);
        rx[i].state = 0;
    }
    for (unsigned i = 0; i < SEND; i++) {
        tx[i].address = (uint32_t)(uintptr_t)tx_frames[i];
        tx[i].state = TX_OURS | (i == SEND - 1 ? TX_WRAP : 0);
    }
    rx_next = tx_next = 0;
    order();
    GEM_RX_QUEUE = (uint32_t)(uintptr_t)rx;
    GEM_TX_QUEUE = (uint32_t)(uintptr_t)tx;
}

static err_t init(struct netif *netif)
{
    static const uint8_t mac[6] = {0x02, 0x00, 0x00, 0x46, 0x56, 0x03}; /* locally administered */
    memcpy(netif->hwaddr, mac, sizeof mac);
    netif->hwaddr_len = sizeof mac;
    netif->mtu = 1500;
    netif->name[0] = 'e';
    netif->name[1] = 'n';
    netif->flags = NETIF_FLAG_BROADCAST | NETIF_FLAG_ETHARP | NETIF_FLAG_ETHERNET;
    netif->output = etharp_output;
    netif->linkoutput = output;
    GEM_CTRL = 0;
    GEM_IRQ_OFF = UINT32_MAX;
    GEM_RX_STATUS = 0xF; /* writing ones clears them */
    GEM_TX_STATUS = 0xFF;
    GEM_CFG = SPEED_100 | FULL_DUPLEX | NO_CHECK_SEQUENCE;
    /* all of the controller's memory; bursts of 16 */
    GEM_DMA = FRAME / 64 << 16 | 1u << 10 | 3u << 8 | 16;
    GEM_MAC_LOW =
        (uint32_t)mac[0] | (uint32_t)mac[1] << 8 | (uint32_t)mac[2] << 16 | (uint32_t)mac[3] << 24;
    GEM_MAC_HIGH = (uint32_t)mac[4] | (uint32_t)mac[5] << 8;
    rings();
    GEM_CTRL = RX_ON | TX_ON;
    return ERR_OK;
}

const struct fv_lwip_link fv_board_link = {.init = init, .poll = poll, .idle = fv_bare_idle};
