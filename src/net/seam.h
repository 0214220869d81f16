/* SPDX-License-Identifier: MIT */
/*
 * Detects where the content of one response runs into the next response.
 *
 * A response that is shorter than its framing announces (for example the response to a HEAD) takes
 * bytes of the next response on the connection as its own content. The next response begins with
 * "HTTP/1.". Content is therefore searched for that text. While the last bytes of the content may
 * be the beginning of that text, they are held back.
 */
#ifndef FV_NET_SEAM_H
#define FV_NET_SEAM_H

#include "base/slice.h"

#include <stdbool.h>

/* Bytes that are held back at most. */
#define FV_SEAM_MOST 6

/* Set to zero before the content of each response. */
struct fv_seam {
    uint8_t alike; /* bytes at the end of the content that match the start of a response */
    uint8_t held;  /* of these, the bytes that are held back */
};

/* Return whether byte is the first byte of a response. */
bool fv_seam_begins(uint8_t byte);

/* Look at the next piece of content. others: more requests are in flight. Return true if a response
 * begins inside the content and others is set.
 * Otherwise return false, and set *before to the bytes that were held back and are content after
 * all: at most FV_SEAM_MOST bytes of static text, to be returned in front of *content. If others is
 * set, *content is shortened by the bytes that are now held back; it may become empty. */
bool fv_seam_look(struct fv_seam *s, bool others, struct fv_slice *before,
                  struct fv_slice *content);

/* The content is complete, and the next response begins after it. Return the bytes that are still
 * held back, which are the end of the content; may be empty. */
struct fv_slice fv_seam_release(struct fv_seam *s);

#endif
