/* SPDX-License-Identifier: MIT */
/*
 * Checks the form of a path that port/port.h requires. For ports whose file system does not check
 * it.
 */
#ifndef FV_PORT_PATH_H
#define FV_PORT_PATH_H

#include "base/err.h"

/* Check a path. forbidden lists bytes that no component may hold; then control bytes, and a space
 * or a dot at the end of a component, are forbidden too, as FAT requires. NULL: no byte is
 * forbidden. FV_OK; FV_E_DENIED: an empty component, "." or ".."; FV_E_STORAGE: too long, or a
 * forbidden byte. */
enum fv_err fv_port_path_check(const char *path, const char *forbidden) FV_MUSTUSE;

#endif
