/* SPDX-License-Identifier: MIT */
#include "soak/answer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const struct soak_fault *soak_fault_at(const struct soak_world *w, enum soak_node node,
                                       size_t entry, unsigned nth, const struct soak_fault *from)
{
    const struct soak_plan *p = w->plan;

    if (w->calm)
        return NULL;
    for (const struct soak_fault *f = from ? from + 1 : p->fault; f < p->fault + p->faults; f++) {
        if (f->on && f->run == w->run && f->node == node && f->entry == entry &&
            (f->nth == nth || f->nth == SOAK_EACH))
            return f;
    }
    return NULL;
}

void soak_explain(struct soak_world *w, int url, uint32_t exits)
{
    if (url < 0) {
        w->explains |= exits;
        w->wide = true;
    } else {
        w->explained[url] |= exits;
    }
}

void soak_explain_fatal(struct soak_world *w, int url, uint32_t exits)
{
    soak_explain(w, url, exits);
    if (url >= 0)
        w->fatal[url] = true;
}

/* --- Connections --- */

/* Each host is reached in the way that the settings say. */
static void judge_way(struct soak_world *w, bool store, bool through)
{
    bool wanted = w->options->proxy && !(w->options->direct & (store ? 2 : 1));

    if (through != wanted)
        soak_wrong(w, RULE_REQUEST, "the %s is reached %s the proxy", store ? "storage" : "portal",
                   through ? "through" : "past");
}

static void met(struct soak_world *w, enum soak_node node, enum fv_sim_manner *manner,
                int64_t *connect_us)
{
    const struct soak_fault *f = soak_fault_at(w, node, 0, w->asked[node][0]++, NULL);

    soak_say(w, "connection to %s%s",
             node == NODE_CONNECT         ? "the portal"
             : node == NODE_CONNECT_STORE ? "the storage"
                                          : "the proxy",
             !f          ? ""
             : f->a == 0 ? ": refused"
             : f->a == 1 ? ": silence"
                         : ": slow");
    if (node != NODE_CONNECT_PROXY)
        judge_way(w, node == NODE_CONNECT_STORE, false);
    if (!f)
        return;
    w->met++;
    *manner = f->a == 0 ? FV_SIM_REFUSE : f->a == 1 ? FV_SIM_SILENT : FV_SIM_ACCEPT;
    if (f->a == 2)
        *connect_us += 9000000;
    if (!w->plan->crowded && (f->a < 2 || w->sim.resolve_us > 0)) {
        for (int u = 0; u < SOAK_URLS; u++) {
            soak_explain(w, u, SOAK_BIT(3));
            w->strikes[u]++;
        }
        if (node != NODE_CONNECT_STORE)
            soak_explain(w, -1, SOAK_BIT(3));
    }
}

static void met_portal(void *arg, enum fv_sim_manner *manner, int64_t *connect_us)
{
    met(arg, NODE_CONNECT, manner, connect_us);
}

/* Whether the storage serves another connection already, and serves one at a time. */
static bool is_full(struct soak_world *w, const struct fv_sim_conn *c)
{
    size_t count = sizeof w->lines / sizeof w->lines[0];
    bool full = false;

    for (size_t i = 0; w->plan->store_full && !w->calm && i < count; i++)
        full = full || (w->lines[i].conn && w->lines[i].conn != c && w->lines[i].serves);
    w->met += full;
    return full;
}

static void met_store(void *arg, enum fv_sim_manner *manner, int64_t *connect_us)
{
    struct soak_world *w = arg;

    met(w, NODE_CONNECT_STORE, manner, connect_us);
    if (w->plan->store_full < 3 && is_full(w, NULL))
        *manner = w->plan->store_full == 1 ? FV_SIM_REFUSE : FV_SIM_SILENT;
}

static void met_proxy(void *arg, enum fv_sim_manner *manner, int64_t *connect_us)
{
    met(arg, NODE_CONNECT_PROXY, manner, connect_us);
}

static struct soak_line *begin_line(struct soak_world *w, const struct fv_sim_conn *c,
                                    enum soak_node node)
{
    struct soak_line *l = &w->lines[fv_sim_conn_number(c)];

