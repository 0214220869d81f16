/* SPDX-License-Identifier: MIT */
/*
 * FAT volumes as other systems leave them: what is there in place of a volume, wrong counts of free
 * clusters, and names that are equal.
 */
#include "port/fat/fat.h"
#include "support/vfat.h"

#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wctype.h>

#include <cmocka.h>

#define BLOCKS 4480 /* of a FAT16 with a block for a cluster */
#define BLOCKS_32 69632

/* --- Why there is no volume --- */

static void sign(uint8_t *block)
{
    block[510] = 0x55;
    block[511] = 0xAA;
}

static void partition(struct ram_block *b, unsigned i, uint8_t kind, uint32_t first)
{
    uint8_t *p = b->bytes + 446 + 16 * i;
    sign(b->bytes);
    p[4] = kind;
    for (unsigned k = 0; k < 4; k++) {
        p[8 + k] = (uint8_t)(first >> 8 * k);
    }
}

/* A boot sector with a text at `at`. */
static void boot(struct ram_block *b, uint32_t block, uint32_t at, const char *text)
{
    uint8_t *p = b->bytes + (size_t)block * FV_BLOCK_SIZE;
    sign(p);
    p[0] = 0xEB;
    memcpy(p + at, text, strlen(text));
}

static void make_empty(struct ram_block *b)
{
    (void)b;
}

static void make_no_table(struct ram_block *b)
{
    memset(b->bytes, 0xFF, FV_BLOCK_SIZE);
}

/* ext4 without partitions: its first two blocks are empty. */
static void make_ext4(struct ram_block *b)
{
    b->bytes[1080] = 0x53;
    b->bytes[1081] = 0xEF;
}

static void make_gpt(struct ram_block *b)
{
    partition(b, 0, 0xEE, 1);
    boot(b, 1, 0, "EFI PART");
}

static void make_hybrid_gpt(struct ram_block *b)
{
    partition(b, 0, 0x83, 64);
    partition(b, 1, 0xEE, 1);
}

static void make_exfat(struct ram_block *b)
{
    boot(b, 0, 3, "EXFAT   ");
}

static void make_exfat_partition(struct ram_block *b)
{
    partition(b, 0, 0x07, 64);
    boot(b, 64, 3, "EXFAT   ");
}

static void make_second_is_exfat(struct ram_block *b)
{
    partition(b, 0, 0x83, 32);
    partition(b, 1, 0x07, 64);
    boot(b, 64, 3, "EXFAT   ");
}

static void make_ntfs_partition(struct ram_block *b)
{
    partition(b, 0, 0x07, 64);
    boot(b, 64, 3, "NTFS    ");
}

static void make_fat12(struct ram_block *b)
{
    vfat_format(b, "-F 12");
}

static void make_large_blocks(struct ram_block *b)
{
    vfat_format(b, "-F 16 -s 1 -r 64");
    b->bytes[12] = 4; /* 1024 bytes */
}

static void make_logical(struct ram_block *b)
{
    partition(b, 0, 0x05, 64);
}

static void make_logical_lba(struct ram_block *b)
{
    partition(b, 3, 0x0F, 64);
}

static void make_linux(struct ram_block *b)
{
    partition(b, 0, 0x83, 64);
}

static void make_no_partition(struct ram_block *b)
{
    sign(b->bytes);
}

static void make_behind_the_end(struct ram_block *b)
{
    partition(b, 0, 0x0C, BLOCKS);
    partition(b, 1, 0x0C, UINT32_MAX);
}

