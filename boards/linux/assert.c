/* SPDX-License-Identifier: MIT */
/*
 * The handler of failed assertions in the static builds. musl's own prints with fprintf(), which
 * nothing else links: 6 KB of formatted output.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void say(const char *text)
{
    ssize_t ignored = write(STDERR_FILENO, text, strlen(text));
    (void)ignored;
}

void __assert_fail(const char *expression, const char *file, int line, const char *function)
{
    char digits[12] = {0};
    size_t at = sizeof digits - 1;
    for (unsigned rest = (unsigned)line; rest > 0 && at > 0; rest /= 10) {
        digits[--at] = (char)('0' + rest % 10);
    }
    say("fluxvision: assertion failed: ");
    say(expression);
    say(" (");
    say(file);
    say(":");
    say(digits + at);
    say(", ");
    say(function);
    say(")\n");
    abort();
}
