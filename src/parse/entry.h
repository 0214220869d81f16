/*
 * One entry of a listing: the compact object that the splitter cut, read with jsmn, into fields.
 *
 * Strings are decoded in place: escapes, surrogate pairs; a lone surrogate becomes its three-byte form (base/utf8.h). Bytes
 * that are not UTF-8 stay as they are. Required: orga_code_ref, study_code_ref, delivery_code_ref, file_name,
 * file_last_modified_date, url, each a string. orga_name, study_name, delivery_name may be absent or null. A member
 * given twice is an error. A NUL inside a string (\u0000) is an error in url, and allowed elsewhere. The splitter leaves
 * no other members and writes names without escapes, so any other name is FV_E_JSON.
 */
#ifndef FV_PARSE_ENTRY_H
#define FV_PARSE_ENTRY_H

#include "base/err.h"
#include "base/slice.h"

#include <stdint.h>

/* Slices borrow from the object's text. */
struct fv_entry {
    struct fv_slice org, study, delivery;                /* *_code_ref, decoded */
    struct fv_slice name;                                /* file_name */
    struct fv_slice url;                                 /* as the portal wrote it, decoded */
    struct fv_slice modified;                            /* file_last_modified_date as text */
    int64_t modified_us;                                 /* the same, microseconds UTC */
    struct fv_slice org_name, study_name, delivery_name; /* ptr NULL: absent or null */
};

/* The names that fv_splitter_reset() wants: the required ones, then those that are only shown and can be left out. */
extern const struct fv_slice fv_entry_fields[];
extern const size_t fv_entry_field_count, fv_entry_required_count;
#define FV_ENTRY_URL 5 /* index of url among them */

/* Read object[0..len), which is changed. FV_OK; FV_E_JSON (never for what the splitter let through); FV_E_ENTRY (*field is the index
 * of the missing, double or wrong-kind field's name), FV_E_ENTRY_TIME (*field too). *field is untouched on FV_OK and FV_E_JSON. */
enum fv_err fv_entry_parse(char *object, size_t len, struct fv_entry *out,
                           size_t *field) FV_MUSTUSE;

#endif
