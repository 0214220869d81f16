/* SPDX-License-Identifier: MIT */
/*
 * The firmware: reads fluxvision.conf from the card, synchronises the card with the portal,
 * unmounts it, sleeps, and starts again.
 *
 * A firmware with a main loop of its own does not need this file: see boards/PORTING.md.
 */
#include "base/num.h"
#include "client/client.h"
#include "client/features.h"
#include "fw/board.h"
#include "fw/config.h"
#include "fw/say.h"
#include "fw/time.h"

#include <stdalign.h>
#include <string.h>

#define ADDRESS_US 30000000
#define PROGRESS_US 10000000

static struct fv_fw_config config;
/* Time between two runs, from the last settings that were read; 0: there is only one run. */
static int64_t every_us;
static struct fv_lwip net;
/* A client with one lane (fv_client_size(1), which is not a constant), and memory for names. */
#define CLIENT_SIZE (sizeof(struct fv_client) + sizeof(struct fv_lane) + 20 * FV_CAP_NAMES)
static alignas(max_align_t) uint8_t memory[CLIENT_SIZE];

static const struct fv_port_entropy entropy = {.fill = fv_board_entropy};

/* --- The CA file --- */

/* The bundle is read again for each certification path, and is open only during this call. */
static enum fv_err ca_read(void *ctx, uint64_t offset, void *p, size_t n, size_t *got)
{
    const struct fv_port *port = ctx;
    const struct fv_port_storage *io = port->storage;
    int file = -1;
    enum fv_err err = io->open(io->ctx, config.cacert, FV_PORT_OPEN_READ, &file);
    if (err != FV_OK) {
        return err;
    }
    err = io->read(io->ctx, file, offset, p, n, got);
    enum fv_err closed = io->close(io->ctx, file);
    return err == FV_OK ? closed : err;
}

/* --- Events --- */

static void on_file(void *ctx, const struct fv_file *file)
{
    static const char *const words[] = {
        [FV_DOWNLOADED] = "downloaded", [FV_RESUMED] = "resumed", [FV_UNCHANGED] = "unchanged",
        [FV_SKIPPED] = "skipped",       [FV_REMOVED] = "removed", [FV_FAILED] = "failed",
        [FV_ADOPTED] = "adopted",
    };
    (void)ctx;
    if (file->status == FV_UNCHANGED) {
        return;
    }
    fv_say_begin();
    fv_say_text(words[file->status]);
    fv_say_text(": ");
    fv_say_slice(file->path);
    if (file->fault != NULL) {
        fv_say_end();
        fv_say_fault(file->fault);
        return;
    }
    fv_say_text(", ");
    fv_say_u64(file->size);
    fv_say_text(" bytes");
    fv_say_end();
}

static void on_progress(void *ctx, const struct fv_progress *progress)
{
    static int64_t next_us;
    (void)ctx;
    int64_t now_us = fv_bare_now();
    if (now_us < next_us || progress->path.len == 0) {
        return;
    }
    next_us = now_us + PROGRESS_US;
    fv_say_begin();
    fv_say_text("progress: ");
    fv_say_slice(progress->path);
    fv_say_text(", ");
    fv_say_u64(progress->file_done);
    fv_say_text(" bytes");
    fv_say_end();
}

static void on_retry(void *ctx, const struct fv_fault *fault, uint32_t attempt, uint32_t delay_ms)
{
    (void)ctx;
    (void)attempt;
    fv_say_fault(fault);
    fv_say_begin();
    fv_say_text("trying again in ");
    fv_say_u64(delay_ms);
    fv_say_text(" ms");
    fv_say_end();
}

/* --- A run --- */

static void put(const char *name, uint64_t v)
{
    fv_say_text(name);
    fv_say_u64(v);
}

static void say_summary(const struct fv_summary *s)
{
    fv_say_begin();
    put("summary: downloaded ", s->downloaded);
    put(", resumed ", s->resumed);
    put(", unchanged ", s->unchanged);
    put(", removed ", s->removed);
    put(", failed ", s->failed);
    put(", listed ", s->listed);
    put(", bytes ", s->bytes);
    put(", requests ", s->requests);
    put(", ms ", (uint64_t)s->elapsed_us / 1000);
    fv_say_end();
}

