/* Reading a small file that the user named, whole. */
#ifndef FV_CLI_FILE_H
#define FV_CLI_FILE_H

#include <stdbool.h>
#include <stddef.h>

/* Read at most size bytes of path into out; false with errno if it can't be read or is larger (EFBIG). */
bool fv_file_read(const char *path, char *out, size_t size, size_t *len);

#endif
