# SPDX-License-Identifier: MIT
# sifive-u with its volume on the SD card: also `make BOARD=sifive-u FW_STORAGE=fat`.

include boards/sifive-u/board.mk
FW_STORAGE := fat
FW_DRIVE := sd
FW_CAP := boards/sifive-u/fv_cap.h
