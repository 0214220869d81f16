/* The program has no TLS: see fault/plain_tls.h. */
#include "fault/plain_tls.h"
