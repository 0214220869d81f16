/* SPDX-License-Identifier: MIT */
/* Synchronise a directory with the portal, and show progress:
 *     FLUXVISION_USER=me FLUXVISION_PASSWORD=secret sync ENDPOINT CA_FILE SCOPE DIR */
#include <fluxvision.h>
#include <port/posix/posix.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void on_file(void *ctx, const struct fv_file *file)
{
    (void)ctx;
    printf("%.*s%s\n", (int)file->path.len, file->path.ptr, file->fault != NULL ? ": failed" : "");
}

static void on_progress(void *ctx, const struct fv_progress *p)
{
    (void)ctx;
    fprintf(stderr, "%" PRIu64 " files, %" PRIu64 " bytes\r", p->files_done, p->bytes);
}

/* The memory is zero, as the system gives it: the client does not touch what it need not. */
static int run(const struct fv_port *port, const struct fv_settings *settings, const char *scope)
{
    const struct fv_events events = {.file = on_file, .progress = on_progress};
    struct fv_client *client = NULL;
    size_t size = fv_client_size(settings->jobs);
    void *memory = calloc(1, size);
    enum fv_err err = FV_E_MEMORY;
    if (memory != NULL) {
        err = fv_client_open(memory, size, port, settings, &events, &client);
    }
    if (err == FV_OK) {
        err = fv_sync(client, fv_slice_of(scope));
    }
    int status = fv_err_exit(err);
    if (client != NULL) { /* also after an error of fv_client_open(): it may hold the password */
        const char *subject = fv_client_fault(client)->subject;
        fprintf(stderr, "%s: %s\n", err == FV_OK ? scope : subject, fv_err_text(err));
        status = fv_client_exit(client, err);
        fv_client_close(client);
    }
    free(memory);
    return status;
}

int main(int argc, char **argv)
{
    struct fv_posix machine;
    struct fv_posix_storage dir;
    struct fv_posix_reader ca;
    struct fv_settings settings;
    if (argc != 5 || fv_posix_signals_install() != FV_OK) {
        fputs("usage: sync ENDPOINT CA_FILE SCOPE DIR\n", stderr);
        return 2;
    }
    if (fv_posix_reader_open(&ca, argv[2]) != FV_OK) {
        fprintf(stderr, "%s: %s\n", argv[2], strerror(ca.error));
        return 2;
    }
    enum fv_err err = fv_posix_storage_open(&dir, argv[4], true);
    if (err != FV_OK) {
        fprintf(stderr, "%s: %s\n", argv[4], strerror(dir.error));
        fv_posix_reader_close(&ca);
        return fv_err_exit(err);
    }
    fv_posix_init(&machine);
    fv_settings_init(&settings);
    settings.endpoint = fv_slice_of(argv[1]);
    settings.user = fv_slice_of(getenv("FLUXVISION_USER"));
    settings.password = fv_slice_of(getenv("FLUXVISION_PASSWORD"));
    settings.ca_ctx = &ca;
    settings.ca_read = fv_posix_reader_read;
    settings.ca_name = fv_slice_of(argv[2]);
    const struct fv_port port = {.net = &machine.net,
                                 .storage = &dir.port,
                                 .clock = &machine.clock,
                                 .entropy = &machine.entropy};
    int status = run(&port, &settings, argv[3]);
    fv_posix_storage_close(&dir);
    fv_posix_reader_close(&ca);
    return status;
}
