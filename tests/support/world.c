/* SPDX-License-Identifier: MIT */
#include "support/world.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HOST "p"
#define DATE_US INT64_C(1704067200000000) /* 2024-01-01T00:00:00Z */

static char text[65536];
static uint8_t body[WORLD_SIZE];

static void fill(size_t i, unsigned version, size_t size)
{
    uint32_t x = (uint32_t)(i * 7919 + version * 104729 + 1);

    for (size_t at = 0; at < size; at++) {
        x = x * 1664525u + 1013904223u;
        body[at] = (uint8_t)(x >> 24);
    }
}

/* --- The portal --- */

static size_t number_of(const struct world *w, const char *name)
{
    unsigned i = 0;

    return sscanf(name, "f%u", &i) == 1 && i < w->count ? i : SIZE_MAX;
}

static int put_entry(const struct world *w, size_t i, size_t at)
{
    const struct world_file *f = &w->files[i];
    char org[32], study[32], delivery[32];
    unsigned minute = f->same_date ? 1 : f->version;

    sscanf(f->dir, "%31[^/]/%31[^/]/%31s", org, study, delivery);
    return snprintf(text + at, sizeof text - at,
                    "%s{\"orga_code_ref\":\"%s\",\"study_code_ref\":\"%s\",\"delivery_code_ref\":"
                    "\"%s\",\"file_name\":\"f%zu\",\"file_last_modified_date\":"
                    "\"2024-01-01T00:%02u:%02zuZ\",\"url\":\"http://" HOST "/%s/f%zu\"}",
                    at > 1 ? "," : "", org, study, delivery, i, minute, i % 30 * 2, f->dir, i);
}

static void answer_listing(struct world *w, struct fv_sim_conn *c, const char *scope)
{
    size_t n = 1;
    char head[128];

    text[0] = '[';
    for (size_t i = 0; i < w->count; i++) {
        if (w->files[i].listed && strncmp(w->files[i].dir, scope, strlen(scope)) == 0)
            n += (size_t)put_entry(w, i, n);
    }
    text[n++] = ']';
    text[n] = '\0';
    if (w->listing)
        n = (size_t)snprintf(text, sizeof text, "%s", w->listing);
    w->listing_size = n;
    snprintf(head, sizeof head,
             "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %zu\r\n\r\n", n);
    fv_sim_send_text(c, head);
    fv_sim_send(c, text, w->cut_listing ? n / 2 : n);
    if (w->cut_listing)
        fv_sim_end(c);
}

static void answer_file(struct world *w, struct fv_sim_conn *c, size_t i)
{
    struct world_file *f = &w->files[i];
    const char *range = strstr(w->request, "Range: bytes=");
    size_t from = range ? (size_t)strtoull(range + 13, NULL, 10) : 0;
    char tag[64], head[256];

    snprintf(tag, sizeof tag, "If-Range: \"%zu-%u\"\r\n", i, f->version);
    if (!strstr(w->request, tag))
        from = 0;
    fill(i, f->version, f->size);
    if (from > 0 && from >= f->size) {
        fv_sim_send_text(c, "HTTP/1.1 416 Out\r\nContent-Length: 0\r\n\r\n");
        return;
    }
    f->gets++;
    if (w->lengthless) {
        fv_sim_send_text(c, "HTTP/1.1 200 OK\r\n\r\n");
        fv_sim_send(c, body, f->size);
        fv_sim_end(c);
        return;
    }
    int n = from == 0 ? snprintf(head, sizeof head, "HTTP/1.1 200 OK\r\n")
                      : snprintf(head, sizeof head,
                                 "HTTP/1.1 206 Part\r\nContent-Range: bytes %zu-%zu/%zu\r\n", from,
                                 f->size - 1, f->size);
    snprintf(head + n, sizeof head - (size_t)n, "ETag: \"%zu-%u\"\r\nContent-Length: %zu\r\n\r\n",
             i, f->version, f->size - from);
    fv_sim_send_text(c, head);
    if (f->cut == 0) {
        fv_sim_send(c, body + from, f->size - from);
    } else {
        fv_sim_send(c, body + from, from < f->cut ? f->cut - from : 0);
        fv_sim_reset(c);
    }
}

static void answer(struct world *w, struct fv_sim_conn *c)
{
    char path[256] = "";
    const char *name;
    size_t i;

    sscanf(w->request, "GET /%255s", path);
    if (strncmp(path, "api_file/v1/", 12) == 0) {
        path[strlen(path) - 1] = '\0';
        answer_listing(w, c, path + 12);
        return;
    }
    name = strrchr(path, '/');
    i = name ? number_of(w, name + 1) : SIZE_MAX;
    if (i == SIZE_MAX || w->files[i].gone) {
        fv_sim_send_text(c, "HTTP/1.1 404 None\r\nContent-Length: 0\r\n\r\n");
        return;
    }
    answer_file(w, c, i);
}

