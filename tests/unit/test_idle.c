/* SPDX-License-Identifier: MIT */
/* events.idle is called at least once a second of waiting, and regularly during work without
 * any. The whole client, on simulated servers; then each port of storage, and the waits of this
 * machine. */
#include "client/client.h"
#include "play.h"
#include "port/fat/fat.h"
#include "port/littlefs/littlefs.h"
#include "port/posix/posix.h"
#include "support/ram_flash.h"
#include "support/vfat.h"

#include <sys/resource.h>

#define LIST "/api_file/v1/o/"
#define ENTRY(name)                                                                                \
    "{\"orga_code_ref\":\"o\",\"study_code_ref\":\"s\",\"delivery_code_ref\":\"d\",\"file_name\":" \
    "\"" name "\",\"file_last_modified_date\":\"2024-01-01T00:00:01Z\",\"url\":\"http://p/" name   \
    "\"}"
#define ONE "[" ENTRY("a") "]"
#define LONG (200u * 1024)
#define ETAG "ETag: \"v\"\r\n"
#define AFTER(when) "Retry-After: " when "\r\n"

/* Bytes read from the card or written to it between two calls, at most. */
#define WORK (64u * 1024)

static struct {
    struct fv_settings settings;
    struct fv_events events;
    struct fv_client *client;
    unsigned calls;
    int64_t last_us, gap_us;
    uint64_t bytes, gap_bytes; /* of the card, since the last call */
    uint32_t files[FV_ADOPTED + 1];
    struct ram_block disk;
    struct fv_block card; /* disk, with its bytes counted */
    struct fv_fat fat;
} I;

static void note(void)
{
    int64_t gap_us = P.sim.now_us - I.last_us;
    I.gap_us = gap_us > I.gap_us ? gap_us : I.gap_us;
    I.gap_bytes = I.bytes > I.gap_bytes ? I.bytes : I.gap_bytes;
    I.last_us = P.sim.now_us;
    I.bytes = 0;
}

static void on_idle(void *ctx)
{
    assert_ptr_equal(ctx, &I);
    I.calls++;
    note();
}

static void on_file(void *ctx, const struct fv_file *f)
{
    (void)ctx;
    I.files[f->status]++;
}

static void open_client(const struct play *play)
{
    play_open(play);
    memset(&I, 0, sizeof I);
    fv_settings_init(&I.settings);
    I.settings.endpoint = FV_SLICE("https://p");
    I.settings.retries = play->retries;
    I.settings.stall_timeout_ms = 60000;
    I.events = (struct fv_events){.ctx = &I, .file = on_file, .idle = on_idle};
    I.settings.pipeline = 1;
    I.settings.speed_limit = 0;
    size_t size = fv_client_size(1);
    I.client = malloc(size);
    assert_int_equal(fv_client_open(I.client, size, &P.sim.port, &I.settings, &I.events, &I.client),
                     FV_OK);
}

static void close_client(void)
{
    fv_client_close(I.client);
    free(I.client);
    play_close();
}

/* The client on a card of its own, mounted with the clock of all. */
static enum fv_err card_read(void *ctx, uint32_t first, void *p, uint32_t count)
{
    (void)ctx;
    I.bytes += count * FV_BLOCK_SIZE;
    return I.disk.port.read(I.disk.port.ctx, first, p, count);
}

static enum fv_err card_write(void *ctx, uint32_t first, const void *p, uint32_t count)
{
    (void)ctx;
    I.bytes += count * FV_BLOCK_SIZE;
    return I.disk.port.write(I.disk.port.ctx, first, p, count);
}

static void open_card(const struct play *play)
{
    open_client(play);
    ram_block_init(&I.disk, 69632);
    vfat_format(&I.disk, "-F 32 -s 1");
    I.card = I.disk.port;
    I.card.read = card_read;
    I.card.write = card_write;
    assert_int_equal(fv_fat_open(&I.fat, &I.card, &P.sim.clock), FV_OK);
    P.sim.port.storage = &I.fat.port;
}

