/* SPDX-License-Identifier: MIT */
#include "soak/world.h"

#include <stdio.h>
#include <string.h>

/* Basic authentication of "user:secret", and of the proxy's "gate:keeper". */
#define SECRET "Authorization: Basic dXNlcjpzZWNyZXQ="
#define PROXY_SECRET "Proxy-Authorization: Basic Z2F0ZTprZWVwZXI="

void soak_judge_secrets(struct soak_world *w, const struct soak_line *l)
{
    bool ours = strstr(l->text, "\r\n" SECRET "\r\n") != NULL;
    bool proxy = strstr(l->text, "\r\n" PROXY_SECRET "\r\n") != NULL;
    bool any = strstr(l->text, "uthorization") != NULL;

    if (l->node == NODE_CONNECT) {
        if (proxy || ours != w->plan->user)
            soak_wrong(w, RULE_SECRET, "the portal got %s",
                       proxy ? "the proxy's credentials" : "no credentials");
    } else if (l->node == NODE_CONNECT_PROXY) {
        if (ours || !proxy)
            soak_wrong(w, RULE_SECRET, "the proxy got %s",
                       ours ? "the portal's" : "no credentials");
    } else if (any) {
        soak_wrong(w, RULE_SECRET, "the storage got credentials");
    }
}

/* A range is only asked for with the validator that was given for that URL. */
void soak_judge_range(struct soak_world *w, const struct soak_line *l, int url)
{
    const char *range = strstr(l->text, "\r\nRange: ");
    const char *tag = strstr(l->text, "\r\nIf-Range: ");
    unsigned of, version;

    if (!range && !tag)
        return;
    if (range && !tag && w->options->adopt)
        return; /* for the size of what is there */
    if (!range || !tag)
        soak_wrong(w, RULE_REQUEST, "a range without validator, or the other way round, of f%d",
                   url);
    else if (strncmp(tag + 12, "W/", 2) == 0)
        soak_wrong(w, RULE_REQUEST, "a range of f%d by a weak validator", url);
    else if (sscanf(tag, "\r\nIf-Range: \"%u-%u\"", &of, &version) == 2 && (int)of != url)
        soak_wrong(w, RULE_REQUEST, "validator of URL %u for URL %d", of, url);
}

void soak_judge_url(struct soak_world *w, enum soak_node node, int url)
{
    size_t entry = (size_t)url / SOAK_GENERATIONS;
    bool named = false;

    for (size_t i = 0; i < w->plan->entries; i++)
        named = named || (w->expected[i] && soak_url_now(w, i) == url);
    if (!named)
        soak_wrong(w, RULE_REQUEST, "f%zu, URL %d, is asked for, which no wanted entry has", entry,
                   url);
    if (node != NODE_FILE && !w->issued[url])
        soak_wrong(w, RULE_REQUEST,
                   "the target of URL %d is asked for, to which nothing redirected", url);
    if (node == NODE_FILE && w->options->dry_run)
        soak_wrong(w, RULE_REQUEST, "a dry run fetches URL %d", url);
}
