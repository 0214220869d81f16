/* SPDX-License-Identifier: MIT */
#include "parse/url.h"

#include "base/cap.h"
#include "base/num.h"
#include "parse/ip4.h"
#include "parse/ip6.h"

#include <string.h>

static bool is_name(struct fv_slice s)
{
    char before = '.';
    for (size_t i = 0; i < s.len; i++) {
        char c = s.ptr[i];
        bool empty_label = c == '.' && before == '.';
        if (empty_label || c == '~') {
            return false;
        }
        before = c;
    }
    return s.len > 0 && fv_slice_unreserved(s) == s.len;
}

size_t fv_url_address(const struct fv_url *url, uint8_t out[16])
{
    if (fv_ip6_linked && url->ipv6) {
        return fv_ip6_parse(url->host, out) ? 16 : 0;
    }
    return fv_ip4_parse(url->host, out) ? 4 : 0;
}

static enum fv_err parse_host(struct fv_slice host, struct fv_url *out)
{
    out->ipv6 = fv_ip6_linked && fv_slice_starts(host, FV_SLICE("["));
    if (out->ipv6) {
        if (host.ptr[host.len - 1] != ']') {
            return FV_E_URL;
        }
        host = fv_slice_head(fv_slice_from(host, 1), host.len - 2);
    }
    uint8_t address[16];
    if (!(out->ipv6 ? fv_ip6_parse(host, address) : is_name(host))) {
        return FV_E_URL;
    }
    out->host = host;
    return host.len > FV_CAP_HOST ? FV_E_CAPACITY : FV_OK;
}

static enum fv_err parse_authority(struct fv_slice text, struct fv_url *out)
{
    uint64_t port = out->https ? 443 : 80;
    /* Colons inside the brackets are not the port's. */
    size_t bracket = fv_slice_find_last(text, ']');
    size_t from = bracket < text.len ? bracket + 1 : fv_slice_find(text, ':');
    struct fv_slice host = fv_slice_head(text, from);
    struct fv_slice digits = fv_slice_from(text, from + 1);
    if (from < text.len && text.ptr[from] != ':') {
        return FV_E_URL;
    }
    /* An empty port is none (RFC 3986 3.2.3, RFC 9110 4.2.3). */
    out->has_port = digits.len > 0;
    if (out->has_port && (!fv_num_decimal(digits, UINT16_MAX, &port) || port == 0)) {
        return FV_E_URL;
    }
    out->port = (uint16_t)port;
    return parse_host(host, out);
}

/* Return the length of s up to the first character of stops. */
static size_t span(struct fv_slice s, const char *stops)
{
    size_t end = s.len;
    for (; *stops != '\0'; stops++) {
        end = fv_slice_find(fv_slice_head(s, end), *stops);
    }
    return end;
}

static void parse_target(struct fv_slice text, struct fv_url *out)
{
    text = fv_slice_head(text, fv_slice_find(text, '#'));
    out->has_query = fv_slice_cut(text, '?', &out->path, &out->query);
}

/* Parse what follows the scheme and its colon. out->https is set. */
static enum fv_err parse_hier(struct fv_slice text, struct fv_url *out)
{
    if (!fv_slice_starts(text, FV_SLICE("//"))) {
        return FV_E_URL;
    }
    text = fv_slice_from(text, 2);
    size_t end = span(text, "/?#");
    parse_target(fv_slice_from(text, end), out);
    return parse_authority(fv_slice_head(text, end), out);
}

static enum fv_err check_text(struct fv_slice text)
{
    if (fv_slice_has_control(text)) {
        return FV_E_URL;
    }
    return text.len > FV_CAP_URL ? FV_E_CAPACITY : FV_OK;
}

enum fv_err fv_url_parse(struct fv_slice text, struct fv_url *out)
{
    enum fv_err err = check_text(text);
    if (err != FV_OK) {
        return err;
    }
    struct fv_url url = {0};
    struct fv_slice scheme;
    struct fv_slice rest;
    (void)fv_slice_cut(text, ':', &scheme, &rest);
    url.https = fv_slice_eq_nocase(scheme, FV_SLICE("https"));
    if (!url.https && !fv_slice_eq_nocase(scheme, FV_SLICE("http"))) {
        return FV_E_URL;
    }
    err = parse_hier(rest, &url);
    if (err == FV_OK) {
        *out = url;
    }
    return err;
}

/* Percent-encode all characters that are neither unreserved nor in also. If also has a "%", it is
 * kept before two hexadecimal digits. */
static void put_encoded(struct fv_slice text, const char *also, struct fv_writer *w)
{
    for (;;) {
        size_t run = fv_slice_unreserved(text);
        fv_writer_slice(w, fv_slice_head(text, run));
        if (run == text.len) {
            return;
        }
        text = fv_slice_from(text, run);
        char c = text.ptr[0];
        bool as_is = c != '\0' && strchr(also, c) != NULL;
        if (c == '%' && as_is) {
            as_is = text.len > 2 && fv_num_hexdigit(text.ptr[1]) >= 0 &&
                    fv_num_hexdigit(text.ptr[2]) >= 0;
        }
        if (as_is) {
            fv_writer_char(w, c);
        } else {
            fv_writer_percent(w, (uint8_t)c);
        }
        text = fv_slice_from(text, 1);
    }
}

