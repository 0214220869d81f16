/*
 * The form of a path, as port/port.h asks for it, for ports whose file system does not check it itself.
 */
#ifndef FV_PORT_PATH_H
#define FV_PORT_PATH_H

#include "base/err.h"

/* Check a path of storage; forbidden lists bytes that no component may hold (control bytes are then forbidden too, as are a
 * space or a dot at the end of a component: what FAT asks for); NULL: any. FV_OK; FV_E_DENIED: an empty component, a dot or two;
 * FV_E_STORAGE: too long, or forbidden. */
enum fv_err fv_port_path_check(const char *path, const char *forbidden) FV_MUSTUSE;

#endif
