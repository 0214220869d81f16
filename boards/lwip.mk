# SPDX-License-Identifier: MIT
# lwIP for firmware: which of its files are compiled. The host builds them for a test alone, where the peer is lwIP itself behind its loop.

LWIP_FILES := core/def core/inet_chksum core/init core/ip core/mem core/memp core/netif core/pbuf core/tcp \
    core/tcp_in core/tcp_out core/timeouts core/udp core/ipv4/dhcp core/ipv4/etharp core/ipv4/icmp core/ipv4/ip4 \
    core/ipv4/ip4_addr netif/ethernet
INCLUDE_lwip = -isystem $(LWIP_DIR)/src/include -Iport/lwip -DLWIP_NETIF_LOOPBACK=1 -DMEMP_NUM_UDP_PCB=6 -DLWIP_TESTMODE=1 -DMEMP_NUM_SYS_TIMEOUT=10 -DMEMP_NUM_TCP_PCB=12 -DMEM_ALIGNMENT=8 \
    -DMEM_SIZE=16384 -DMEMP_NUM_TCP_SEG=32 -DMEMP_NUM_PBUF=32 -DPBUF_POOL_SIZE=40

# $(call lwip_rules,BUILD,FLAGS): BUILD/lwip/core/tcp.o and so on.
define lwip_rules
$(1)/lwip/%.o: $$(LWIP_TREE) port/lwip/lwipopts.h boards/lwip.mk | tools
	@mkdir -p $$(@D)
	$$(call say,cc,lwip/$$*.c)$$(CC) -std=gnu11 $(2) $$(CFLAGS) $$(INCLUDE_lwip) -c $$(LWIP_DIR)/src/$$*.c -o $$@
endef
