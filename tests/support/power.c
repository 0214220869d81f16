/* SPDX-License-Identifier: MIT */
#include "support/power.h"

#include "fluxvision.h"
#include "port/sim/sim.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))
#define PIECE 8192
#define PAUSE_US 2000000 /* between two pieces: a checkpoint is due after three */
#define LARGEST 100000

/* --- The portal --- */

struct file {
    const char *dir;
    const char *name;
    size_t size; /* of version 1 */
};

static const struct file files[] = {
    {"O/S/D", "empty", 0},
    {"O/S/D", "a name that takes several entries of a directory.csv", 700},
    {"O/S/D", "Étude B6 – équipement.zip", 9000},
    {"O/S/E", "large", LARGEST - 2000},
    {"O/S/E", "another name that takes several entries, 1", 1},
    {"O/S/E", "another name that takes several entries, 2", 512},
    {"O/S/E", "another name that takes several entries, 3", 513},
    {"O/S/E", "another name that takes several entries, 4", 4097},
};
#define LARGE 3u  /* breaks */
#define PRUNED 5u /* is not listed any more */

struct portal {
    struct fv_sim sim;
    struct fv_sim_peer peer;
    struct fv_port port;
    struct fv_settings settings;
    unsigned version; /* of all files */
    bool prunes;
    bool breaks;
    char request[4096];
    size_t length;
    struct fv_summary summary;
    void *memory;
};

/* Files 1 and 2 keep their size. */
static size_t size_of(size_t i, unsigned version)
{
    return i < 3 ? files[i].size : files[i].size + (version - 1) * 700 % 1900;
}

static uint8_t byte_of(size_t i, unsigned version, size_t offset)
{
    return (uint8_t)((offset * 31 + offset / 253) ^ (i * 17 + version * 91));
}

static void fill(size_t i, unsigned version, uint8_t *bytes)
{
    for (size_t k = 0; k < size_of(i, version); k++) {
        bytes[k] = byte_of(i, version, k);
    }
}

static void answer_listing(struct portal *p, struct fv_sim_conn *c)
{
    char body[8192];
    char head[128];
    size_t n = 0;
    for (size_t i = 0; i < COUNT(files); i++) {
        if (p->prunes && i == PRUNED) {
            continue;
        }
        n += (size_t)snprintf(body + n, sizeof body - n,
                              "%s{\"orga_code_ref\":\"O\",\"study_code_ref\":\"S\","
                              "\"delivery_code_ref\":\"%s\",\"file_name\":\"%s\","
                              "\"file_last_modified_date\":\"2021-04-02T15:44:%02u.000000Z\","
                              "\"url\":\"http://portal.test/f/%zu\"}",
                              n == 0 ? "[" : ",", files[i].dir + 4, files[i].name, p->version * 10,
                              i);
    }
    body[n++] = ']';
    snprintf(head, sizeof head,
             "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %zu\r\n\r\n", n);
    fv_sim_send_text(c, head);
    fv_sim_send(c, body, n);
}

static void answer_file(struct portal *p, struct fv_sim_conn *c, size_t i)
{
    static uint8_t bytes[LARGEST];
    char head[256];
    char tag[64];
    size_t size = size_of(i, p->version);
    size_t from = 0;
    size_t end = p->breaks && i == LARGE ? size * 2 / 3 : size;
    snprintf(tag, sizeof tag, "If-Range: \"%zu-%u\"\r\n", i, p->version);
    const char *range = strstr(p->request, "Range: bytes=");
    if (range != NULL && strstr(p->request, tag) != NULL) {
        from = (size_t)atol(range + 13);
    }
    fill(i, p->version, bytes);
    int n =
        snprintf(head, sizeof head, "HTTP/1.1 %s\r\nContent-Length: %zu\r\nETag: \"%zu-%u\"\r\n",
                 from > 0 ? "206 Partial Content" : "200 OK", size - from, i, p->version);
    snprintf(head + n, sizeof head - (size_t)n,
             from > 0 ? "Content-Range: bytes %zu-%zu/%zu\r\n\r\n" : "\r\n", from, size - 1, size);
    fv_sim_send_text(c, head);
    for (size_t at = from; at < end; at += PIECE) {
        fv_sim_send(c, bytes + at, end - at < PIECE ? end - at : PIECE);
        fv_sim_pause(c, PAUSE_US);
    }
    if (end < size) {
        fv_sim_reset(c);
    }
}

