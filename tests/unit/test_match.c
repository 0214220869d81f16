/* SPDX-License-Identifier: MIT */
/* Whether a head fits what was asked for. Heads are read by parse/head, as they come. */
#include "client/match.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))
#define UNKNOWN UINT64_MAX
#define TAG "\"v\""
#define DATE "Sun, 06 Nov 1994 08:49:37 GMT"
#define R5 "Content-Range: bytes 5-9/10\r\nContent-Length: 5\r\n"

static struct fv_head head;

static void read_head(unsigned status, const char *fields)
{
    char text[512];
    size_t used = 0;
    int n = snprintf(text, sizeof text, "HTTP/1.1 %u x\r\n%s\r\n", status, fields);
    fv_head_reset(&head, false);
    assert_int_equal(fv_head_push(&head, (const uint8_t *)text, (size_t)n, &used), FV_OK);
}

static void test_statuses(void **state)
{
    (void)state;
    static const struct {
        uint16_t status;
        enum fv_err want;
    } rows[] = {
        {401, FV_E_AUTH},        {407, FV_E_HTTP_STATUS}, {403, FV_E_FORBIDDEN},
        {400, FV_E_HTTP_STATUS}, {404, FV_E_HTTP_STATUS}, {410, FV_E_HTTP_STATUS},
        {416, FV_E_HTTP_STATUS}, {204, FV_E_HTTP_STATUS}, {304, FV_E_HTTP_STATUS},
        {600, FV_E_HTTP_STATUS}, {501, FV_E_HTTP_STATUS}, {505, FV_E_HTTP_STATUS},
        {506, FV_E_HTTP_STATUS}, {508, FV_E_HTTP_STATUS}, {510, FV_E_HTTP_STATUS},
        {511, FV_E_HTTP_STATUS}, {408, FV_E_HTTP_RETRY},  {425, FV_E_HTTP_RETRY},
        {429, FV_E_HTTP_RETRY},  {500, FV_E_HTTP_RETRY},  {502, FV_E_HTTP_RETRY},
        {503, FV_E_HTTP_RETRY},  {504, FV_E_HTTP_RETRY},  {507, FV_E_HTTP_RETRY},
        {509, FV_E_HTTP_RETRY},  {520, FV_E_HTTP_RETRY},  {599, FV_E_HTTP_RETRY},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        assert_int_equal(fv_match_status(rows[i].status), rows[i].want);
    }
}

struct row {
    uint64_t from;
    const char *validator;
    unsigned status;
    const char *fields;
    enum fv_err want;
    uint64_t begins, total;
};

