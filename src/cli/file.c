#include "cli/file.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

bool fv_file_read(const char *path, char *out, size_t size, size_t *len)
{
    char extra = 0;
    size_t done = 0;
    ssize_t n = 1;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (fd < 0) {
        return false;
    }
    while (n > 0) {
        n = done < size ? read(fd, out + done, size - done) : read(fd, &extra, 1);
        if (n < 0 && errno == EINTR) {
            n = 1;
        } else if (n > 0 && done == size) {
            n = -1;
            errno = EFBIG;
        } else if (n > 0) {
            done += (size_t)n;
        }
    }
    int error = errno;
    (void)close(fd);
    errno = error;
    *len = done;
    return n == 0;
}