static void accepted(void *arg, struct fv_sim_conn *c)
{
    struct world *w = arg;

    (void)c;
    w->request_len = 0;
}

static void received(void *arg, struct fv_sim_conn *c, const uint8_t *p, size_t n)
{
    struct world *w = arg;

    for (size_t i = 0; i < n; i++) {
        if (w->request_len + 1 == sizeof w->request)
            abort();
        w->request[w->request_len++] = (char)p[i];
        w->request[w->request_len] = '\0';
        if (w->request_len >= 4 && memcmp(w->request + w->request_len - 4, "\r\n\r\n", 4) == 0) {
            answer(w, c);
            w->request_len = 0;
        }
    }
}

/* --- What the client tells --- */

static struct world_file *file_at(struct world *w, struct fv_slice path)
{
    struct fv_slice name = fv_slice_from(path, fv_slice_find_last(path, '/') + 1);
    char copy[16] = "";
    size_t i;

    memcpy(copy, name.ptr, name.len < sizeof copy - 1 ? name.len : sizeof copy - 1);
    i = number_of(w, copy);
    if (i == SIZE_MAX)
        abort();
    return &w->files[i];
}

static void told(void *ctx, const struct fv_file *file)
{
    struct world *w = ctx;
    struct world_file *f;

    if (file->path.len == 0) {
        w->unread++;
        return;
    }
    f = file_at(w, file->path);
    unsigned *const counters[] = {
        [FV_DOWNLOADED] = &f->done, [FV_RESUMED] = &f->done,    [FV_UNCHANGED] = &f->unchanged,
        [FV_SKIPPED] = &f->skipped, [FV_REMOVED] = &f->removed, [FV_FAILED] = &f->failed,
        [FV_ADOPTED] = &f->done,
    };

    if (file->planned)
        f->planned++;
    else
        ++*counters[file->status];
    if (file->fault)
        f->error = file->fault->err;
}

/* Check that the file is whole when its hook runs; end the process if it is not. */
static enum fv_err hook(void *ctx, const struct fv_file *file)
{
    struct world *w = ctx;
    struct world_file *f = file_at(w, file->path);

    if (fv_sim_dark(&w->sim))
        return FV_E_HOOK; /* nothing runs without power */
    if (!world_has(w, (size_t)(f - w->files), 0)) {
        fprintf(stderr, "hook for %s, which is not whole\n", world_path(w, (size_t)(f - w->files)));
        abort();
    }
    f->hooks += w->hook_ends == FV_OK;
    return w->hook_ends;
}

/* --- The world --- */

static void listen_there(struct world *w)
{
    struct fv_port_addr addr = fv_sim_addr4(10, 0, 0, 1, 443);

    w->peer = (struct fv_sim_peer){.piece = WORLD_PIECE,
                                   .arg = w,
                                   .accepted = accepted,
                                   .received = received};
    w->request_len = 0;
    fv_sim_host(&w->sim, HOST, addr);
    fv_sim_listen(&w->sim, addr, &w->peer);
    w->sim.wait_us = WORLD_WAIT_US;
    w->sim.port.scratch = NULL;
    w->events.ctx = w;
    w->events.file = told;
}

void world_init(struct world *w, enum fv_sim_medium medium, uint64_t seed)
{
    memset(w, 0, sizeof *w);
    fv_settings_init(&w->settings);
    w->settings.endpoint = FV_SLICE("https://" HOST);
    w->settings.retries = 2;
    w->settings.pipeline = 4;
    w->scope = "o";
    fv_sim_init(&w->sim, medium, seed);
    listen_there(w);
}

void world_free(struct world *w)
{
    fv_sim_free(&w->sim);
}

void world_copy(struct world *to, struct world *from, uint64_t seed)
{
    *to = *from;
    fv_sim_init(&to->sim, from->sim.medium, seed);
    listen_there(to);
    fv_sim_copy(&to->sim, &from->sim);
    to->sim.space = from->sim.space;
    world_forget(to);
}

size_t world_add(struct world *w, const char *dir, size_t size)
{
    size_t i = w->count++;

    if (i >= WORLD_FILES)
        abort();
    w->files[i] = (struct world_file){.dir = dir, .listed = true};
    world_renew(w, i, size);
    return i;
}

void world_renew(struct world *w, size_t i, size_t size)
{
    struct world_file *f = &w->files[i];

    if (size > WORLD_SIZE || ++f->version >= sizeof f->sizes / sizeof f->sizes[0])
        abort();
    f->sizes[f->version] = f->size = size;
}

