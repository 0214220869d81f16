/*
 * Local names: the one place that turns what a listing says into ORG/STUDY/DELIVERY/NAME below DIR.
 *
 * Per component: an empty one becomes "%", "." becomes "%2E", ".." "%2E%2E"; "/", control bytes (0x00-0x1F, 0x7F, and the
 * C1 controls U+0080 to U+009F), "%" where two hexadecimal digits follow or where it is the whole name (so that two names
 * never become one), and bytes that are not UTF-8 are percent-encoded byte by byte. A component ".fluxvision" becomes
 * "%2Efluxvision" at any depth, since a mirror nested in DIR has its ledger there: in whatever case, and whatever follows it that is
 * neither an ASCII letter nor a digit (media that drop dots and blanks at the end, or read ":" as a stream's name, take it for that one). With fat: also " * : < > ? \ | and a dot or
 * space at the end, device names (CON, PRN, AUX, NUL, COM1-9, LPT1-9, with or without extension: first letter encoded), and a
 * "~" before a digit among the first 19 bytes (it may be the short name of another file).
 * A component that is then longer than FV_CAP_COMPONENT bytes, or is almost that long and looks like a cut one, is cut at a
 * character's border and ends in "~" and 16 hexadecimal digits of the SHA-256 of the whole: the name and, if there is one,
 * "~" and the suffix, as they came.
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

/* Write the four components with "/" between. FV_OK, or FV_E_CAPACITY if the writer is smaller than FV_CAP_PATH + 1. */
enum fv_err fv_localpath_write(const struct fv_localpath *p, struct fv_writer *w) FV_MUSTUSE;

/* One component by the same rules. suffix, if not empty, is appended with a "~" and tells
 * duplicates apart: text is a local name already then, of which nothing is encoded again. */
enum fv_err fv_localpath_component(struct fv_slice text, struct fv_slice suffix, bool fat,
                                   struct fv_writer *w) FV_MUSTUSE;

/* Whether path has a component that the rule for ".fluxvision" would have encoded: older versions wrote such paths into ledgers. */
bool fv_localpath_is_own(struct fv_slice path);

#endif
