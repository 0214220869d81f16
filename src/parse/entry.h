/* SPDX-License-Identifier: MIT */
/*
 * One entry of a listing: reads the fields of the compact object that the splitter made, with jsmn.
 *
 * Strings are decoded in place: escapes and surrogate pairs. A lone surrogate becomes its
 * three-byte form (base/utf8.h). Bytes that are not UTF-8 stay as they are.
 *
 * Required strings: orga_code_ref, study_code_ref, delivery_code_ref, file_name,
 * file_last_modified_date, url. Optional, and possibly null: orga_name, study_name, delivery_name.
 * A member that is there twice is an error. A NUL inside a string (\u0000) is an error in url and
 * allowed elsewhere. The splitter leaves no other members and writes names without escapes, so any
 * other name is FV_E_JSON.
 */
#ifndef FV_PARSE_ENTRY_H
#define FV_PARSE_ENTRY_H

#include "base/err.h"
#include "base/slice.h"

#include <stdint.h>

/* The slices borrow from the object's text. */
struct fv_entry {
    struct fv_slice org, study, delivery; /* *_code_ref, decoded */
    struct fv_slice name;                 /* file_name */
    struct fv_slice url;                  /* as the portal wrote it, decoded */
    struct fv_slice modified;             /* file_last_modified_date, as text */
    int64_t modified_us;                  /* the same in microseconds since 1970, UTC */
    struct fv_slice org_name, study_name, delivery_name; /* ptr is NULL if absent or null */
};

/* The names for fv_splitter_reset(): first the required ones, then those that are only shown and
 * can be left out. */
extern const struct fv_slice fv_entry_fields[];
extern const size_t fv_entry_field_count, fv_entry_required_count;
#define FV_ENTRY_URL 5 /* index of url in fv_entry_fields */

/* Read object[0..len), which is changed. FV_OK. FV_E_JSON: not such an object; never for an object
 * that the splitter returned. FV_E_ENTRY: a field is missing, given twice or of the wrong kind.
 * FV_E_ENTRY_TIME: the date is not valid. With the last two, *field is the index of the field in
 * fv_entry_fields; it is unchanged otherwise. */
enum fv_err fv_entry_parse(char *object, size_t len, struct fv_entry *out,
                           size_t *field) FV_MUSTUSE;

#endif