    l->conn = c;
    l->node = node;
    l->last = 180;
    l->serves = false;
    l->dead = l->dirty = l->lacking = l->said_close = l->no_tunnel = false;
    l->foreseen = node == NODE_CONNECT && soak_many_foresees(w);
    soak_unclean[fv_sim_conn_number(c)] = false;
    l->number = node == NODE_CONNECT ? w->many.lines++ : UINT8_MAX;
    l->answered = 0;
    l->sent = 0;
    l->len = 0;
    return l;
}

static void portal_accepted(void *arg, struct fv_sim_conn *c)
{
    (void)begin_line(arg, c, NODE_CONNECT);
}

static void store_accepted(void *arg, struct fv_sim_conn *c)
{
    struct soak_world *w = arg;
    struct soak_line *l = begin_line(w, c, NODE_CONNECT_STORE);

    l->dead = is_full(w, c);
    l->serves = !l->dead;
    if (l->dead && w->plan->store_full != 2)
        fv_sim_reset(c);
}

static void store_closed(void *arg, struct fv_sim_conn *c)
{
    struct soak_world *w = arg;

    w->lines[fv_sim_conn_number(c)].serves = false;
}

static void proxy_accepted(void *arg, struct fv_sim_conn *c)
{
    (void)begin_line(arg, c, NODE_CONNECT_PROXY);
}

/* --- Requests --- */

/* Otherwise there may be a second connection to the portal. The client goes on without it, and
 * opens the first one anew at once. */
static bool has_one_way(const struct soak_world *w)
{
    return w->options->jobs == 1 && w->options->pipeline == 1 && w->redirected == 0;
}

/* What a proxy says that gives no tunnel. */
static void refuse_tunnel(struct soak_world *w, const struct soak_fault *f, struct fv_sim_conn *c)
{
    static const int statuses[] = {503, 502, 429, 500, 407, 403, 404, 504};
    int status = statuses[f->a % 8];
    int64_t us = (f->b - 1) * INT64_C(1000000);
    char text[160], after[40] = "";

    if (f->b) {
        snprintf(after, sizeof after, "Retry-After: %d\r\n", f->b - 1);
        w->waits_us += us;
    }
    w->proxy_ends = w->proxy_ends || !soak_may_pass(status);
    if (f->b && has_one_way(w) && soak_may_pass(status))
        w->proxy_us = w->sim.now_us + us;
    snprintf(text, sizeof text, "HTTP/1.1 %d No\r\n%sContent-Length: 0\r\n\r\n", status, after);
    fv_sim_send_text(c, text);
}

/* Whether the client may ask the proxy now. */
static void judge_connect(struct soak_world *w)
{
    if (w->sim.now_us < w->proxy_us)
        soak_wrong(w, RULE_STORM, "the proxy is asked %lld ms before Retry-After allows it",
                   (long long)(w->proxy_us - w->sim.now_us) / 1000);
    if (w->proxy_ends && has_one_way(w))
        soak_wrong(w, RULE_STORM, "the proxy is asked again, and has refused for good");
}

static void spoil_tunnel(struct soak_world *w, const struct soak_fault *f, struct soak_line *l,
                         struct fv_sim_conn *c)
{
    w->met++;
    w->proxy_strikes++;
    l->dead = true;
    for (int u = 0; u < SOAK_URLS; u++)
        soak_explain(w, u, SOAK_BIT(3) | SOAK_BIT(5) | SOAK_BIT(6));
    soak_explain(w, -1, SOAK_BIT(3) | SOAK_BIT(5) | SOAK_BIT(6));
    l->no_tunnel = true;
    if (f->kind == KIND_SURPLUS) {
        l->no_tunnel = w->options->piece == 0; /* else they may come later */
        w->proxy_ends = true;
        fv_sim_send_text(c, "HTTP/1.1 200 Fine\r\n\r\n220 mail.example ESMTP\r\n");
        return;
    }
    if (f->kind == KIND_STATUS) {
        refuse_tunnel(w, f, c);
    } else if (f->a == 1) {
        fv_sim_reset(c);
    } else if (f->a == 3) {
        w->proxy_ends = true;
        fv_sim_send_text(c, "220 mail.example ESMTP\r\n");
    }
    if (f->kind == KIND_STATUS || f->a != 2)
        fv_sim_end(c);
}

