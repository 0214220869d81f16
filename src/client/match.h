/* SPDX-License-Identifier: MIT */
/*
 * Decides whether the head of a response fits the request. It has no state. It may refuse a
 * response, but never assigns one to a file.
 */
#ifndef FV_CLIENT_MATCH_H
#define FV_CLIENT_MATCH_H

#include "parse/head.h"

/* What a request asked for. */
struct fv_match {
    uint64_t from; /* first byte; 0: the whole file */
    /* Validator in If-Range; empty if from is 0, or if only the size is asked for. */
    struct fv_slice validator;
};

/* Return the error for a status without content (RFC 9110 15): FV_E_AUTH, FV_E_FORBIDDEN,
 * FV_E_HTTP_RETRY, FV_E_HTTP_STATUS. */
enum fv_err fv_match_status(uint16_t status);

/* Find the offset where the content of a 200 or 206 begins, and the size of the whole file
 * (UINT64_MAX: not known). FV_OK; FV_E_HTTP_RANGE: another range, or a range of another version
 * (RFC 9110 14.4, 15.3.7); FV_E_HTTP_CODING: not the file's own bytes. */
enum fv_err fv_match_content(const struct fv_match *m, const struct fv_head *head, uint64_t *from,
                             uint64_t *total) FV_MUSTUSE;

/* Return whether a 416 says that the requested range begins at the end of the file, so nothing is
 * missing (RFC 9110 15.5.17). */
bool fv_match_at_end(const struct fv_match *m, const struct fv_head *head);

#endif
