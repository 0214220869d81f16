#include "client/ends.h"

#include <stddef.h>
#include <stdint.h>

/* File, run, attempt then file, attempt then run, file unless it is the third in a row. */
enum {
    F = FV_ENDS_FILE,
    R = FV_ENDS_RUN,
    A = FV_ENDS_ATTEMPT,
    AR = FV_ENDS_ATTEMPT_RUN,
    T = FV_ENDS_FILE_OF_THREE
};

struct row {
    int8_t err;
    uint8_t ends[FV_PLACE_NAME + 1];
};

/* clang-format off */
static const struct row table[] = {
    /*                      dial portal target dir name */
    {FV_E_USAGE,           {R,   F,     F,     F,  F}},
    {FV_E_MEMORY,          {R,   R,     F,     R,  R}},
    {FV_E_CANCELLED,       {R,   R,     R,     R,  R}},

    {FV_E_RESOLVE,         {AR,  AR,    A,     F,  F}},
    {FV_E_CONNECT,         {AR,  AR,    A,     F,  F}},
    {FV_E_RESET,           {AR,  A,     A,     F,  F}},
    {FV_E_TIMEOUT,         {AR,  A,     A,     F,  F}},
    {FV_E_SLOW,            {AR,  A,     A,     F,  F}},
    {FV_E_CLOSED,          {AR,  A,     A,     F,  F}},
    {FV_E_TRUNCATED,       {AR,  A,     A,     F,  F}},
    {FV_E_NETWORK,         {AR,  A,     A,     F,  F}},
    {FV_E_PROXY,           {R,   R,     F,     F,  F}},
    {FV_E_PROXY_BUSY,      {AR,  AR,    A,     F,  F}},

    {FV_E_TLS,             {R,   R,     F,     F,  F}},
    {FV_E_TLS_RECORD,      {R,   F,     F,     F,  F}},
    {FV_E_TLS_BROKEN,      {AR,  A,     A,     F,  F}},
    {FV_E_TLS_TRUST,       {R,   R,     F,     F,  F}},
    {FV_E_TLS_NAME,        {R,   R,     F,     F,  F}},
    {FV_E_TLS_TIME,        {R,   R,     F,     F,  F}},
    {FV_E_TLS_PIN,         {R,   R,     F,     F,  F}},
    {FV_E_TLS_CA,          {R,   R,     F,     F,  F}},

    {FV_E_AUTH,            {R,   R,     F,     F,  F}},
    {FV_E_HTTP_RETRY,      {A,   A,     A,     F,  F}},

    {FV_E_STORAGE,         {F,   F,     F,     T,  T}},
    {FV_E_FULL,            {F,   F,     F,     T,  T}},
    {FV_E_DENIED,          {F,   F,     F,     R,  F}},
    {FV_E_READONLY,        {F,   F,     F,     R,  R}},
    {FV_E_NOT_FOUND,       {F,   F,     F,     R,  F}},
    {FV_E_EXISTS,          {F,   F,     F,     R,  F}},
};
/* clang-format on */

enum fv_ends fv_ends_of(enum fv_place place, enum fv_err err)
{
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        if (table[i].err == err) {
            return (enum fv_ends)table[i].ends[place];
        }
    }
    return FV_ENDS_FILE;
}

bool fv_ends_transient(enum fv_place place, enum fv_err err)
{
    enum fv_ends ends = fv_ends_of(place, err);
    return ends == FV_ENDS_ATTEMPT || ends == FV_ENDS_ATTEMPT_RUN;
}
