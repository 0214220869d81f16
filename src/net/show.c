#include "net/show.h"

bool fv_show_begin(const struct fv_port *port, struct fv_writer *w, char *text, size_t size)
{
    fv_writer_init(w, text, size);
    return port->log != NULL && port->log->line != NULL;
}

void fv_show_end(const struct fv_port *port, const struct fv_writer *w)
{
    port->log->line(port->log->ctx, FV_PORT_INFO, w->buf);
}

/* Find the longest run of zeros among eight groups of an IPv6 address, two at least (RFC 5952 4.2): *from, and where it ends. */
static unsigned longest_gap(const uint8_t *b, unsigned *from)
{
    unsigned best = 1;
    *from = 8;
    for (unsigned i = 0; i < 8; i++) {
        unsigned n = 0;
        while (i + n < 8 && b[2 * (i + n)] == 0 && b[2 * (i + n) + 1] == 0) {
            n++;
        }
        if (n > best) {
            best = n;
            *from = i;
        }
    }
    return *from + best;
}

static void put_group(struct fv_writer *w, const uint8_t *b)
{
    static const char digits[] = "0123456789abcdef";
    unsigned group = (unsigned)b[0] << 8 | b[1];
    for (unsigned shift = 12; shift > 0; shift -= 4) {
        if (group >> shift != 0) {
            fv_writer_char(w, digits[group >> shift & 15]);
        }
    }
    fv_writer_char(w, digits[group & 15]);
}

static void put_ipv6(struct fv_writer *w, const uint8_t *b)
{
    unsigned from = 0;
    unsigned to = longest_gap(b, &from);
    for (unsigned i = 0; i < 8; i++) {
        if (i == from) {
            fv_writer_text(w, "::");
        }
        if (i >= from && i < to) {
            continue;
        }
        fv_writer_text(w, i > 0 && i != to ? ":" : "");
        put_group(w, b + 2 * (size_t)i);
    }
}

static void put_ipv4(struct fv_writer *w, const uint8_t *b)
{
    for (unsigned i = 0; i < 4; i++) {
        fv_writer_text(w, i > 0 ? "." : "");
        fv_writer_u64(w, b[i]);
    }
}

static void put_port(struct fv_writer *w, uint16_t number)
{
    fv_writer_text(w, ", port ");
    fv_writer_u64(w, number);
}

void fv_show_address(const struct fv_port *port, const char *host, const struct fv_port_addr *addr)
{
    char text[FV_CAP_HOST + 80];
    struct fv_writer w;
    if (!fv_show_begin(port, &w, text, sizeof(text))) {
        return;
    }
    fv_writer_text(&w, "connected to ");
    fv_writer_text(&w, host);
    fv_writer_text(&w, " at ");
    if (addr->family == 6) {
        put_ipv6(&w, addr->bytes);
    } else {
        put_ipv4(&w, addr->bytes);
    }
    put_port(&w, addr->port);
    fv_show_end(port, &w);
}

void fv_show_tunnel(const struct fv_port *port, struct fv_slice host, uint16_t number)
{
    char text[FV_CAP_HOST + 80];
    struct fv_writer w;
    if (fv_show_begin(port, &w, text, sizeof(text))) {
        fv_writer_text(&w, "through the proxy to ");
        fv_writer_slice(&w, host);
        put_port(&w, number);
        fv_show_end(port, &w);
    }
}