const char *world_path(const struct world *w, size_t i)
{
    static char path[128];

    snprintf(path, sizeof path, "%s/f%zu", w->files[i].dir, i);
    return path;
}

static void run(struct world *w, bool verify)
{
    struct fv_client *c = NULL;
    size_t size = fv_client_size(w->settings.jobs);
    void *memory = malloc(size);

    if (!memory)
        abort();
    w->events.hook = w->hook ? hook : NULL;
    if (w->sim.port.scratch == NULL)
        w->sim.port.scratch = &w->sim.storage;
    w->err = fv_client_open(memory, size, &w->sim.port, &w->settings, &w->events, &c);
    if (w->err == FV_OK)
        w->err = verify ? fv_verify(c, false) : fv_sync(c, fv_slice_of(w->scope));
    if (c) {
        w->fault = *fv_client_fault(c);
        w->summary = *fv_client_summary(c);
        fv_client_close(c);
    }
    free(memory);
}

void world_sync(struct world *w)
{
    run(w, false);
}

void world_verify(struct world *w)
{
    run(w, true);
}

void world_forget(struct world *w)
{
    w->unread = 0;
    for (size_t i = 0; i < w->count; i++) {
        struct world_file *f = &w->files[i];

        f->gets = f->done = f->unchanged = f->skipped = f->removed = f->failed = f->planned = 0;
        f->hooks = 0;
        f->error = FV_OK;
    }
}

/* --- What is on storage --- */

bool world_has(struct world *w, size_t i, unsigned version)
{
    const struct world_file *f = &w->files[i];
    size_t n = 0;
    const uint8_t *p = fv_sim_get(&w->sim, world_path(w, i), &n);

    if (!p)
        return false;
    for (unsigned v = version ? version : 1; v <= (version ? version : f->version); v++) {
        if (f->sizes[v] != n)
            continue;
        fill(i, v, n);
        if (memcmp(body, p, n) == 0)
            return true;
    }
    return false;
}

struct looking {
    struct world *w;
    bool strict;
    char *wrong;
};

static char wrong_text[256];

/* A power cut between a rename on VFAT and the sync after it leaves an empty file: it was not
 * reported as complete, and is fetched again. */
static bool is_late(const struct looking *l, const char *path, size_t i)
{
    size_t n = 1;

    return l->w->sim.medium == FV_SIM_VFAT && !l->strict && l->w->files[i].done == 0 &&
           fv_sim_get(&l->w->sim, path, &n) && n == 0;
}

static void look_at(void *arg, const char *path)
{
    struct looking *l = arg;
    const char *name = strrchr(path, '/');
    size_t i = name ? number_of(l->w, name + 1) : SIZE_MAX;

    if (strncmp(path, ".fluxvision/", 12) == 0) {
        if (l->strict && strcmp(path + 12, "lock") && strcmp(path + 12, "ledger") &&
            strcmp(path + 12, "ledger.index"))
            snprintf(l->wrong = wrong_text, sizeof wrong_text, "stray %s", path);
    } else if (i == SIZE_MAX || strcmp(path, world_path(l->w, i))) {
        snprintf(l->wrong = wrong_text, sizeof wrong_text, "unknown %s", path);
    } else if (!world_has(l->w, i, 0) && !is_late(l, path, i)) {
        snprintf(l->wrong = wrong_text, sizeof wrong_text, "not whole: %s", path);
    }
}

const char *world_wrong(struct world *w, bool strict)
{
    struct looking l = {w, strict, NULL};

    fv_sim_each(&w->sim, look_at, &l);
    for (size_t i = 0; strict && !l.wrong && i < w->count; i++) {
        const struct world_file *f = &w->files[i];

        if (f->listed && !f->gone && world_has(w, i, f->version) == f->away)
            snprintf(l.wrong = wrong_text, sizeof wrong_text, "%s is %s version %u",
                     world_path(w, i), f->away ? "again" : "not", f->version);
    }
    for (size_t i = 0; strict && !l.wrong && w->settings.prune && i < w->count; i++) {
        if (!w->files[i].listed && world_has(w, i, 0))
            snprintf(l.wrong = wrong_text, sizeof wrong_text, "%s was not pruned",
                     world_path(w, i));
    }
    if (!l.wrong && fv_sim_handles(&w->sim) != 0)
        snprintf(l.wrong = wrong_text, sizeof wrong_text, "%u handles are open",
                 fv_sim_handles(&w->sim));
    if (!l.wrong && w->sim.hung)
        l.wrong = strcpy(wrong_text, "it hung");
    return l.wrong;
}
