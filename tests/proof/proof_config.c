/* SPDX-License-Identifier: MIT */
/*
 * PROOF line; STATE 0-4; unwind 8; bound any line of 0 to 4 bytes;
 *     name and value are inside the line, the name is not empty, and none has a control byte
 */
#include "base/slice.c"
#include "parse/config.c"

#include "proof.h"

static bool is_inside(struct fv_slice s, const char *line)
{
    return s.len == 0 ||
           (__CPROVER_same_object(s.ptr, line) && s.ptr >= line && s.ptr + s.len <= line + STATE);
}

void prove_line(void)
{
    char line[STATE > 0 ? STATE : 1];
    struct fv_slice name, value;
    enum fv_err err = fv_config_line(line, STATE, &name, &value);
    proof(err == FV_OK || err == FV_NOTHING || err == FV_E_USAGE, "its codes");
    proof(err != FV_OK || (is_inside(name, line) && is_inside(value, line)), "inside the line");
    proof(err != FV_OK || name.len > 0, "a name is not empty");
    for (size_t i = 0; err == FV_OK && i < value.len; i++) {
        proof(!is_control(value.ptr[i]), "no control byte");
    }
    proof_reached();
}
