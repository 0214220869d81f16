# SPDX-License-Identifier: MIT
# The sources of src/, by layer, bottom to top: SRC_LAYER := names without .c. Data alone, for this Makefile and others.

SRC_base := err slice num writer utf8 sha256 wipe
SRC_parse := url ip4 ip6 origin noproxy request head head_holds body splitter splitter_holds entry timestamp quantity \
    range glob localpath config netrc
SRC_net := fault facts show dial conn tls tls_v13 tls_suites tls_sigs tls_fault tls_reason tls_texts tls_tell \
    tls_watch tls_stream tls_cert tls_show tls_dn tls_bundle tls_trust tls_trust_say tls_constraints tls_policy \
    tls_name tls_chain tls_time tls_pin tls_base64 proxy auth pipeline exchange exchange_flight exchange_open \
    exchange_wait seam
SRC_store := store medium table table_file room log ledger ledger_index ledger_each ledger_mend claims names fold \
    plan state partial partial_clean commit commit_recover taken
SRC_client := client doctor doctor_way doctor_file doctor_dir lane local adopt judge incoming batch download listing \
    naming list get wanted sync verify prune loosen leftover last partials features report progress transfer attempt \
    attempt_response redirect match order ends filter backoff rate rate_limit pace
SRC_cli := main run stopped doctor_command doctor_show doctor_advice session session_events options settings \
    proxy_setting gather environment source secret prompt help results json outcome conclude status metrics visible \
    meter parent ask hook message advice near out sink
SRC_fw := main config say time

# What of the layers has no place in a firmware; and of what firmware has X_none.c in place of X.c (logs, IPv6).
FW_WITHOUT := client/doctor client/doctor_way client/doctor_file client/doctor_dir net/facts parse/netrc
FW_NONE := net/show net/tls_show net/tls_trust_say parse/ip6
# With the system's mbedTLS (boards/linux/system.mk) these are linked, and that one is not.
SYSTEM := net/tls_system net/tls_v13_system net/tls_library cli/help_system
SYSTEM_NOT := net/tls_v13
# A board links those of these that its FW_TLS names.
TLS_PARTS := tls_v13 tls_v12 tls_suites tls_suites_lean tls_reason tls_reason_words tls_texts tls_texts_lean
# The files of a feature that a board may leave out (FW_FEATURES): it links X_none.c then.
FEATURES := prune verify filter pins rate words
FEATURE_prune := client/prune
FEATURE_verify := client/verify client/loosen
FEATURE_filter := client/filter
FEATURE_pins := net/tls_pin
FEATURE_rate := client/rate_limit
FEATURE_words := fw/words

# What links to the program may be called after (src/cli/options.c).
COMMANDS := list get sync verify status doctor

# What a program includes: the public header, what it includes, and the port for Linux.
PUBLIC := fluxvision.h base/cap.h base/err.h base/sha256.h base/slice.h port/port.h port/posix/posix.h
