# SPDX-License-Identifier: MIT
# The sources of port/, by folder: PORT_FOLDER := names without .c. Data alone, for this Makefile and others. path.c is
# of no folder.

PORT_posix := net resolve storage large root memory walk reader await clock entropy cpu signal confine landlock \
    seccomp relro
PORT_fat := fat names disk chain volume
# In place of volume, on a board with FW_FAT := volume_none.
PORT_fat_none := volume_none
PORT_littlefs := littlefs names
PORT_nor := nor
PORT_sd := sd
PORT_lwip := stack own tcp udp dns resolve sntp
PORT_bare := start clock time heap libc
PORT_cortexm := clock fault
PORT_riscv := start clock
# The simulator, for tests.
PORT_sim := clock disk fixture names net script storage
