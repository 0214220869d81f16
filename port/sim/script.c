/* SPDX-License-Identifier: MIT */
#include "port/sim/sim.h"

#include <string.h>

static void script_accepted(void *arg, struct fv_sim_conn *c)
{
    struct fv_sim_script *script = arg;

    (void)c;
    script->length = 0;
}

static void respond(struct fv_sim_script *script, struct fv_sim_conn *c)
{
    const struct fv_sim_step *step = &script->steps[script->next];
    size_t n;

    if (script->next == script->count ||
        (step->expect && strncmp(script->request, step->expect, strlen(step->expect)) != 0)) {
        script->failures++;
        fv_sim_reset(c);
        return;
    }
    script->next++;
    n = step->response_size ? step->response_size : strlen(step->response);
    fv_sim_send(c, step->response, n);
    if (step->then == FV_SIM_END)
        fv_sim_end(c);
    else if (step->then == FV_SIM_RESET)
        fv_sim_reset(c);
}

static void script_received(void *arg, struct fv_sim_conn *c, const uint8_t *p, size_t n)
{
    struct fv_sim_script *script = arg;

    for (size_t i = 0; i < n; i++) {
        if (script->length + 1 == sizeof script->request) {
            script->failures++;
            fv_sim_reset(c);
            return;
        }
        script->request[script->length++] = (char)p[i];
        script->request[script->length] = '\0';
        if (script->length >= 4 &&
            memcmp(script->request + script->length - 4, "\r\n\r\n", 4) == 0) {
            respond(script, c);
            script->length = 0;
        }
    }
}

void fv_sim_script_init(struct fv_sim_script *script, const struct fv_sim_step *steps, size_t count)
{
    memset(script, 0, sizeof *script);
    script->steps = steps;
    script->count = count;
    script->peer.arg = script;
    script->peer.accepted = script_accepted;
    script->peer.received = script_received;
}
