/* SPDX-License-Identifier: MIT */
#include "support/vfat.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#define NAME 32

/* Create a temporary file with the content of b, which is removed when it is closed. `name` is
 * its path for programs that are started meanwhile. */
static FILE *make_image(const struct ram_block *b, char name[NAME])
{
    FILE *f = tmpfile();
    if (f == NULL) {
        abort();
    }
    snprintf(name, NAME, "/dev/fd/%d", fileno(f));
    ram_block_save(b, name);
    return f;
}

/* Run a command line; its output, and *status. */
static char *run(const char *command, size_t *n, int *status)
{
    size_t room = 65536;
    char *text = malloc(room);
    FILE *f = popen(command, "r");
    if (f == NULL) {
        abort();
    }
    *n = 0;
    for (size_t got = 1; got > 0; *n += got) {
        if (*n + 1 >= room) {
            room *= 2;
            text = realloc(text, room);
        }
        got = fread(text + *n, 1, room - *n - 1, f);
    }
    text[*n] = '\0';
    *status = WEXITSTATUS(pclose(f));
    return text;
}

void vfat_format(struct ram_block *b, const char *options)
{
    char name[NAME];
    char command[128];
    size_t n;
    int status;
    FILE *image = make_image(b, name);
    snprintf(command, sizeof command, "/usr/sbin/mkfs.vfat %s %s 2>&1", options, name);
    char *text = run(command, &n, &status);
    if (status != 0) {
        fprintf(stderr, "%s: %s\n", command, text);
        abort();
    }
    free(text);
    ram_block_load(b, name);
    fclose(image);
}

char *vfat_check(const struct ram_block *b, int *status)
{
    char name[NAME];
    char command[128];
    size_t n;
    FILE *image = make_image(b, name);
    snprintf(command, sizeof command, "LC_ALL=C /usr/sbin/fsck.vfat -n %s 2>&1", name);
    char *text = run(command, &n, status);
    fclose(image);
    return text;
}

bool vfat_is_clean(const struct ram_block *b)
{
    int status;
    char *text = vfat_check(b, &status);
    if (status != 0) {
        fprintf(stderr, "%s", text);
    }
    free(text);
    return status == 0;
}

/* Lines of fsck that tell of nothing that a file has lost, and those that go with them. */
static bool is_harmless(const char *line)
{
    static const char *const texts[] = {"fsck.fat ",
                                        "Reclaimed ",
                                        "Free cluster summary wrong",
                                        "  Auto-correcting.",
                                        "FATs differ but appear to be intact.",
                                        "  Automatically choosing",
                                        "  Using first FAT",
                                        "Orphaned long file name part",
                                        "Long filename fragment ",
                                        "  (Maybe the start bit is missing",
                                        "  Auto-deleting.",
                                        "  Not auto-deleting",
                                        "  Not auto-correcting",
                                        "Leaving filesystem unchanged.",
                                        "Dirty bit"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        if (strncmp(line, texts[i], strlen(texts[i])) == 0) {
            return true;
        }
    }
    return strstr(line, " files, ") != NULL || *line == '\0';
}

/* A line that names a file, and the next: a chain longer than the file. */
static bool is_longer_chain(const char *line, const char *next)
{
    return *line == '/' && next != NULL && strstr(next, "cluster chain length is > ") != NULL;
}

bool vfat_is_sound(const struct ram_block *b)
{
    int status;
    char *text = vfat_check(b, &status);
    char *copy = strdup(text);
    bool sound = true;
    char *rest = copy;
    for (char *line = strsep(&rest, "\n"); line != NULL && sound; line = strsep(&rest, "\n")) {
        if (is_longer_chain(line, rest)) {
            (void)strsep(&rest, "\n");
            if (rest != NULL && strncmp(rest, "  Truncating", 12) == 0) {
                (void)strsep(&rest, "\n");
            }
        } else if (!is_harmless(line)) {
            sound = false;
        }
    }
    if (!sound) {
        fprintf(stderr, "%s", text);
    }
    free(copy);
    free(text);
    return sound;
}

unsigned vfat_lost(const struct ram_block *b)
{
    int status;
    unsigned lost = 0;
    char *text = vfat_check(b, &status);
    const char *line = strstr(text, "Reclaimed ");
    if (line != NULL && sscanf(line, "Reclaimed %u", &lost) != 1) {
        abort();
    }
    free(text);
    return lost;
}

uint8_t *vfat_read(const struct ram_block *b, const char *path, size_t *n)
{
    char name[NAME];
    char command[1024];
    int status;
    FILE *image = make_image(b, name);
    snprintf(command, sizeof command, "LC_ALL=C.UTF-8 mcopy -n -i %s '::/%s' - 2>/dev/null", name,
             path);
    char *bytes = run(command, n, &status);
    fclose(image);
    if (status != 0) {
        free(bytes);
        return NULL;
    }
    return (uint8_t *)bytes;
}
