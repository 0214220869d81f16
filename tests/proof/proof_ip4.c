/* SPDX-License-Identifier: MIT */
/*
 * PROOF text; STATE 5-9; unwind 11; bound texts of 5 to 9 bytes;
 *     only four numbers with dots between them are an address
 */
#include "base/num.c"
#include "base/slice.c"
#include "parse/ip4.c"

#include "proof.h"

void prove_text(void)
{
    char bytes[STATE + 1];
    char *text = bytes + 1; /* so that it ends where they end */
    uint8_t out[4];
    size_t dots = 0;
    bool other = false;
    for (size_t i = 0; i < STATE; i++) {
        dots += text[i] == '.' ? 1 : 0;
        other = other || (text[i] != '.' && (text[i] < '0' || text[i] > '9'));
    }
    bool ok = fv_ip4_parse((struct fv_slice){text, STATE}, out);
    proof(!ok || (dots == 3 && !other), "digits and three dots");
    proof(ok || STATE != 7 || dots != 3 || other || text[1] != '.' || text[3] != '.' ||
              text[5] != '.',
          "four digits are an address");
    proof(!ok || STATE != 7 || (text[1] == '.' ? out[0] == text[0] - '0' : out[0] >= 0), "exact");
    proof_reached();
}
