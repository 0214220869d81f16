/*
 * Where the content of a response runs into the next response.
 *
 * A response that is shorter than it says, as that to a HEAD is, takes the bytes of the next one for its own, if there is one
 * behind it on the connection. They begin with "HTTP/1.". Content is searched for that, and as long as its last bytes may be the first
 * ones of that they are held back.
 */
#ifndef FV_NET_SEAM_H
#define FV_NET_SEAM_H

#include "base/slice.h"

#include <stdbool.h>

/* Bytes held back at most. */
#define FV_SEAM_MOST 6

/* Zero before a response's content. */
struct fv_seam {
    uint8_t alike; /* bytes at the end of the content so far that a response begins with */
    uint8_t held;  /* and those of them that were held back */
};

/* Whether a response begins with that byte. */
bool fv_seam_begins(uint8_t byte);

/* Look at the next piece of content. true: a response begins in it, others being in flight. Otherwise *before, at most FV_SEAM_MOST
 * bytes of static text, is what was held back and is no response, to be given out in front of *content; and *content, perhaps
 * empty now, lost what may be a response's first bytes, where others are in flight. */
bool fv_seam_look(struct fv_seam *s, bool others, struct fv_slice *before,
                  struct fv_slice *content);

/* The content is whole, and the next response begins behind it: what is still held back, perhaps nothing, is its end. */
struct fv_slice fv_seam_release(struct fv_seam *s);

#endif
