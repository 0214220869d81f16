/* SPDX-License-Identifier: MIT */
/*
 * Each operation fails once: operation 1, 2, 3 ... of a run, with each error that it can return,
 * until a run sees no failure. After each of these runs storage is right, and a further run
 * completes the rest and fetches nothing again that was complete.
 */
#include "fault/plain_tls.h"
#include "fault/scenes.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static struct world ready, w;

static void complain(const struct scene *scene, uint64_t at, enum fv_err err, const char *wrong)
{
    print_error("%s, operation %u fails with %d: %s (run: %d %s)\n", scene->name, (unsigned)at,
                (int)err, wrong, (int)w.err, w.fault.subject);
    fail();
}

/* A run without faults: all is done, once. */
static void check_end(const struct scene *scene, uint64_t at, enum fv_err err)
{
    unsigned gets[WORLD_FILES], done[WORLD_FILES];
    for (size_t i = 0; i < w.count; i++) {
        gets[i] = w.files[i].gets;
        done[i] = w.files[i].done;
    }
    world_sync(&w);
    const char *wrong = world_wrong(&w, true);
    if (w.err != FV_OK || wrong) {
        complain(scene, at, err, wrong ? wrong : "the next run fails");
    }
    for (size_t i = 0; i < w.count; i++) {
        const struct world_file *f = &w.files[i];
        if (done[i] && f->gets > gets[i]) {
            complain(scene, at, err, "fetched again");
        }
        if (scene_wants_hook(&w, i) && f->hooks == 0) {
            complain(scene, at, err, "no hook");
        }
        gets[i] = f->gets;
    }
    if (at % 4 != 0) { /* what a run that ended with 0 has told of is durable */
        fv_sim_power_cut(&w.sim);
        for (size_t i = 0; i < w.count; i++) {
            if ((w.files[i].done || w.files[i].unchanged) && !world_has(&w, i, 0)) {
                complain(scene, at, err, "it was there, and the power took it");
            }
        }
        return;
    }
    world_sync(&w);
    for (size_t i = 0; i < w.count; i++) {
        if (w.files[i].gets > gets[i]) {
            complain(scene, at, err, "not unchanged in the third run");
        }
    }
}

/* Fail one operation after the other. Returns how many. */
static unsigned fail_each(const struct scene *scene, enum fv_sim_medium medium, enum fv_err storage,
                          enum fv_err net)
{
    unsigned fired = 0;
    uint64_t at = 0;
    world_init(&ready, medium, 1);
    scene->prepare(&ready);
    for (;;) {
        at++;
        world_copy(&w, &ready, at);
        w.sim.fault = (struct fv_sim_fault){.at = w.sim.ops + at, .storage = storage, .net = net};
        uint64_t before = w.sim.ops;
        if (scene->verify) {
            world_verify(&w);
        } else {
            world_sync(&w);
        }
        bool past = w.sim.ops < before + at;
        bool hit = w.sim.fired > 0;
        const char *wrong = world_wrong(&w, past && !scene->verify);
        if (wrong || (past && w.err != FV_OK)) {
            complain(scene, at, storage ? storage : net, wrong ? wrong : "a run without a failure");
        }
        if (hit && net != FV_OK && w.err != FV_OK) {
            complain(scene, at, net, "a network failure was not survived");
        }
        memset(&w.sim.fault, 0, sizeof w.sim.fault);
        if (hit) {
            check_end(scene, at, storage ? storage : net);
        }
        world_free(&w);
        if (past) {
            break;
        }
        fired += hit;
    }
    world_free(&ready);
    return fired;
}

static void test_each_operation_fails_once(void **state)
{
    static const struct {
        enum fv_err storage, net;
    } errors[] = {
        {FV_E_STORAGE, FV_OK}, {FV_E_FULL, FV_OK},    {FV_E_READONLY, FV_OK}, {FV_E_DENIED, FV_OK},
        {FV_OK, FV_E_RESET},   {FV_OK, FV_E_TIMEOUT}, {FV_OK, FV_E_NETWORK},
    };
    unsigned failures = 0;
    (void)state;
    for (size_t s = 0; s < COUNT(scenes); s++) {
        for (size_t e = 0; e < COUNT(errors); e++) {
            /* All errors for the scene that has everything, two for the others. */
            if (scenes[s].prepare == scene_all || e % 4 == 0) {
                failures += fail_each(&scenes[s], FV_SIM_POSIX, errors[e].storage, errors[e].net);
            }
        }
    }
    print_message("%u failures, one a run\n", failures);
    assert_true(failures > 1000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_each_operation_fails_once)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
