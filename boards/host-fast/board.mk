# As host, on x86-64, with AES-GCM by Debian's libipsec-mb (libipsec-mb-dev) in place of mbedTLS's own: 3.9 GB/s, not 0.4, for a
# program that is 15 MB larger and 2 MiB more resident. Processors without AES-NI get mbedTLS's own. `make BOARD=host-fast`.

include boards/host/board.mk
BOARD_CFLAGS += -DMBEDTLS_GCM_ALT
BOARD_LDLIBS := -lIPSec_MB