static void test_what_stands_in_the_place_of_a_volume(void **state)
{
    static const struct {
        void (*make)(struct ram_block *b);
        const char *why;
    } cases[] = {
        {make_empty, "the card is not FAT: it needs FAT32"},
        {make_no_table, "the card is not FAT: it needs FAT32"},
        {make_ext4, "the card is not FAT: it needs FAT32"},
        {make_gpt, "the card has a GPT: it needs an MBR"},
        {make_hybrid_gpt, "the card has a GPT: it needs an MBR"},
        {make_exfat, "the card is exFAT: it needs FAT32"},
        {make_exfat_partition, "the card is exFAT: it needs FAT32"},
        {make_second_is_exfat, "the card is exFAT: it needs FAT32"},
        {make_ntfs_partition, "the card is NTFS: it needs FAT32"},
        {make_fat12, "the card is FAT12: it needs FAT32"},
        {make_large_blocks, "the card's FAT volume is not usable"},
        {make_logical, "the card's partition is logical: it needs a primary one"},
        {make_logical_lba, "the card's partition is logical: it needs a primary one"},
        {make_linux, "the card has no FAT partition"},
        {make_no_partition, "the card has no FAT partition"},
        {make_behind_the_end, "the card has no FAT partition"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct ram_block b;
        struct fv_fat fat;
        ram_block_init(&b, BLOCKS);
        cases[i].make(&b);
        assert_int_equal(fv_fat_open(&fat, &b.port, NULL), FV_E_STORAGE);
        assert_string_equal(fat.why, cases[i].why);
        assert_int_equal(b.writes, 0);
        ram_block_free(&b);
    }
}

static void test_a_card_that_can_not_be_read(void **state)
{
    struct ram_block b;
    struct fv_fat fat;
    (void)state;
    ram_block_init(&b, BLOCKS);
    vfat_format(&b, "-F 16 -s 1 -r 64");
    b.cut_at = 1;
    b.writes = 1;
    assert_int_equal(fv_fat_open(&fat, &b.port, NULL), FV_E_STORAGE);
    assert_string_equal(fat.why, "the card cannot be read");
    ram_block_free(&b);
}

/* --- Counts of free clusters --- */

struct counting { /* counts what is read */
    struct fv_block port;
    const struct fv_block *below;
    uint64_t reads;
    uint64_t fails; /* the read or write that fails, counted down; 0: none */
};

static bool fails(struct counting *c)
{
    return c->fails > 0 && --c->fails == 0;
}

static enum fv_err count_read(void *ctx, uint32_t first, void *p, uint32_t count)
{
    struct counting *c = ctx;
    c->reads++;
    return fails(c) ? FV_E_STORAGE : c->below->read(c->below->ctx, first, p, count);
}

static enum fv_err count_write(void *ctx, uint32_t first, const void *p, uint32_t count)
{
    struct counting *c = ctx;
    return fails(c) ? FV_E_STORAGE : c->below->write(c->below->ctx, first, p, count);
}

static enum fv_err count_sync(void *ctx)
{
    struct counting *c = ctx;
    return c->below->sync(c->below->ctx);
}

static uint32_t get32(const uint8_t *p)
{
    return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static void put32(uint8_t *p, uint32_t value)
{
    for (unsigned i = 0; i < 4; i++) {
        p[i] = (uint8_t)(value >> 8 * i);
    }
}

#define FREE_COUNT(b) ((b)->bytes + 512 + 488)

static void fill_a_little(const struct fv_port_storage *s)
{
    static const uint8_t bytes[100000];
    char path[64];
    int file;
    assert_int_equal(s->make_dir(s->ctx, "d"), FV_OK);
    for (int i = 0; i < 30; i++) { /* so that the directory grows */
        snprintf(path, sizeof path, "d/a name that takes some entries %d", i);
        assert_int_equal(s->open(s->ctx, path, FV_PORT_OPEN_CREATE, &file), FV_OK);
        assert_int_equal(s->write(s->ctx, file, 0, path, sizeof path), FV_OK);
        assert_int_equal(s->close(s->ctx, file), FV_OK);
    }
    assert_int_equal(s->open(s->ctx, "written", FV_PORT_OPEN_CREATE, &file), FV_OK);
    assert_int_equal(s->write(s->ctx, file, 0, bytes, sizeof bytes), FV_OK);
    assert_int_equal(s->close(s->ctx, file), FV_OK);
    assert_int_equal(s->open(s->ctx, "reserved", FV_PORT_OPEN_CREATE, &file), FV_OK);
    assert_int_equal(s->reserve(s->ctx, file, sizeof bytes), FV_OK);
    assert_int_equal(s->write(s->ctx, file, 0, bytes, sizeof bytes), FV_OK);
    assert_int_equal(s->close(s->ctx, file), FV_OK);
    assert_int_equal(s->rename(s->ctx, "written", "d/a final name that is rather long"), FV_OK);
}

/* Whatever count of free clusters the volume records: no operation is refused because of it, the
 * free space is the true one, and that is what the volume records from then on. */
static void test_a_count_that_is_wrong_refuses_nothing(void **state)
{
    static const struct {
        const char *name;
        int64_t add; /* to the true count; or the count, if absolute */
        bool absolute;
    } cases[] = {
        {"right", 0, false},
        {"none", 0, true},
        {"one", 1, true},
        {"three", 3, true},
        {"a few", 300, true},
        {"30 too low", -30, false},
        {"too high", 500, false},
        {"more than there are", 100000, true},
        {"not known", UINT32_MAX, true},
    };
    struct ram_block empty, b;
    struct fv_fat fat;
    (void)state;
    ram_block_init(&empty, BLOCKS_32);
    ram_block_init(&b, BLOCKS_32);
    vfat_format(&empty, "-F 32 -s 1");
    uint32_t right = get32(FREE_COUNT(&empty));
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint64_t space, after;
        int file;
        print_message("%s\n", cases[i].name);
        ram_block_copy(&b, &empty);
        put32(FREE_COUNT(&b), (uint32_t)(cases[i].add + (cases[i].absolute ? 0 : right)));
        assert_int_equal(fv_fat_open(&fat, &b.port, NULL), FV_OK);
        fill_a_little(&fat.port);
        assert_int_equal(fat.port.free_space(&fat, &space), FV_OK);
        assert_int_equal(fat.port.open(&fat, "f", FV_PORT_OPEN_CREATE, &file), FV_OK);
        assert_int_equal(fat.port.reserve(&fat, file, space + 1), FV_E_FULL);
        assert_int_equal(fat.port.reserve(&fat, file, space), FV_OK);
        assert_int_equal(fat.port.free_space(&fat, &after), FV_OK);
        assert_int_equal(after, 0);
        assert_int_equal(fat.port.write(&fat, file, 0, "x", 1), FV_OK);
        assert_int_equal(fat.port.close(&fat, file), FV_OK);
        fv_fat_close(&fat);
        assert_int_equal(get32(FREE_COUNT(&b)), space / 512 - 1);
        assert_true(vfat_is_clean(&b));
    }
    ram_block_free(&empty);
    ram_block_free(&b);
}

/* Counting free clusters takes long on a large card: neither mounting nor writing does it if the
 * recorded count may be right; asking for the free space does it once. */
static void test_clusters_are_counted_only_where_it_matters(void **state)
{
    struct ram_block b;
    struct fv_fat fat;
    uint64_t space;
    (void)state;
    ram_block_init(&b, BLOCKS_32);
    vfat_format(&b, "-F 32 -s 1");
    struct counting c = {{&c, b.port.blocks, count_read, count_write, count_sync}, &b.port, 0, 0};
    put32(FREE_COUNT(&b), get32(FREE_COUNT(&b)) - 30);
    assert_int_equal(fv_fat_open(&fat, &c.port, NULL), FV_OK);
    int file;
    assert_int_equal(fat.port.open(&fat, "f", FV_PORT_OPEN_CREATE, &file), FV_OK);
    assert_int_equal(fat.port.reserve(&fat, file, 5000), FV_OK);
    assert_int_equal(fat.port.close(&fat, file), FV_OK);
    assert_true(c.reads < 60);
    c.reads = 0;
    assert_int_equal(fat.port.free_space(&fat, &space), FV_OK);
    assert_true(c.reads >= fat.fs.fsize);
    c.reads = 0;
    assert_int_equal(fat.port.free_space(&fat, &space), FV_OK);
    assert_int_equal(c.reads, 0);
    fv_fat_close(&fat);
    ram_block_free(&b);
}

/* --- Volumes that are not what they say --- */

/* A card that is smaller than its volume says, like a truncated image or a counterfeit: access
 * behind its end is refused, also to the cluster of a directory that is created or grows. */
static void test_nothing_is_written_behind_the_end(void **state)
{
    struct ram_block b;
    struct fv_fat fat;
    uint8_t block[FV_BLOCK_SIZE] = {0};
    int file;
    (void)state;
    ram_block_init(&b, BLOCKS_32);
    vfat_format(&b, "-F 32 -s 1");
    put32(FREE_COUNT(&b) + 4, BLOCKS_32 - 5000); /* where to look for the next free cluster */
    b.port.blocks = BLOCKS_32 - 10000;
    assert_int_equal(fv_fat_open(&fat, &b.port, NULL), FV_OK);
    assert_int_equal(fat.port.make_dir(&fat, "d"), FV_E_STORAGE);
    assert_int_equal(fat.port.open(&fat, "f", FV_PORT_OPEN_CREATE, &file), FV_OK);
    assert_int_equal(fat.port.write(&fat, file, 0, block, sizeof block), FV_E_STORAGE);
    assert_int_equal(fat.port.close(&fat, file), FV_OK);
    fv_fat_close(&fat);
    b.port.blocks = BLOCKS_32;
    ram_block_free(&b);
}

/* A file with a size and no cluster, as power cuts of other systems leave them: it can be
 * truncated, and removed. */
static void test_a_size_without_clusters(void **state)
{
    struct ram_block b;
    struct fv_fat fat;
    struct fv_port_stat st;
    int file;
    (void)state;
    ram_block_init(&b, BLOCKS);
    vfat_format(&b, "-F 16 -s 1 -r 64");
    assert_int_equal(fv_fat_open(&fat, &b.port, NULL), FV_OK);
    assert_int_equal(fat.port.open(&fat, "F", FV_PORT_OPEN_CREATE, &file), FV_OK);
    assert_int_equal(fat.port.close(&fat, file), FV_OK);
    fv_fat_close(&fat);
    uint8_t *entry = b.bytes;
    while (memcmp(entry, "F          ", 11) != 0) {
        entry += 32;
    }
    put32(entry + 28, 100);
    assert_int_equal(fv_fat_open(&fat, &b.port, NULL), FV_OK);
    assert_int_equal(fat.port.open(&fat, "F", FV_PORT_OPEN_WRITE, &file), FV_OK);
    assert_int_equal(fat.port.truncate(&fat, file, 0), FV_OK);
    assert_int_equal(fat.port.close(&fat, file), FV_OK);
    assert_int_equal(fat.port.rename(&fat, "F", "G"), FV_OK);
    assert_int_equal(fat.port.stat(&fat, "G", &st), FV_OK);
    assert_int_equal(st.size, 0);
    assert_int_equal(fat.port.remove(&fat, "G"), FV_OK);
    fv_fat_close(&fat);
    assert_true(vfat_is_clean(&b));
    ram_block_free(&b);
}

/* --- Accesses that fail --- */

/* Whether a file has the content that put() gives it; a file that is not there has that of '\0'. */
static bool has(const struct fv_port_storage *s, const char *path, char content)
{
    static uint8_t bytes[3000];
    struct fv_port_stat st;
    size_t got = 0;
    int file;
    assert_int_equal(s->stat(s->ctx, path, &st), FV_OK);
    if (st.kind == FV_PORT_NONE || content == '\0') {
        return st.kind == FV_PORT_NONE && content == '\0';
    }
    assert_int_equal(s->open(s->ctx, path, FV_PORT_OPEN_READ, &file), FV_OK);
    assert_int_equal(s->read(s->ctx, file, 0, bytes, sizeof bytes, &got), FV_OK);
    assert_int_equal(s->close(s->ctx, file), FV_OK);
    return got == 2000 && bytes[0] == content && bytes[1999] == content;
}

static void put(const struct fv_port_storage *s, const char *path, char content)
{
    uint8_t bytes[2000];
    int file;
    memset(bytes, content, sizeof bytes);
    assert_int_equal(s->open(s->ctx, path, FV_PORT_OPEN_CREATE, &file), FV_OK);
    assert_int_equal(s->write(s->ctx, file, 0, bytes, sizeof bytes), FV_OK);
    assert_int_equal(s->close(s->ctx, file), FV_OK);
}

/* Each access of a rename fails: `to` is as before or the whole new file, and so is another file
 * that is written afterwards. */
static void test_a_rename_in_which_an_access_fails(void **state)
{
    struct ram_block empty, b;
    struct fv_fat fat;
    (void)state;
    ram_block_init(&empty, BLOCKS);
    ram_block_init(&b, BLOCKS);
    vfat_format(&empty, "-F 16 -s 1 -r 64");
    for (unsigned row = 0; row < 4; row++) {
        bool replaces = (row & 1) != 0;
        const char *from =
            (row & 2) != 0 ? "part" : "d/part"; /* in the block of `to`, or in another */
        uint64_t left = 0;
        for (uint64_t n = 1; left == 0; n++) {
            struct counting c = {{&c, BLOCKS, count_read, count_write, count_sync}, &b.port, 0, 0};
            ram_block_copy(&b, &empty);
            assert_int_equal(fv_fat_open(&fat, &c.port, NULL), FV_OK);
            const struct fv_port_storage *s = &fat.port;
            assert_int_equal(s->make_dir(s->ctx, "d"), FV_OK);
            if (replaces) {
                put(s, "a photo.jpg", 'a');
            }
            put(s, from, 'b');
            c.fails = n;
            enum fv_err err = s->rename(s->ctx, from, "a photo.jpg");
            left = c.fails;
            c.fails = 0;
            assert_true(err == FV_OK || left == 0);
            put(s, "other", 'c');
            fv_fat_close(&fat);
            assert_int_equal(fv_fat_open(&fat, &b.port, NULL), FV_OK);
            if (!has(s, "a photo.jpg", 'b') && !has(s, "a photo.jpg", replaces ? 'a' : '\0')) {
                fail_msg("row %u, access %u: what is there is neither", row, (unsigned)n);
            }
            assert_true(has(s, "other", 'c'));
            fv_fat_close(&fat);
            assert_true(vfat_is_sound(&b));
        }
    }
    ram_block_free(&empty);
    ram_block_free(&b);
}

/* --- Names --- */

static size_t utf8(uint32_t code, char *p)
{
    size_t n = code < 0x80 ? 1 : code < 0x800 ? 2 : 3;
    for (size_t i = n; i-- > 1; code >>= 6) {
        p[i] = (char)(0x80 | (code & 0x3F));
    }
    p[0] = (char)(n == 1 ? code : (n == 2 ? 0xC0 : 0xE0) | code);
    p[n] = '\0';
    return n;
}

static bool is_letter(uint32_t code)
{
    return code > 0x20 && code < 0x10000 && (code < 0xD800 || code > 0xDFFF) &&
           (code >= 0x80 || strchr("\"*+,./:;<=>?[\\]|~\x7F", (int)code) == NULL);
}

/* Two names of one letter are one file if and only if they have the same key, for each letter
 * and all that its case may map to. */
static void test_names_are_one_as_their_keys_are(void **state)
{
    struct ram_block b;
    struct fv_fat fat;
    unsigned same = 0, other = 0;
    (void)state;
    assert_non_null(setlocale(LC_ALL, "C.UTF-8"));
    ram_block_init(&b, BLOCKS);
    vfat_format(&b, "-F 16 -s 1 -r 64");
    assert_int_equal(fv_fat_open(&fat, &b.port, NULL), FV_OK);
    for (uint32_t code = 0x21; code < 0x10000; code++) {
        const uint32_t others[] = {ff_wtoupper(code), towupper((wint_t)code),
                                   towlower((wint_t)code), towlower(towupper((wint_t)code)),
                                   towupper(towlower((wint_t)code))};
        char name[4], twin[4];
        bool made = false;
        for (size_t i = 0; is_letter(code) && i < sizeof others / sizeof *others; i++) {
            struct fv_port_stat st;
            if (others[i] == code || !is_letter(others[i])) {
                continue;
            }
            utf8(code, name);
            utf8(others[i], twin);
            if (!made) {
                int file;
                assert_int_equal(fat.port.open(&fat, name, FV_PORT_OPEN_CREATE, &file), FV_OK);
                assert_int_equal(fat.port.close(&fat, file), FV_OK);
                made = true;
            }
            bool one = fat.port.name_key(&fat, fv_slice_of(name)) ==
                       fat.port.name_key(&fat, fv_slice_of(twin));
            assert_int_equal(fat.port.stat(&fat, twin, &st), FV_OK);
            if ((st.kind == FV_PORT_FILE) != one) {
                fail_msg("U+%04X and U+%04X: key %d, file %d", code, others[i], one, st.kind);
            }
            same += one;
            other += !one;
        }
        if (made) {
            assert_int_equal(fat.port.remove(&fat, name), FV_OK);
        }
    }
    print_message("%u pairs are one, %u are not\n", same, other);
    assert_true(same > 1000 && other > 100);
    fv_fat_close(&fat);
    ram_block_free(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_stands_in_the_place_of_a_volume),
        cmocka_unit_test(test_a_card_that_can_not_be_read),
        cmocka_unit_test(test_a_count_that_is_wrong_refuses_nothing),
        cmocka_unit_test(test_clusters_are_counted_only_where_it_matters),
        cmocka_unit_test(test_nothing_is_written_behind_the_end),
        cmocka_unit_test(test_a_size_without_clusters),
        cmocka_unit_test(test_a_rename_in_which_an_access_fails),
        cmocka_unit_test(test_names_are_one_as_their_keys_are),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