static const struct row rows[] = {
    /* The whole. */
    {0, "", 200, "Content-Length: 7\r\n", FV_OK, 0, 7},
    {0, "", 200, "Content-Length: 0\r\n", FV_OK, 0, 0},
    {0, "", 200, "Transfer-Encoding: chunked\r\n", FV_OK, 0, UNKNOWN},
    {0, "", 200, "", FV_OK, 0, UNKNOWN},
    {5, TAG, 200, "Content-Length: 7\r\n", FV_OK, 0,
     7}, /* it ignores Range, or has another version */
    {5, TAG, 200, R5 "ETag: " TAG "\r\n", FV_OK, 0, 5}, /* a 200 is the whole */
    /* Not its bytes. */
    {0, "", 200, "Content-Encoding: gzip\r\n", FV_E_HTTP_CODING, 0, 0},
    {5, TAG, 206, R5 "ETag: " TAG "\r\nContent-Encoding: gzip\r\n", FV_E_HTTP_CODING, 0, 0},
    {0, "", 200, "Content-Encoding: aws-chunked\r\nContent-Length: 7\r\n", FV_OK, 0, 7},
    {0, "", 206, "Content-Type: multipart/byteranges; boundary=x\r\n", FV_E_HTTP_RANGE, 0, 0},
    /* The rest. */
    {5, TAG, 206, R5 "ETag: " TAG "\r\n", FV_OK, 5, 10},
    {5, DATE, 206, R5 "Last-Modified: " DATE "\r\n", FV_OK, 5, 10},
    {5, DATE, 206, R5, FV_OK, 5, 10}, /* RFC 9110 15.3.7: it may leave that out */
    {5, DATE, 206, R5 "ETag: \"new\"\r\n", FV_OK, 5, 10},
    {5, TAG, 206, "Content-Range: bytes 5-9/10\r\nTransfer-Encoding: chunked\r\nETag: " TAG "\r\n",
     FV_OK, 5, 10},
    {9, TAG, 206, "Content-Range: bytes 9-9/10\r\nETag: " TAG "\r\n", FV_OK, 9, 10},
    /* Of another version. */
    {5, TAG, 206, R5 "ETag: \"w\"\r\n", FV_E_HTTP_RANGE, 0, 0},
    {5, TAG, 206, R5 "ETag: W/" TAG "\r\n", FV_E_HTTP_RANGE, 0, 0},
    {5, TAG, 206, R5, FV_E_HTTP_RANGE, 0, 0},
    {5, DATE, 206, R5 "Last-Modified: Sun, 06 Nov 1994 08:49:38 GMT\r\n", FV_E_HTTP_RANGE, 0, 0},
    /* Another part. */
    {5, DATE, 206, "", FV_E_HTTP_RANGE, 0, 0},
    {5, DATE, 206, "Content-Range: bytes */10\r\n", FV_E_HTTP_RANGE, 0, 0},
    {5, DATE, 206, "Content-Range: bytes 5-9/*\r\n", FV_E_HTTP_RANGE, 0, 0},
    {5, DATE, 206, "Content-Range: bytes 5-18446744073709551615/*\r\n", FV_E_HTTP_RANGE, 0, 0},
    {5, DATE, 206, "Content-Range: bytes 4-9/10\r\n", FV_E_HTTP_RANGE, 0, 0},
    {5, DATE, 206, "Content-Range: bytes 6-9/10\r\n", FV_E_HTTP_RANGE, 0, 0},
    {5, DATE, 206, "Content-Range: bytes 5-8/10\r\n", FV_E_HTTP_RANGE, 0, 0},
    {5, DATE, 206, "Content-Range: bytes 0-9/10\r\n", FV_E_HTTP_RANGE, 0, 0},
    {5, DATE, 206, "Content-Range: items 5-9/10\r\n", FV_E_HTTP_RANGE, 0, 0},
    {5, DATE, 206, "Content-Range: bytes 5-9/10\r\nContent-Length: 4\r\n", FV_E_HTTP_RANGE, 0, 0},
    {5, DATE, 206, "Content-Range: bytes 5-9/10\r\nContent-Length: 10\r\n", FV_E_HTTP_RANGE, 0, 0},
    {5, DATE, 206, R5 "Content-Type: multipart/byteranges; boundary=x\r\n", FV_E_HTTP_RANGE, 0, 0},
    /* None was asked for. */
    {0, "", 206, R5, FV_E_HTTP_RANGE, 0, 0},
    {0, "", 206, "Content-Range: bytes 0-9/10\r\nContent-Length: 10\r\n", FV_E_HTTP_RANGE, 0, 0},
};

static void test_content(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        const struct fv_match m = {rows[i].from, fv_slice_of(rows[i].validator)};
        uint64_t from = 77;
        uint64_t total = 78;
        read_head(rows[i].status, rows[i].fields);
        enum fv_err err = fv_match_content(&m, &head, &from, &total);
        if (err != rows[i].want) {
            print_error("%zu, %s: %d\n", i, rows[i].fields, err);
            fail();
        }
        assert_true(from == (err == FV_OK ? rows[i].begins : 77));
        assert_true(total == (err == FV_OK ? rows[i].total : 78));
    }
}

/* Nothing was there, and the server has a version of it. */
static void test_at_the_end_of_nothing(void **state)
{
    const struct fv_match nothing = {0, FV_SLICE_NONE};
    (void)state;
    read_head(416, "Content-Range: bytes */0\r\nETag: " TAG "\r\n");
    assert_true(fv_match_at_end(&nothing, &head));
}

static void test_at_end(void **state)
{
    (void)state;
    static const struct {
        const char *validator, *fields;
        bool want;
    } ends[] = {
        {TAG, "Content-Range: bytes */5\r\n", true},
        {TAG, "Content-Range: bytes */5\r\nETag: " TAG "\r\n", true},
        {DATE, "Content-Range: bytes */5\r\n", true},
        {DATE, "Content-Range: bytes */5\r\nETag: \"x\"\r\nLast-Modified: " DATE "\r\n", true},
        {TAG, "Content-Range: bytes */5\r\nETag: \"w\"\r\n", false},
        {TAG, "Content-Range: bytes */4\r\n", false}, /* it has become shorter */
        {TAG, "Content-Range: bytes */6\r\n", false},
        {TAG, "Content-Range: bytes 0-4/5\r\n", false},
        {TAG, "Content-Range: bytes */*\r\n", false},
        {TAG, "", false},
    };
    for (size_t i = 0; i < COUNT(ends); i++) {
        const struct fv_match m = {5, fv_slice_of(ends[i].validator)};
        read_head(416, ends[i].fields);
        if (fv_match_at_end(&m, &head) != ends[i].want) {
            print_error("%zu\n", i);
            fail();
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_statuses),
        cmocka_unit_test(test_content),
        cmocka_unit_test(test_at_the_end_of_nothing),
        cmocka_unit_test(test_at_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
