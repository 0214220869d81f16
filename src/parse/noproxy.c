/* SPDX-License-Identifier: MIT */
#include "parse/noproxy.h"

#include "base/cap.h"
#include "base/num.h"

#include <string.h>

#define ROOM (FV_CAP_HOST + 32) /* of an entry as a URL */

struct address {
    uint8_t bytes[16];
    size_t len; /* 4, 16; 0: none */
};

struct entry {
    struct fv_slice name;
    bool all, below; /* "*"; not the host of that name itself */
    struct address address;
    uint64_t bits;
    uint16_t port; /* 0: any */
};

static void take_address(const struct fv_url *url, struct address *out)
{
    static const uint8_t mapped[12] = {[10] = 0xFF, [11] = 0xFF};
    out->len = fv_url_address(url, out->bytes);
    if (out->len == 16 && memcmp(out->bytes, mapped, sizeof mapped) == 0) {
        memcpy(out->bytes, out->bytes + sizeof mapped, 4);
        out->len = 4;
    }
}

static struct fv_slice without_dot(struct fv_slice name)
{
    return fv_slice_head(name, name.len - (name.len > 0 && name.ptr[name.len - 1] == '.' ? 1 : 0));
}

/* Return whether the last label is a number. Such a text is part of an address ("10.") or a range,
 * and not a host name (URL Standard, 3.5). */
static bool ends_in_number(struct fv_slice name)
{
    size_t dot = fv_slice_find_last(name, '.');
    size_t i = dot < name.len ? dot + 1 : 0;
    while (i < name.len && name.ptr[i] >= '0' && name.ptr[i] <= '9') {
        i++;
    }
    return i == name.len;
}

/* Write text as the URL of a host. A text with several colons and no brackets is an IPv6
 * address. */
static void write_host(struct fv_slice text, struct fv_writer *w)
{
    bool bare = fv_slice_find(text, ':') < fv_slice_find_last(text, ':') && text.ptr[0] != '[';
    fv_writer_text(w, bare ? "http://[" : "http://");
    fv_writer_slice(w, text);
    fv_writer_text(w, bare ? "]" : "");
}

/* Read NAME, ADDRESS or ADDRESS/BITS, with or without a port. Return false if text is none of
 * these. out->name borrows from room. */
static bool take_host(struct fv_slice text, char room[ROOM], struct entry *out)
{
    struct fv_slice host;
    struct fv_slice bits;
    struct fv_url url;
    struct fv_writer w;
    bool range = fv_slice_cut(text, '/', &host, &bits);
    fv_writer_init(&w, room, ROOM);
    write_host(host, &w);
    if (fv_writer_check(&w) != FV_OK || fv_url_parse(fv_writer_done(&w), &url) != FV_OK ||
        url.has_query || fv_slice_find(host, '#') < host.len) {
        return false;
    }
    take_address(&url, &out->address);
    out->name = without_dot(url.host);
    out->port = url.has_port ? url.port : 0;
    out->bits = 8 * out->address.len;
    if (out->address.len == 0 && ends_in_number(out->name)) {
        return false;
    }
    return !range ||
           (out->port == 0 && out->bits > 0 && fv_num_decimal(bits, out->bits, &out->bits));
}

/* Return false if text has none of the known forms. */
static bool read_entry(struct fv_slice text, char room[ROOM], struct entry *out)
{
    *out = (struct entry){.all = fv_slice_eq(text, FV_SLICE("*"))};
    out->below = fv_slice_starts(text, FV_SLICE("*."));
    if (out->below) {
        text = fv_slice_from(text, 2);
    } else if (fv_slice_starts(text, FV_SLICE("."))) {
        text = fv_slice_from(text, 1);
    }
    return out->all || (take_host(text, room, out) && !(out->below && out->address.len > 0));
}

/* Take the next entry from list. Return false if there is none. */
static bool next_entry(struct fv_slice *list, struct fv_slice *entry)
{
    static const char between[] = {',', ' ', '\t', '\r', '\n', '\0'};
    while (list->len > 0) {
        size_t len = 0;
        while (len < list->len && strchr(between, list->ptr[len]) == NULL) {
            len++;
        }
        *entry = fv_slice_head(*list, len);
        *list = fv_slice_from(*list, len + 1);
        if (len > 0) {
            return true;
        }
    }
    return false;
}

static bool same_bits(const struct address *a, const struct address *b, uint64_t bits)
{
    size_t whole = (size_t)bits / 8;
    uint8_t mask = (uint8_t)(0xFF00 >> bits % 8);
    return a->len == b->len && memcmp(a->bytes, b->bytes, whole) == 0 &&
           (mask == 0 || ((a->bytes[whole] ^ b->bytes[whole]) & mask) == 0);
}

static bool matches(const struct entry *e, const struct fv_url *url)
{
    struct address address;
    struct fv_slice host = without_dot(url->host);
    take_address(url, &address);
    if (e->all) {
        return true;
    }
    if (e->port != 0 && e->port != url->port) {
        return false;
    }
    if (e->address.len > 0 || address.len > 0) {
        return same_bits(&e->address, &address, e->bits);
    }
    if (host.len == e->name.len) {
        return !e->below && fv_slice_eq_nocase(host, e->name);
    }
    size_t before = host.len - e->name.len; /* only valid if the host is longer */
    return host.len > e->name.len && host.ptr[before - 1] == '.' &&
           fv_slice_eq_nocase(fv_slice_from(host, before), e->name);
}

bool fv_noproxy_excepts(struct fv_slice list, const struct fv_url *url)
{
    char room[ROOM];
    struct entry entry;
    struct fv_slice text;
    while (next_entry(&list, &text)) {
        if (read_entry(text, room, &entry) && matches(&entry, url)) {
            return true;
        }
    }
    return false;
}

bool fv_noproxy_unknown(struct fv_slice *list, struct fv_slice *entry)
{
    char room[ROOM];
    struct entry ignored;
    while (next_entry(list, entry)) {
        if (!read_entry(*entry, room, &ignored)) {
            return true;
        }
    }
    return false;
}
