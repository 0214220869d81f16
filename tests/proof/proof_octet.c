/* SPDX-License-Identifier: MIT */
/*
 * PROOF kinds; unwind 20; core; bound all octets; tchar and field text are those of RFC 9110
 */
#include "parse/octet.h"

#include <string.h>

#include "proof.h"

void prove_kinds(void)
{
    static const char marks[] = "!#$%&'*+-.^_`|~";
    uint8_t c = nondet_uint8();
    bool mark = false;
    for (size_t i = 0; i < sizeof marks - 1; i++) {
        mark = mark || (uint8_t)marks[i] == c;
    }
    bool alnum = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
    proof(fv_octet_tchar(c) == (alnum || mark), "5.6.2");
    proof(fv_octet_text(c) == ((c >= 0x20 && c <= 0x7E) || c == '\t' || c >= 0x80), "5.5");
    proof_reached();
}
