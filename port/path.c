/* SPDX-License-Identifier: MIT */
#include "port/path.h"

#include "base/cap.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

static bool is_allowed(const char *name, size_t n, const char *forbidden)
{
    if (forbidden == NULL) {
        return true;
    }
    for (size_t i = 0; i < n; i++) {
        if ((uint8_t)name[i] < ' ' || strchr(forbidden, name[i]) != NULL) {
            return false;
        }
    }
    return name[n - 1] != ' ' && name[n - 1] != '.';
}

static enum fv_err check_component(const char *name, size_t n, const char *forbidden)
{
    if (n == 0 || (name[0] == '.' && (n == 1 || (n == 2 && name[1] == '.')))) {
        return FV_E_DENIED;
    }
    return n <= FV_CAP_COMPONENT && is_allowed(name, n, forbidden) ? FV_OK : FV_E_STORAGE;
}

enum fv_err fv_port_path_check(const char *path, const char *forbidden)
{
    if (strlen(path) > FV_CAP_PATH) {
        return FV_E_STORAGE;
    }
    for (;;) {
        size_t n = strcspn(path, "/");
        enum fv_err err = check_component(path, n, forbidden);
        if (err != FV_OK || path[n] == '\0') {
            return err;
        }
        path += n + 1;
    }
}
