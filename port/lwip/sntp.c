/*
 * The time from an SNTP server (RFC 5905 14), by lwIP's application: it sends again every two seconds, takes an answer only from the
 * address that was asked, and only one that repeats what was sent.
 */
#include "port/lwip/inside.h"

#include <lwip/apps/sntp.h>
#include <string.h>

static uint16_t port_asked;
static int64_t answer_us; /* INT64_MIN: none yet */

uint16_t fv_lwip_sntp_port(void)
{
    return port_asked;
}

void fv_lwip_sntp_answer(uint32_t sec, uint32_t us)
{
    answer_us = (int64_t)sec * 1000000 + us;
}

static bool answered(const void *arg)
{
    (void)arg;
    return answer_us != INT64_MIN;
}

enum fv_err fv_lwip_time(struct fv_lwip *l, const char *server, uint16_t port, int64_t deadline_us,
                         int64_t *wall_us)
{
    port_asked = port != 0 ? port : 123;
    answer_us = INT64_MIN;
    sntp_setoperatingmode(SNTP_OPMODE_POLL);
    sntp_setservername(0, server);
    sntp_init();
    enum fv_err err = fv_lwip_until(l, answered, NULL, deadline_us);
    sntp_stop();
    if (err == FV_OK) {
        *wall_us = answer_us;
    }
    return err;
}