static void close_card(void)
{
    fv_fat_close(&I.fat);
    ram_block_free(&I.disk);
    close_client();
}

static void begin(void)
{
    I.calls = 0;
    I.gap_us = 0;
    I.gap_bytes = 0;
    I.bytes = 0;
    I.last_us = P.sim.now_us;
    memset(I.files, 0, sizeof I.files);
}

/* The call is over: nobody is called any more. */
static void check(const char *title, int64_t took_us)
{
    unsigned calls = I.calls;
    note();
    assert_int_equal(P.sim.clock.sleep(P.sim.clock.ctx, P.sim.now_us + 5000000), FV_OK);
    if (I.gap_us > 1000000 || I.gap_bytes > WORK || I.calls != calls ||
        I.last_us - took_us < P.start_us) {
        print_error("%s: %ld us and %lu bytes without a call, %u calls, %u behind it\n", title,
                    (long)I.gap_us, (unsigned long)I.gap_bytes, calls, I.calls - calls);
        fail();
    }
}

/* clang-format off */
static const struct {
    struct play play;
    enum fv_err err;
    int64_t took_us; /* at least */
    int64_t resolve_us;
    uint64_t rate;
    bool silent; /* no SYN is answered */
} waits[] = {
    {{"the listing trickles", "", {{LIST, 200, ONE, .drip_ms = 3000}, {"/a", 200, "1"}}}, FV_OK, 300000000},
    {{"the listing is thought about", "", {{LIST, 200, ONE, .wait_ms = 12000}, {"/a", 200, "1"}}}, FV_OK, 12000000},
    {{"a response is thought about", "", {{LIST, 200, ONE}, {"/a", 200, "1", .wait_ms = 12000}}}, FV_OK, 12000000},
    {{"content that takes its time", "", {{LIST, 200, ONE}, {"/a", 200, "1", .late_ms = 12000}}}, FV_OK, 12000000},
    {{"a pause between attempts", "", {{LIST, 200, ONE}, {"/a", 503, "", AFTER("20")}, {"/a", 200, "1"}}, .retries = 1}, FV_OK, 20000000},
    {{"a pause before the listing", "", {{LIST, 503, "", AFTER("20")}, {LIST, 200, ONE}, {"/a", 200, "1"}}, .retries = 1}, FV_OK, 20000000},
    {{"a name server that is slow", "", {{LIST, 200, ONE}, {"/a", 200, "1"}}}, FV_OK, 7000000, .resolve_us = 7000000},
    {{"a name server that is silent", "", {{LIST}}, .retries = 1}, FV_E_TIMEOUT, 20000000, .resolve_us = 99000000},
    {{"no answer to a SYN", "", {{LIST}}}, FV_E_TIMEOUT, 10000000, .silent = true},
    {{"a limit of speed", "", {{LIST, 200, ONE}, {"/a", 200, .size = LONG}}}, FV_OK, 40000000, .rate = 4096},
    {{"silence", "", {{LIST, 200, ONE}, {"/a", .silent = true}}}, FV_E_TIMEOUT, 60000000},
};
/* clang-format on */

static void test_no_wait_is_longer_than_a_second(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(waits); i++) {
        open_client(&waits[i].play);
        I.settings.rate_limit = 0;
        P.sim.resolve_us = waits[i].resolve_us;
        I.client->shared.limit.bytes_per_s = waits[i].rate;
        if (waits[i].silent) {
            P.portal.peer.manner = FV_SIM_SILENT;
        }
        begin();
        enum fv_err err = fv_sync(I.client, FV_SLICE("o"));
        if (err != waits[i].err) {
            print_error("%s: %d\n", waits[i].play.title, err);
            fail();
        }
        check(waits[i].play.title, waits[i].took_us);
        close_client();
    }
}

/* Whoever was to be called before the call is to be called behind it. */
static void test_a_call_within_another(void **state)
{
    (void)state;
    open_client(&waits[0].play);
    struct fv_port_idle_call *slot = P.sim.clock.idle;
    *slot = (struct fv_port_idle_call){on_idle, &I};
    begin();
    enum fv_err err = fv_sync(I.client, FV_SLICE("o"));
    assert_int_equal(err, waits[0].err);
    assert_true(I.calls > 0);
    assert_true(slot->call == on_idle && slot->ctx == &I);
    close_client();
}

