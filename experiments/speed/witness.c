/* A second witness of one kind of case, and the opponent of the engine: stations of equal EVSEs
 * under one cap each, max-min fair; curves of steps; a line in order of arrival; nobody stays
 * after the end of a session.
 *
 *     witness INPUT OUTPUT
 *
 * Both files are plain int64 and float64 of this machine; `witness.py` says in which order.  Times
 * are hours.  The simulation runs twice, and the second run is timed: inputs are in memory, what
 * it needs is allocated within.
 */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { LANES = 4 };  /* EVSEs of a station are padded to whole vectors */

typedef struct {  /* what came in, and what comes out */
    int64_t stations, evses, sessions, steps;
    double cap_kw, limit_kw;
    const double *end_kwh, *step_kw;               /* [steps] */
    const double *entry_h, *entry_kwh, *goal_kwh;  /* [sessions], by entry */
    const int64_t *place;
    double *plug_h, *end_h;
    int64_t *evse;
} Case;

typedef struct {  /* of one station; free EVSEs want nothing and have everything left */
    double *left;  /* kWh to the end of the step or to the goal, at `now` */
    double *want, *got;  /* kW */
    int32_t *session, *step;
    double now, next;
    int32_t next_evse, busy, head, tail;
} Station;

/* Share the cap, and find what is due next. */
static void share(const Case *c, Station *s, int64_t n)
{
    double *restrict left = s->left, *restrict want = s->want, *restrict got = s->got;
    double sums[LANES] = {0.0}, total = 0.0, level = c->limit_kw;
    for (int64_t j = 0; j < n; j += LANES)
        for (int k = 0; k < LANES; k++)
            sums[k] += want[j + k];
    for (int k = 0; k < LANES; k++)
        total += sums[k];
    if (total > c->cap_kw) {
        /* Who wants less than the level has it, until nobody falls below. */
        double above = s->busy;
        level = c->cap_kw / above;
        for (;;) {
            double low[LANES] = {0.0}, many[LANES] = {0.0}, rest = c->cap_kw, count = 0.0;
            for (int64_t j = 0; j < n; j += LANES)
                for (int k = 0; k < LANES; k++) {
                    low[k] += want[j + k] <= level ? want[j + k] : 0.0;
                    many[k] += want[j + k] <= level ? 0.0 : 1.0;
                }
            for (int k = 0; k < LANES; k++) {
                rest -= low[k];
                count += many[k];
            }
            if (count >= above || count == 0.0)
                break;
            above = count;
            level = rest / above;
        }
    }
    double least[LANES];
    for (int k = 0; k < LANES; k++)
        least[k] = INFINITY;
    double wait[n];
    for (int64_t j = 0; j < n; j += LANES)
        for (int k = 0; k < LANES; k++) {
            got[j + k] = want[j + k] < level ? want[j + k] : level;
            wait[j + k] = left[j + k] / got[j + k];
            least[k] = wait[j + k] < least[k] ? wait[j + k] : least[k];
        }
    double soonest = INFINITY;
    for (int k = 0; k < LANES; k++)
        soonest = least[k] < soonest ? least[k] : soonest;
    int32_t who = 0;
    if (soonest < INFINITY)
        while (wait[who] != soonest)
            who++;
    s->next = s->now + soonest;
    s->next_evse = who;
}

/* Bring all batteries up to `t`. */
static void advance(Station *s, int64_t n, double t)
{
    double *restrict left = s->left, *restrict got = s->got, hours = t - s->now;
    for (int64_t j = 0; j < n; j++)
        left[j] -= got[j] * hours;
    s->now = t;
}

/* From `kwh` the session at EVSE `j` goes to the end of its step, or to its goal. */
static void set_step(const Case *c, Station *s, int32_t j, double kwh)
{
    double goal = c->goal_kwh[s->session[j]];
    int32_t k = s->step[j];
    s->left[j] = (c->end_kwh[k] < goal ? c->end_kwh[k] : goal) - kwh;
    s->want[j] = c->step_kw[k] < c->limit_kw ? c->step_kw[k] : c->limit_kw;
}

static void plug(const Case *c, Station *s, int32_t j, int32_t i)
{
    int32_t k = 0;
    while (k < c->steps - 1 && c->end_kwh[k] <= c->entry_kwh[i])
        k++;
    s->session[j] = i;
    s->step[j] = k;
    c->plug_h[i] = s->now;
    c->evse[i] = j;
    set_step(c, s, j, c->entry_kwh[i]);
}