static void received(void *arg, struct fv_sim_conn *c, const uint8_t *bytes, size_t n)
{
    struct portal *p = arg;
    for (size_t i = 0; i < n; i++) {
        p->request[p->length++] = (char)bytes[i];
        p->request[p->length] = '\0';
        assert_true(p->length + 1 < sizeof p->request);
        if (p->length < 4 || strcmp(p->request + p->length - 4, "\r\n\r\n") != 0) {
            continue;
        }
        if (strncmp(p->request, "GET /f/", 7) == 0) {
            answer_file(p, c, (size_t)atol(p->request + 7));
        } else {
            answer_listing(p, c);
        }
        p->length = 0;
    }
}

static void accepted(void *arg, struct fv_sim_conn *c)
{
    (void)c;
    ((struct portal *)arg)->length = 0;
}

static void portal_init(struct portal *p)
{
    struct fv_port_addr addr = fv_sim_addr4(10, 0, 0, 1, 443);
    memset(p, 0, sizeof *p);
    fv_sim_init(&p->sim, FV_SIM_POSIX, 1);
    p->peer = (struct fv_sim_peer){.arg = p, .accepted = accepted, .received = received};
    fv_sim_host(&p->sim, "portal.test", addr);
    fv_sim_listen(&p->sim, addr, &p->peer);
    p->sim.wall_us = INT64_C(1700000000000000);
    p->port = p->sim.port;
    fv_settings_init(&p->settings);
    p->settings.endpoint = FV_SLICE("https://portal.test");
    p->settings.user = FV_SLICE("user");
    p->settings.password = FV_SLICE("password");
    p->settings.retries = 0;
    p->version = 1;
    p->memory = malloc(fv_client_size(1));
}

static void portal_free(struct portal *p)
{
    free(p->memory);
    fv_sim_free(&p->sim);
}

/* One run on the card, mounted for it. */
static enum fv_err run(struct portal *p, const struct power_card *card)
{
    static const struct fv_events events;
    struct fv_client *client = NULL;
    p->port.storage = card->mount(card->ctx, p->port.clock);
    p->settings.prune = p->prunes;
    assert_int_equal(fv_client_open(p->memory, fv_client_size(1), &p->port, &p->settings, &events,
                                    &client),
                     FV_OK);
    enum fv_err err = fv_sync(client, FV_SLICE("O"));
    p->summary = *fv_client_summary(client);
    fv_client_close(client);
    card->unmount(card->ctx);
    return err;
}

/* --- What has to be true --- */

static void path_of(size_t i, char *path, size_t n)
{
    snprintf(path, n, "%s/%s", files[i].dir, files[i].name);
}

/* The version that a final name holds; 0: nothing is there. */
static unsigned version_of(const struct fv_port_storage *s, size_t i, unsigned newest)
{
    static uint8_t have[LARGEST + 1], want[LARGEST];
    char path[256];
    struct fv_port_stat st;
    size_t got = 0;
    int file;
    path_of(i, path, sizeof path);
    assert_int_equal(s->stat(s->ctx, path, &st), FV_OK);
    if (st.kind == FV_PORT_NONE) {
        return 0;
    }
    assert_int_equal(s->open(s->ctx, path, FV_PORT_OPEN_READ, &file), FV_OK);
    assert_int_equal(s->read(s->ctx, file, 0, have, sizeof have, &got), FV_OK);
    assert_int_equal(s->close(s->ctx, file), FV_OK);
    for (unsigned version = newest; version > 0; version--) {
        fill(i, version, want);
        if (got == size_of(i, version) && memcmp(have, want, got) == 0) {
            return version;
        }
    }
    fail_msg("%s is no version of its file: %zu bytes", path, got);
    return 0;
}