static void answer_proxy(struct soak_world *w, struct soak_line *l, struct fv_sim_conn *c)
{
    const struct soak_fault *f = soak_fault_at(w, NODE_PROXY, 0, w->asked[NODE_PROXY][0]++, NULL);
    char host[64] = "";

    w->tunnels++;
    judge_connect(w);
    (void)sscanf(l->text, "CONNECT %63[^:]", host);
    soak_say(w, "CONNECT %s%s", host, f ? ": fails" : "");
    l->node = strcmp(host, SOAK_STORE) == 0 ? NODE_CONNECT_STORE : NODE_CONNECT;
    if (strcmp(host, SOAK_STORE) == 0 || strcmp(host, SOAK_HOST) == 0)
        judge_way(w, l->node == NODE_CONNECT_STORE, true);
    if (f) {
        spoil_tunnel(w, f, l, c);
    } else if (strcmp(host, SOAK_STORE) == 0 || strcmp(host, SOAK_HOST) == 0) {
        fv_sim_send_text(c, "HTTP/1.1 200 Fine\r\n\r\n");
    } else {
        l->dead = true;
        fv_sim_send_text(c, "HTTP/1.1 502 Not there\r\nContent-Length: 0\r\n\r\n");
        fv_sim_end(c);
    }
}

static void answer_portal(struct soak_world *w, struct soak_line *l, struct fv_sim_conn *c,
                          const char *target)
{
    size_t n = strlen(target);
    struct fv_slice scopes[SOAK_SCOPES];
    size_t count = soak_scopes(w->options, scopes);
    int url;

    for (size_t i = 0; i < count; i++) {
        char text[64];

        soak_scope_text(scopes[i], text);
        if (strcmp(target, text) == 0) {
            soak_answer_listing(w, l, c, scopes[i]);
            return;
        }
    }
    if (soak_many_target(w->plan, target) >= 0) {
        soak_many_answer(w, l, c, (size_t)soak_many_target(w->plan, target));
        return;
    }
    url = soak_url_of(w->plan, target, n);
    if (url < 0) {
        soak_wrong(w, RULE_REQUEST, "the portal is asked for %.100s", target);
        fv_sim_reset(c);
        return;
    }
    soak_judge_range(w, l, url);
    if (strncmp(target, "/here/", 6) == 0) {
        soak_judge_url(w, NODE_HERE, url);
        soak_answer_file(w, l, c, NODE_HERE, url);
    } else {
        soak_judge_url(w, NODE_FILE, url);
        soak_answer_file(w, l, c, NODE_FILE, url);
    }
}

static void answer_store(struct soak_world *w, struct soak_line *l, struct fv_sim_conn *c,
                         const char *target)
{
    size_t n = strcspn(target, "#");
    int url;

    if (strncmp(target, "/bad/", 5) == 0) { /* where a redirect goes wrong */
        static const char *const answers[] = {"401 Who", "404 Missing"};

        soak_say(w, "  the storage says %s", answers[target[5] == '4']);
        fv_sim_send_text(c, target[5] == '4' ? "HTTP/1.1 404 No\r\nContent-Length: 3\r\n\r\nno\n"
                                             : "HTTP/1.1 401 Who\r\nContent-Length: 0\r\n\r\n");
        return;
    }
    url = soak_url_of(w->plan, target, n);
    if (url < 0) {
        soak_wrong(w, RULE_REQUEST, "the storage is asked for %.100s", target);
        fv_sim_reset(c);
        return;
    }
    soak_judge_range(w, l, url);
    soak_judge_url(w, NODE_STORE, url);
    soak_answer_file(w, l, c, NODE_STORE, url);
}

static void answer(struct soak_world *w, struct soak_line *l, struct fv_sim_conn *c)
{
    char target[512] = "";

    soak_judge_secrets(w, l);
    if (l->node == NODE_CONNECT_PROXY) {
        answer_proxy(w, l, c);
        return;
    }
    w->requests++;
    l->answered++;
    (void)sscanf(l->text, "GET %511s", target);
    if (l->node == NODE_CONNECT)
        answer_portal(w, l, c, target);
    else
        answer_store(w, l, c, target);
}

