/* SPDX-License-Identifier: MIT */
/*
 * The Ethernet controller of the LM3S6965: a FIFO of 2 KiB in each direction, read and written word
 * by word.
 *
 * A received frame begins with two bytes of length (which includes these two and the check
 * sequence) and ends with the check sequence. A frame to be sent begins with two bytes of length,
 * that of its payload only.
 */
#include "lm3s.h"
#include "src/fw/board.h"

#include <lwip/etharp.h>
#include <string.h>

#define RECEIVED 1u /* in RIS and IM */
#define HEADER 14u

/* The word of the FIFO that is being read. */
struct word {
    uint32_t value;
    unsigned left; /* bytes of the word that are not used yet */
};

static uint8_t next(struct word *w)
{
    if (w->left == 0) {
        w->value = MAC_DATA;
        w->left = 4;
    }
    uint8_t byte = (uint8_t)w->value;
    w->value >>= 8;
    w->left--;
    return byte;
}

/* Read the rest of a frame from the FIFO and drop it: n bytes after the word w. */
static void skip(struct word *w, size_t n)
{
    while (n > 0) {
        (void)next(w);
        n--;
    }
}

static bool poll(struct netif *netif)
{
    if ((MAC_NP & 0x3F) == 0) {
        MAC_RIS = RECEIVED;
        MAC_IM = RECEIVED; /* the next frame wakes the core */
        return false;
    }
    struct word w = {MAC_DATA, 4};
    size_t length = next(&w);
    length |= (size_t)next(&w) << 8;
    length = length > 6 ? length - 6 : 0;
    struct pbuf *frame = length > 0 ? pbuf_alloc(PBUF_RAW, (u16_t)length, PBUF_POOL) : NULL;
    if (frame == NULL) {
        skip(&w, length + 4);
        return true;
    }
    for (struct pbuf *p = frame; p != NULL; p = p->next) {
        uint8_t *to = p->payload;
        for (size_t i = 0; i < p->len; i++) {
            to[i] = next(&w);
        }
    }
    skip(&w, 4);
    if (netif->input(frame, netif) != ERR_OK) {
        (void)pbuf_free(frame);
    }
    return true;
}

static err_t output(struct netif *netif, struct pbuf *frame)
{
    (void)netif;
    if (frame->tot_len < HEADER) {
        return ERR_ARG;
    }
    uint32_t word = frame->tot_len - HEADER;
    unsigned shift = 16;
    while (MAC_TR != 0) {
    }
    for (const struct pbuf *p = frame; p != NULL; p = p->next) {
        const uint8_t *from = p->payload;
        for (size_t i = 0; i < p->len; i++) {
            word |= (uint32_t)from[i] << shift;
            shift += 8;
            if (shift == 32) {
                MAC_DATA = word;
                word = shift = 0;
            }
        }
    }
    if (shift > 0) {
        MAC_DATA = word;
    }
    MAC_TR = 1;
    return ERR_OK;
}

static err_t init(struct netif *netif)
{
    static const uint8_t mac[6] = {0x02, 0x00, 0x00, 0x46, 0x56, 0x01}; /* locally administered */
    memcpy(netif->hwaddr, mac, sizeof mac);
    netif->hwaddr_len = sizeof mac;
    netif->mtu = 1500;
    netif->name[0] = 'e';
    netif->name[1] = 'n';
    netif->flags = NETIF_FLAG_BROADCAST | NETIF_FLAG_ETHARP | NETIF_FLAG_ETHERNET;
    netif->output = etharp_output;
    netif->linkoutput = output;
    MAC_IA0 =
        (uint32_t)mac[0] | (uint32_t)mac[1] << 8 | (uint32_t)mac[2] << 16 | (uint32_t)mac[3] << 24;
    MAC_IA1 = (uint32_t)mac[4] | (uint32_t)mac[5] << 8;
    MAC_RCTL = 0x10; /* empty the FIFO */
    MAC_RCTL = 0x09; /* receive; drop frames with a wrong check sequence */
    MAC_TCTL = 0x17; /* send: pad, append the check sequence, full duplex */
    NVIC_ENABLE(IRQ_ETHERNET) = 1u << IRQ_ETHERNET % 32;
    return ERR_OK;
}

static void idle(void)
{
    __asm volatile("wfi");
}

const struct fv_lwip_link fv_board_link = {.init = init, .poll = poll, .idle = idle};
