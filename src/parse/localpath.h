/* SPDX-License-Identifier: MIT */
/*
 * Local paths: the only module that turns the names of a listing into ORG/STUDY/DELIVERY/NAME below
 * DIR.
 *
 * Rules for each component:
 * - An empty component becomes "%", "." becomes "%2E", and ".." becomes "%2E%2E".
 * - Percent-encoded, byte by byte: "/", control bytes (0x00-0x1F, 0x7F, and the C1 controls U+0080
 *   to U+009F), and bytes that are not UTF-8. Also "%", if two hexadecimal digits follow it or if
 *   it is the whole name, so that two names never become one.
 * - ".fluxvision" becomes "%2Efluxvision" at any depth, because a directory in DIR may be
 *   synchronised by itself and have its ledger there. This holds in any case, and with anything
 *   after it that does not begin with an ASCII letter or digit: some media drop trailing dots and
 *   spaces, or take ":" for the start of a stream name.
 * - With fat: also " * : < > ? \ | and a dot or space at the end; device names (CON, PRN, AUX, NUL,
 *   COM1-9, LPT1-9, with or without an extension), of which the first letter is encoded; and "~"
 *   before a digit in the first 19 bytes, because it may be the short name of another file.
 * - If the result is longer than FV_CAP_COMPONENT bytes, it is cut at a character boundary and ends
 *   in "~" and 16 hexadecimal digits of a SHA-256. The same is done to a name of almost that length
 *   that looks like a cut one. The hash is that of the whole original: the name and, if there is
 *   one, "~" and the suffix.
 */
#ifndef FV_PARSE_LOCALPATH_H
#define FV_PARSE_LOCALPATH_H

#include "base/cap.h"
#include "base/err.h"
#include "base/slice.h"
#include "base/writer.h"

struct fv_localpath {
    struct fv_slice org, study, delivery, name; /* decoded, any bytes */
    bool fat;
};

/* Write the four components with "/" between them. FV_OK; FV_E_CAPACITY if the writer has less than
 * FV_CAP_PATH + 1 bytes. */
enum fv_err fv_localpath_write(const struct fv_localpath *p, struct fv_writer *w) FV_MUSTUSE;

/* Write one component by the same rules. If suffix is not empty, "~" and the suffix follow; they
 * tell duplicates apart. text is then already a local name, and is not encoded again. Errors as
 * above. */
enum fv_err fv_localpath_component(struct fv_slice text, struct fv_slice suffix, bool fat,
                                   struct fv_writer *w) FV_MUSTUSE;

/* Return whether path has a component that the ".fluxvision" rule would encode. Older versions
 * wrote such paths into ledgers. */
bool fv_localpath_is_own(struct fv_slice path);

#endif