/* Nobody reads it any more. */
static void answer_late(struct soak_world *w, const struct soak_line *l)
{
    w->requests += strncmp(l->text, "GET ", 4) == 0;
    if (l->no_tunnel)
        soak_wrong(w, RULE_REQUEST, "a request through a tunnel that there is not");
    if (l->said_close && w->options->pipeline == 1)
        soak_wrong(w, RULE_REQUEST, "a request on a connection that was told to be closed");
    if (l->said_close && l->foreseen)
        soak_wrong(
            w, RULE_REQUEST,
            "a request behind the last one, of which the two connections before had as many");
}

/* It came in one piece with another one, and is never answered. */
static bool is_swallowed(struct soak_world *w, const struct soak_line *l, bool first)
{
    char target[512] = "";
    int url;

    bool swallows = (l->node == NODE_CONNECT && w->plan->swallows) ||
                    (l->node == NODE_CONNECT_STORE && w->plan->store_swallows);

    if (first || !swallows || w->calm || l->dead || sscanf(l->text, "GET %511s", target) != 1)
        return false;
    url = soak_url_of(w->plan, target, strlen(target));
    soak_say(w, "GET URL %d is swallowed", url);
    w->requests++;
    w->met++;
    if (url >= 0) {
        w->strikes[url]++;
        soak_explain(w, url, SOAK_BIT(3));
    }
    return true;
}

static void received(void *arg, struct fv_sim_conn *c, const uint8_t *p, size_t n)
{
    struct soak_world *w = arg;
    struct soak_line *l = &w->lines[fv_sim_conn_number(c)];
    bool first = true;

    for (size_t i = 0; i < n; i++) {
        if (l->len + 1 == sizeof l->text)
            abort();
        l->text[l->len++] = (char)p[i];
        if (p[i] != '\n' || l->len < 4 || memcmp(l->text + l->len - 4, "\r\n\r\n", 4) != 0)
            continue;
        l->text[l->len] = '\0';
        if (is_swallowed(w, l, first))
            ;
        else if (!l->dead)
            answer(w, l, c);
        else
            answer_late(w, l);
        l->len = 0;
        first = false;
    }
}

/* --- Where they are --- */

static struct fv_sim_peer portal, store, proxy, nobody;

void soak_begin_peers(struct soak_world *w)
{
    memset(w->lines, 0, sizeof w->lines);
    portal = (struct fv_sim_peer){.connect_us = 20000,
                                  .piece = w->options->piece,
                                  .window = w->options->window,
                                  .arg = w,
                                  .met = met_portal,
                                  .accepted = portal_accepted,
                                  .received = received};
    store = proxy = portal;
    store.met = met_store;
    store.accepted = store_accepted;
    store.closed = store_closed;
    proxy.met = met_proxy;
    proxy.accepted = proxy_accepted;
}

void soak_listen(struct soak_world *w)
{
    struct fv_port_addr at = fv_sim_addr4(10, 0, 0, 1, 443);
    struct fv_port_addr gone = fv_sim_addr4(10, 0, 0, 9, 443);

    nobody = (struct fv_sim_peer){.manner = FV_SIM_SILENT};
    if (w->plan->dead_address) {
        fv_sim_host(&w->sim, SOAK_HOST, gone);
        fv_sim_listen(&w->sim, gone, &nobody);
    }
    fv_sim_host(&w->sim, SOAK_HOST, at);
    fv_sim_listen(&w->sim, at, &portal);
    at = fv_sim_addr4(10, 0, 0, 2, 443);
    fv_sim_host(&w->sim, SOAK_STORE, at);
    fv_sim_listen(&w->sim, at, &store);
    at = fv_sim_addr4(10, 0, 0, 3, 3128);
    fv_sim_host(&w->sim, SOAK_PROXY, at);
    fv_sim_listen(&w->sim, at, &proxy);
    fv_sim_host(&w->sim, SOAK_DEAD, fv_sim_addr4(10, 0, 0, 4, 443));
}