/* clang-format off */
static const struct play large = {"a long file", "", {
    {LIST, 200, ONE, .for_ever = true}, {"/a", 200, .size = LONG, .for_ever = true}}};
/* Cut at its end, and then it goes on. */
static const struct play cut = {"a long file in two parts", "", {
    {LIST, 200, ONE, .for_ever = true}, {"/a", 200, "", ETAG, .size = LONG, .length = LONG + 1, .then = FV_SIM_END},
    {"/a", 206, "x", ETAG "Content-Range: bytes 204800-204800/204801\r\n"}}};
/* clang-format on */

static void sync_and_check(const char *title, enum fv_err want)
{
    begin();
    assert_int_equal(fv_sync(I.client, FV_SLICE("o")), want);
    check(title, 0);
}

static void test_hashing_goes_on_with_calls(void **state)
{
    (void)state;
    open_card(&large);
    sync_and_check("a download", FV_OK);
    begin();
    assert_int_equal(fv_verify(I.client, false), FV_OK);
    assert_int_equal(I.files[FV_UNCHANGED], 1);
    check("verify", 0);
    I.settings.checksum = true;
    sync_and_check("--checksum", FV_OK);
    close_card();

    open_card(&cut);
    sync_and_check("the first part", FV_E_TRUNCATED);
    sync_and_check("resume", FV_OK); /* what is there is hashed before the rest is asked for */
    assert_int_equal(I.files[FV_RESUMED], 1);
    close_card();
}

#define MANY 150

/* The portal's listing holds so many files of a byte. */
static unsigned listed;

static void answer(void *arg, struct fv_sim_conn *c, const uint8_t *p, size_t n)
{
    static char text[MANY * 220];
    int used = snprintf(text, sizeof text, "[");
    (void)arg, (void)n;
    if (memcmp(p, "GET " LIST, sizeof LIST + 3) != 0) {
        fv_sim_send_text(c, "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx");
        return;
    }
    for (unsigned i = 0; i < listed; i++) {
        used += snprintf(text + used, sizeof text - (size_t)used,
                         "%s{\"orga_code_ref\":\"o\",\"study_code_ref\":\"s\","
                         "\"delivery_code_ref\":\"d\",\"file_name\":\"%u\","
                         "\"file_last_modified_date\":\"2024-01-01T00:00:01Z\","
                         "\"url\":\"http://p/%u\"}",
                         i > 0 ? "," : "", i, i);
    }
    char head[64];
    snprintf(head, sizeof head, "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n", used + 1);
    fv_sim_send_text(c, head);
    fv_sim_send_text(c, text);
    fv_sim_send_text(c, "]");
}

/* Plan, names, ledger and index are read through, without an instant of waiting. */
static void test_many_files_go_on_with_calls(void **state)
{
    static const struct play many = {"many", ""};
    (void)state;
    open_card(&many);
    P.portal.peer.received = answer;
    listed = MANY;
    sync_and_check("many are new", FV_OK);
    assert_int_equal(I.files[FV_DOWNLOADED], MANY);
    sync_and_check("many are there", FV_OK);
    assert_int_equal(I.files[FV_UNCHANGED], MANY);
    begin();
    assert_int_equal(fv_verify(I.client, true), FV_OK);
    assert_int_equal(I.files[FV_UNCHANGED], MANY);
    check("the ledger of many", 0);
    I.settings.prune = true;
    listed = 1;
    sync_and_check("all but one go", FV_OK);
    assert_int_equal(I.files[FV_REMOVED], MANY - 1);
    close_card();
}

/* --- The ports --- */

static unsigned called;

static void count(void *ctx)
{
    (void)ctx;
    called++;
}

