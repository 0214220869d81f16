# The objects that stand for mbedTLS's GCM, and their test against mbedTLS's own vectors.

FAST_O := $(B)/mbedtls/gcm_ipsec_mb.o $(B)/mbedtls/gcm_stock.o
MBEDTLS_O += $(FAST_O)

$(FAST_O): $(B)/mbedtls/%.o: boards/linux/%.c boards/linux/gcm_alt.h boards/linux/gcm_stock.h $(MBEDTLS_TREE) \
    boards/linux/mbedtls.mk boards/host-fast/board.mk boards/host-fast/rules.mk | tools
	@mkdir -p $(@D)
	$(call say,cc,$<)$(CC) -std=c11 $(BOARD_CFLAGS) $(MBEDTLS_HOT_$(ARCH)_gcm) $(CFLAGS) -I$(MBEDTLS_DIR)/library \
	    $(INCLUDE_mbedtls) -c $< -o $@

$(B)/mbedtls/gcm_selftest.o: $(MBEDTLS_TREE) boards/host-fast/rules.mk
	@mkdir -p $(@D)
	$(call say,cc,mbedtls/gcm.c)$(CC) $(BOARD_CFLAGS) $(CFLAGS) -DMBEDTLS_SELF_TEST -I$(MBEDTLS_DIR)/library \
	    $(INCLUDE_mbedtls) -c $(MBEDTLS_DIR)/library/gcm.c -o $@

$(B)/tests/boards/test_gcm_ipsec_mb: LDLIBS_test := -lcmocka
$(B)/tests/boards/test_gcm_ipsec_mb: $(B)/tests/boards/test_gcm_ipsec_mb.o $(B)/mbedtls/gcm_selftest.o $(B)/libmbedtls.a
	$(call link,)
