/* SPDX-License-Identifier: MIT */
#include "fw/words.h"

const char *fv_words_of(enum fv_err err)
{
    return fv_err_text(err);
}