/* Write 256 KiB and read them; there is a call for each 64 KiB at least. */
static void use(const struct fv_port_storage *io, const char *path)
{
    static uint8_t bytes[4096];
    int file = -1;
    size_t got = 0;
    assert_int_equal(io->open(io->ctx, path, FV_PORT_OPEN_CREATE, &file), FV_OK);
    for (unsigned pass = 0; pass < 2; pass++) {
        called = 0;
        for (uint64_t at = 0; at < 64 * sizeof bytes; at += sizeof bytes) {
            enum fv_err err = pass == 0 ? io->write(io->ctx, file, at, bytes, sizeof bytes)
                                        : io->read(io->ctx, file, at, bytes, sizeof bytes, &got);
            assert_int_equal(err, FV_OK);
        }
        assert_true(called >= 4);
    }
    assert_int_equal(io->close(io->ctx, file), FV_OK);
}

static int64_t no_time(void *ctx)
{
    (void)ctx;
    return INT64_MIN;
}

static struct fv_port_idle_call counter = {.call = count};
static const struct fv_port_clock counting = {.wall = no_time, .idle = &counter};

static void test_fat_calls(void **state)
{
    struct ram_block disk;
    struct fv_fat fat;
    (void)state;
    ram_block_init(&disk, 8192);
    vfat_format(&disk, "-F 16 -s 1 -r 512");
    assert_int_equal(fv_fat_open(&fat, &disk.port, &counting), FV_OK);
    use(&fat.port, "f");
    fv_fat_close(&fat);
    ram_block_free(&disk);
}

static void test_littlefs_calls(void **state)
{
    static uint64_t room[FV_LITTLEFS_ROOM(64, 16) / 8];
    const struct fv_littlefs_room rooms = {room, 64, 16};
    struct ram_flash chip;
    struct fv_littlefs fs;
    (void)state;
    ram_flash_init(&chip, 4096, 128, 16);
    assert_int_equal(fv_littlefs_format(&fs, &chip.port, &rooms), FV_OK);
    assert_int_equal(fv_littlefs_open(&fs, &chip.port, &rooms, &counting), FV_OK);
    use(&fs.port, "f");
    fv_littlefs_close(&fs);
    ram_flash_free(&chip);
}

static void test_a_directory_calls(void **state)
{
    struct fv_posix posix;
    struct fv_posix_storage root;
    (void)state;
    fv_posix_init(&posix);
    assert_int_equal(fv_posix_scratch_open(&root), FV_OK);
    *posix.clock.idle = counter;
    use(&root.port, "f");
    posix.clock.idle->call = NULL;
    assert_int_equal(root.port.remove(root.port.ctx, "f"), FV_OK);
    fv_posix_storage_close(&root);
}

static long naps(void)
{
    struct rusage used;
    assert_int_equal(getrusage(RUSAGE_SELF, &used), 0);
    return used.ru_nvcsw;
}

/* A program that has nobody to call sleeps through. */
static void test_waits_of_this_machine(void **state)
{
    struct fv_posix posix;
    (void)state;
    fv_posix_init(&posix);
    const struct fv_port_clock *clock = &posix.clock;
    int64_t start_us = fv_posix_now();
    called = 0;
    *clock->idle = counter;
    assert_int_equal(clock->sleep(clock->ctx, start_us + 1600000), FV_OK);
    assert_true(fv_posix_now() >= start_us + 1600000);
    assert_in_range(called, 3, 20);

    clock->idle->call = NULL;
    called = 0;
    long before = naps();
    assert_int_equal(clock->sleep(clock->ctx, fv_posix_now() + 3000000), FV_OK);
    assert_int_equal(called, 0);
    assert_in_range(naps() - before, 0, 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_no_wait_is_longer_than_a_second),
        cmocka_unit_test(test_a_call_within_another),
        cmocka_unit_test(test_hashing_goes_on_with_calls),
        cmocka_unit_test(test_many_files_go_on_with_calls),
        cmocka_unit_test(test_fat_calls),
        cmocka_unit_test(test_littlefs_calls),
        cmocka_unit_test(test_a_directory_calls),
        cmocka_unit_test(test_waits_of_this_machine),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