static void put_path(struct fv_slice path, struct fv_writer *w)
{
    put_encoded(path, "%!$&'()*+,;=:@/", w);
}

static void put_query(const struct fv_url *url, struct fv_writer *w)
{
    if (url->has_query) {
        fv_writer_char(w, '?');
        put_encoded(url->query, "%!$&'()*+,;=:@/?", w);
    }
}

static void put_origin(const struct fv_url *url, struct fv_writer *w)
{
    fv_writer_text(w, url->https ? "https://" : "http://");
    fv_url_write_authority(url, false, w);
}

void fv_url_write_authority(const struct fv_url *url, bool with_port, struct fv_writer *w)
{
    fv_writer_text(w, fv_ip6_linked && url->ipv6 ? "[" : "");
    for (size_t i = 0; i < url->host.len; i++) {
        char c = url->host.ptr[i];
        fv_writer_char(w, c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c);
    }
    fv_writer_text(w, fv_ip6_linked && url->ipv6 ? "]" : "");
    if (with_port || url->port != (url->https ? 443 : 80)) {
        fv_writer_char(w, ':');
        fv_writer_u64(w, url->port);
    }
}

void fv_url_write_target(const struct fv_url *url, struct fv_writer *w)
{
    put_path(url->path.len > 0 ? url->path : FV_SLICE("/"), w);
    put_query(url, w);
}

void fv_url_write(const struct fv_url *url, struct fv_writer *w)
{
    put_origin(url, w);
    fv_url_write_target(url, w);
}

/* Remove the last segment that was written after start, with its "/". */
static void take_back(struct fv_writer *w, size_t start)
{
    struct fv_slice path = fv_slice_from(fv_writer_done(w), start);
    size_t at = fv_slice_find_last(path, '/');
    w->len = start + at;
    w->buf[w->len] = '\0';
}

/*
 * Write segments ("b/c", without the leading "/"), each after a "/". Dot segments are applied to
 * what was written since start (RFC 3986 5.2.4). ends: the path ends here; a dot segment at its end
 * leaves a "/".
 */
static void put_segments(struct fv_slice segments, bool ends, size_t start, struct fv_writer *w)
{
    bool more = true;
    while (more) {
        struct fv_slice segment;
        more = fv_slice_cut(segments, '/', &segment, &segments);
        bool up = fv_slice_eq(segment, FV_SLICE(".."));
        bool dots = up || fv_slice_eq(segment, FV_SLICE("."));
        if (up) {
            take_back(w, start);
        }
        if (!dots || (ends && !more)) {
            fv_writer_char(w, '/');
            put_path(dots ? FV_SLICE_NONE : segment, w);
        }
    }
}

/* A relative path has no colon in its first segment (RFC 3986 4.2). */
static bool has_scheme(struct fv_slice reference)
{
    size_t end = span(reference, ":/?#");
    return end < reference.len && reference.ptr[end] == ':';
}

/* Write the path and query of a reference that is relative to base's path. */
static void put_relative(const struct fv_url *base, const struct fv_url *target,
                         struct fv_writer *w)
{
    size_t start = w->len;
    struct fv_slice folder = fv_slice_head(base->path, fv_slice_find_last(base->path, '/'));
    if (target->path.len == 0) {
        put_path(base->path.len > 0 ? base->path : FV_SLICE("/"), w);
    } else if (target->path.ptr[0] == '/') {
        put_segments(fv_slice_from(target->path, 1), true, start, w);
    } else {
        if (folder.len > 0) {
            put_segments(fv_slice_from(folder, 1), false, start, w);
        }
        put_segments(target->path, true, start, w);
    }
    bool inherits = target->path.len == 0 && !target->has_query;
    put_query(inherits ? base : target, w);
}

enum fv_err fv_url_resolve(const struct fv_url *base, struct fv_slice reference,
                           struct fv_writer *w)
{
    static const struct fv_url root = {0};
    struct fv_url target = {.https = base->https};
    enum fv_err err = check_text(reference);
    if (err != FV_OK) {
        return err;
    }
    bool network = true;
    if (has_scheme(reference)) {
        err = fv_url_parse(reference, &target);
    } else if (fv_slice_starts(reference, FV_SLICE("//"))) {
        err = parse_hier(reference, &target);
    } else {
        network = false;
        parse_target(reference, &target);
    }
    if (err != FV_OK) {
        return err;
    }
    put_origin(network ? &target : base, w);
    put_relative(network ? &root : base, &target, w);
    return fv_writer_check(w);
}

struct fv_slice fv_url_last_segment(const struct fv_url *url)
{
    size_t slash = fv_slice_find_last(url->path, '/');
    return fv_slice_from(url->path, slash + 1);
}

void fv_url_write_segment(struct fv_slice text, struct fv_writer *w)
{
    put_encoded(text, "", w);
}

enum fv_err fv_url_decode(struct fv_slice text, struct fv_writer *w)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if (c == '%') {
            uint64_t value = 0;
            struct fv_slice digits = fv_slice_head(fv_slice_from(text, i + 1), 2);
            if (digits.len != 2 || !fv_num_hex(digits, 0xFF, &value)) {
                return FV_E_URL;
            }
            c = (char)value;
            i += 2;
        }
        fv_writer_char(w, c);
    }
    return FV_OK;
}
