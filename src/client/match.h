/*
 * Whether a response's head fits what was asked for. Pure: it may refuse a response, never assign one to a file.
 */
#ifndef FV_CLIENT_MATCH_H
#define FV_CLIENT_MATCH_H

#include "parse/head.h"

/* What a request asked for. */
struct fv_match {
    uint64_t from; /* first byte; 0: the whole */
    struct fv_slice
        validator; /* that If-Range named; empty where from is 0, or nothing but the size is asked for */
};

/* What a status that brings no content means (RFC 9110 15): FV_E_AUTH, FV_E_FORBIDDEN, FV_E_HTTP_RETRY, FV_E_HTTP_STATUS. */
enum fv_err fv_match_status(uint16_t status);

/* Where does the content of a 200 or 206 begin, and how long is the whole (UINT64_MAX: not known)? FV_OK; FV_E_HTTP_RANGE: it is
 * another part, or not a part of the same version (RFC 9110 14.4, 15.3.7); FV_E_HTTP_CODING: not the file's own bytes. */
enum fv_err fv_match_content(const struct fv_match *m, const struct fv_head *head, uint64_t *from,
                             uint64_t *total) FV_MUSTUSE;

/* Whether a 416 says that what was asked for, from the end of what is held, begins where the file ends (RFC 9110 15.5.17). */
bool fv_match_at_end(const struct fv_match *m, const struct fv_head *head);

#endif
