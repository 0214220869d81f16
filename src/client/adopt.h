/*
 * --adopt: a file that is there without a record, with the listing's time, is taken over if the server says that it has as many bytes.
 *
 * The server is asked for what comes behind the local size (RFC 9110 14.2): where that is the file's size it answers 416 with
 * "Content-Range: bytes *" "/SIZE", without any content. Any other answer means that the file is fetched: a 206, a 200 of a server without
 * ranges, a 416 that does not tell the size. Nothing has compared the content then, so the record says that it was adopted, and
 * --checksum fetches such a file once to see.
 */
#ifndef FV_CLIENT_ADOPT_H
#define FV_CLIENT_ADOPT_H

#include "client/client.h"

/* Whether a file is there that may be taken over: *fits, and *size is written then. FV_OK or errors of ledger and port. */
enum fv_err fv_adopt_fits(struct fv_client *c, const struct fv_plan_record *record, uint64_t *size,
                          bool *fits) FV_MUSTUSE;

/* Take over the file of record, which the server says has size bytes: note it in the ledger and report it. No hook is run: it has not
 * arrived now. FV_OK; FV_E_CHANGED: it has another size by now; FV_E_CANCELLED; errors of the port. */
enum fv_err fv_adopt_take(struct fv_client *c, const struct fv_plan_record *record,
                          uint64_t size) FV_MUSTUSE;

#endif
