/* SPDX-License-Identifier: MIT */
/*
 * --adopt: a local file without a record, whose time is the listing's, is taken over if the server
 * says that the file has the same size.
 *
 * The request is for the bytes after the local size (RFC 9110 14.2). If that is the size of the
 * file, the server responds with 416 and "Content-Range: bytes *" "/SIZE", without content. After
 * any other response the file is fetched: a 206, a 200 of a server without ranges, a 416 that does
 * not give the size.
 *
 * The content is not compared. The record therefore says that the file was adopted, and --checksum
 * fetches such a file once to compare it.
 */
#ifndef FV_CLIENT_ADOPT_H
#define FV_CLIENT_ADOPT_H

#include "client/client.h"

/* Return in *fits whether a local file may be adopted: no record of its path, and the date of
 * the listing. *size is then its size in bytes. FV_OK; errors of the ledger. */
enum fv_err fv_adopt_fits(struct fv_client *c, const struct fv_plan_record *record, uint64_t *size,
                          bool *fits) FV_MUSTUSE;

/* Adopt the file of record, which has size bytes on the server: record it in the ledger and
 * report it. No hook runs, because the file has not just arrived. FV_OK; FV_E_CHANGED: the local
 * file has another size now; FV_E_CANCELLED, FV_E_TIMEOUT; errors of the port. */
enum fv_err fv_adopt_take(struct fv_client *c, const struct fv_plan_record *record,
                          uint64_t size) FV_MUSTUSE;

#endif