static enum fv_err visit_own(void *arg, const char *name)
{
    static const char *const known[] = {"lock", "ledger", "ledger.index"};
    (void)arg;
    for (size_t i = 0; i < COUNT(known); i++) {
        if (strcmp(name, known[i]) == 0) {
            return FV_OK;
        }
    }
    fprintf(stderr, "left over: %s\n", name);
    return FV_E_EXISTS;
}

static void check_after_cut(const struct portal *p, const struct power_card *card)
{
    card->check(card->ctx, false, NULL, NULL, 0);
    const struct fv_port_storage *s = card->mount(card->ctx, p->port.clock);
    for (size_t i = 0; i < COUNT(files); i++) {
        (void)version_of(s, i, p->version);
    }
    card->unmount(card->ctx);
}

static void check_done(const struct portal *p, const struct power_card *card)
{
    static uint8_t want[LARGEST];
    char path[256];
    const struct fv_port_storage *s = card->mount(card->ctx, p->port.clock);
    for (size_t i = 0; i < COUNT(files); i++) {
        unsigned version = p->prunes && i == PRUNED ? 0 : p->version;
        assert_int_equal(version_of(s, i, p->version), version);
    }
    assert_int_equal(s->list_dir(s->ctx, ".fluxvision", visit_own, NULL), FV_OK);
    card->unmount(card->ctx);
    path_of(2, path, sizeof path);
    fill(2, p->version, want);
    card->check(card->ctx, true, path, want, size_of(2, p->version));
}

/* The next run completes, and then there is nothing left to do. */
static void run_to_end(struct portal *p, const struct power_card *card)
{
    size_t listed = COUNT(files) - (p->prunes ? 1 : 0);
    assert_int_equal(run(p, card), FV_OK);
    assert_int_equal(p->summary.failed, 0);
    check_done(p, card);
    assert_int_equal(run(p, card), FV_OK);
    assert_int_equal(p->summary.unchanged, listed);
    assert_int_equal(p->summary.downloaded + p->summary.resumed + p->summary.removed, 0);
}

/* --- The scenes --- */

static void prepare(struct portal *p, const struct power_card *card, enum power_scene scene)
{
    card->clear(card->ctx);
    if (scene == POWER_RESUME) {
        p->breaks = true;
        assert_int_not_equal(run(p, card), FV_OK);
        p->breaks = false;
    }
    if (scene == POWER_REPLACE) {
        assert_int_equal(run(p, card), FV_OK);
        p->version = 2;
        assert_int_equal(run(p, card), FV_OK);
        p->version = 3;
        p->prunes = true;
    }
    card->keep(card->ctx);
}

void power_test(const struct power_card *card, enum power_scene scene, unsigned cuts)
{
    static struct portal p;
    portal_init(&p);
    prepare(&p, card, scene);
    card->back(card->ctx);
    assert_int_equal(run(&p, card), FV_OK);
    assert_int_equal(p.summary.resumed, scene == POWER_RESUME ? 1 : 0);
    assert_int_equal(p.summary.removed, scene == POWER_REPLACE ? 1 : 0);
    uint64_t writes = card->writes(card->ctx);
    assert_true(writes > cuts);
    check_done(&p, card);
    unsigned failed = 0;
    for (unsigned i = 0; i < cuts; i++) {
        p.settings.once = i % 2 == 1; /* what the cut took was never moved away: it is fetched */
        card->back(card->ctx);
        card->cut_at(card->ctx, 1 + i * writes / cuts);
        failed +=
            run(&p, card) != FV_OK ? 1 : 0; /* at the very end nothing that counts is written */
        assert_true(card->writes(card->ctx) == 1 + i * writes / cuts);
        card->power(card->ctx, i);
        check_after_cut(&p, card);
        run_to_end(&p, card);
    }
    assert_true(failed >= cuts / 2);
    print_message("%llu writes, cut at %u, run failed at %u\n", (unsigned long long)writes, cuts,
                  failed);
    portal_free(&p);
}