static void say_memory(void)
{
    const struct fv_bare_heap *heap = fv_bare_heap();
    fv_say_begin();
    put("memory: stack ", fv_bare_stack_most());
    put(" of ", fv_bare_stack_size());
    put(", pool ", heap->most);
    put(" (reach ", heap->reach);
    put(") of ", heap->size);
    put(", left ", heap->used);
    put(", refused ", heap->failures);
    put(", client ", fv_client_size(1));
    fv_say_end();
}

/* Return the exit status. */
static int run(const struct fv_port *port)
{
    const struct fv_events events = {.file = on_file, .progress = on_progress, .retry = on_retry};
    struct fv_client *client = NULL;
    enum fv_err err =
        fv_client_open(memory, sizeof memory, port, &config.settings, &events, &client);
    if (client == NULL) {
        return fv_err_exit(err);
    }
    if (err == FV_OK) {
        err = fv_sync(client, config.scope);
        fv_fw_time_keep(port->storage, err, fv_client_summary(client)->date_us);
        say_summary(fv_client_summary(client)); /* after this, nothing is written to the card */
    }
    int status = fv_client_exit(client, err);
    bool verify = fv_verify_linked && config.verify && fv_client_summary(client)->ended;
    if (verify) {
        if (err != FV_OK) {
            fv_say_fault(fv_client_fault(client));
        }
        err = fv_verify(client, false);
        status = status == 0 ? fv_client_exit(client, err) : status;
        fv_say_begin();
        put("verified: ", fv_client_summary(client)->unchanged);
        put(", failed ", fv_client_summary(client)->failed);
        fv_say_end();
    }
    if (err != FV_OK) {
        fv_say_fault(fv_client_fault(client));
    }
    fv_client_close(client);
    return status;
}

/* Wait for the network. It is set up once, with the settings of the first card. */
static enum fv_err connect(void)
{
    static struct fv_lwip_address used;
    static bool up;
    enum fv_err err = FV_OK;
    if (net.machine == NULL) {
        used = config.address;
        err = fv_lwip_open(&net, &fv_board_link, &fv_bare_clock, &entropy, &config.address);
    } else if (memcmp(&used, &config.address, sizeof used) != 0) {
        fv_say("address, netmask, gateway, dns: not used before the next start");
    }
    if (err == FV_OK) {
        every_us = config.every_us;
        err = fv_lwip_up(&net, fv_bare_now() + ADDRESS_US);
    }
    if (err == FV_OK && !up) {
        fv_say("network: up");
        up = true;
    }
    return err;
}

/* Prepare a run: mount the card, read its settings, wait for an address, set the time. Nothing is
 * written. */
static enum fv_err prepare(struct fv_port *port)
{
    struct fv_fault fault = {.err = FV_OK};
    const char *why = "";
    enum fv_err err = fv_board_storage(&port->storage, &why);
    if (err == FV_OK) {
        err = fv_fw_config_read(&config, port->storage, &fault);
    }
    if (err != FV_OK) {
        (void)fv_fault_set(&fault, err, 0, why);
        fv_say_fault(&fault);
        if (every_us > 0) {
            fv_say("nothing was written; waiting for a card that can be used");
        }
        return err;
    }
    config.settings.ca_ctx = port;
    config.settings.ca_read = ca_read;
    config.settings.ca_name = fv_slice_of(config.cacert);
    err = connect();
    if (err == FV_OK) {
        err = fv_fw_time_set(&net, &config, port->storage);
    }
    if (err == FV_OK) {
        err = fv_fw_config_dates(&config, fv_bare_clock.wall(NULL), &fault);
    }
    if (err != FV_OK) {
        (void)fv_fault_set(&fault, err, 0, why);
        fv_say_fault(&fault);
    }
    return err;
}

/* Each run mounts the card that is in the board at that moment. Without `every` there is one run,
 * and its exit status is that of the program. */
int main(void)
{
    static struct fv_port port = {
        .net = &net.net,
        .clock = &net.clock,
        .entropy = &entropy,
        .memory = &fv_bare_memory,
    };
    fv_say("fluxvision " FV_VERSION);
    for (;;) {
        int64_t begun_us = fv_bare_now();
        enum fv_err err = prepare(&port);
        int status = fv_err_exit(err);
        if (err == FV_OK) {
            status = run(&port);
            say_memory();
        }
        fv_board_storage_end();
        int64_t until_us = fv_num_add_clamped(begun_us, every_us);
        if (every_us == 0 || fv_lwip_sleep(&net, until_us) != FV_OK) {
            return status;
        }
    }
}
