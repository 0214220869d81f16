/* SPDX-License-Identifier: MIT */
#include "net/facts.h"

const int64_t fv_net_facts_built_us = (int64_t)FV_BUILD_TIME * 1000000;