/* The next step of a curve, or the end of a session: the first in line takes its place. */
static void happen(const Case *c, Station *s, int64_t n, int32_t *behind)
{
    int32_t j = s->next_evse, i = s->session[j], k = s->step[j];
    advance(s, n, s->next);
    if (k < c->steps - 1 && c->end_kwh[k] < c->goal_kwh[i]) {
        s->step[j] = k + 1;
        set_step(c, s, j, c->end_kwh[k]);
    } else {
        c->end_h[i] = s->now;
        if (s->head >= 0) {
            plug(c, s, j, s->head);
            s->head = behind[s->head];
        } else {
            s->session[j] = -1;
            s->want[j] = 0.0;
            s->left[j] = INFINITY;
            s->busy--;
        }
    }
    share(c, s, n);
}

static void arrive(const Case *c, Station *s, int64_t n, int32_t *behind, int32_t i)
{
    if (s->busy < c->evses) {
        int32_t j = 0;
        while (s->session[j] >= 0)
            j++;
        advance(s, n, c->entry_h[i]);
        s->busy++;
        plug(c, s, j, i);
        share(c, s, n);
        return;
    }
    behind[i] = -1;
    if (s->head < 0)
        s->head = i;
    else
        behind[s->tail] = i;
    s->tail = i;
}

/* The winner of every match from station `s` up to the root. */
static void replay(int32_t *tree, const Station *all, int64_t leaves, int64_t s)
{
    for (int64_t at = (leaves + s) / 2; at > 0; at /= 2) {
        int32_t a = tree[2 * at], b = tree[2 * at + 1];
        tree[at] = all[b].next < all[a].next ? b : a;
    }
}

static void *room(size_t bytes)
{
    void *found = aligned_alloc(64, (bytes + 63) / 64 * 64);
    if (!found)
        exit(3);
    return found;
}

static void simulate(const Case *c)
{
    int64_t n = (c->evses + LANES - 1) / LANES * LANES, leaves = 1;
    while (leaves < c->stations)
        leaves *= 2;
    Station *all = room(leaves * sizeof *all);
    double *kept = room(3 * n * c->stations * sizeof *kept);
    int32_t *held = room(2 * n * c->stations * sizeof *held);
    int32_t *tree = room(2 * leaves * sizeof *tree);
    int32_t *behind = room(c->sessions * sizeof *behind);
    for (int64_t s = 0; s < leaves; s++) {
        tree[leaves + s] = (int32_t)s;
        all[s] = (Station){.next = INFINITY, .head = -1};
        if (s >= c->stations)
            continue;
        all[s].left = kept + 3 * n * s;
        all[s].want = all[s].left + n;
        all[s].got = all[s].want + n;
        all[s].session = held + 2 * n * s;
        all[s].step = all[s].session + n;
        for (int64_t j = 0; j < n; j++) {
            all[s].left[j] = INFINITY;
            all[s].want[j] = all[s].got[j] = 0.0;
            all[s].session[j] = -1;
        }
    }
    for (int64_t at = leaves - 1; at > 0; at--)
        tree[at] = tree[2 * at];
    for (int64_t i = 0;;) {
        Station *s = all + tree[1];
        double entry_h = i < c->sessions ? c->entry_h[i] : INFINITY;
        if (entry_h < s->next) {
            s = all + c->place[i];
            arrive(c, s, n, behind, (int32_t)i++);
        } else if (s->next < INFINITY) {
            happen(c, s, n, behind);
        } else {
            break;
        }
        replay(tree, all, leaves, s - all);
    }
    free(all), free(kept), free(held), free(tree), free(behind);
}

static double seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

int main(int count, char **words)
{
    FILE *file = count == 3 ? fopen(words[1], "rb") : NULL;
    Case c;
    if (!file || fread(&c, 8, 6, file) != 6)
        return 2;
    size_t m = (size_t)c.sessions, k = (size_t)c.steps, numbers = 2 * k + 4 * m;
    double *in = room(8 * numbers);
    if (fread(in, 8, numbers, file) != numbers)
        return 2;
    fclose(file);
    c.end_kwh = in, c.step_kw = in + k, in += 2 * k;
    c.entry_h = in, c.entry_kwh = in + m, c.goal_kwh = in + 2 * m;
    c.place = (const int64_t *)(in + 3 * m);
    double took = 0.0;
    double *out = room(24 * m);
    c.plug_h = out, c.end_h = out + m, c.evse = (int64_t *)(out + 2 * m);
    for (int run = 0; run < 2; run++) {
        memset(out, 0, 24 * m);
        double began = seconds();
        simulate(&c);
        took = seconds() - began;
    }
    file = fopen(words[2], "wb");
    if (!file || fwrite(&took, 8, 1, file) != 1 || fwrite(out, 8, 3 * m, file) != 3 * m)
        return 2;
    return fclose(file) ? 2 : 0;
}
