/* Three owners of one run in turn, while the bus is wiped.  "The log" (decisions), "The life of a step" 4 and 8, "Owning runs".
 *
 * A step whose first attempt fails and whose second one completes: d/1 is the retry, d/2 the close. Owner 1, then owner 2 takes the run over at
 * any point. Who was replaced is killed, or knows nothing of it and goes on: learns, publishes, looks after its jobs, decides.
 * What it knows may be old when it acts. The bus loses everything at any point (WIPES times).
 *
 * EFFECT=0 none or idempotent, EFFECT=2 once. ATTEMPTS=1: the first attempt completes, d/1 is the close.
 * Rules taken out:            NO_NUMBER           a decision takes the next free number
 *                             PUBLISH_FIRST       the second attempt's job goes out before its decision has won
 *                             NO_REPUBLISH        nobody looks whether the bus has lost a job
 *                             ON_TIMEOUT          republishing needs no proof
 *                             NO_LOOK             a copy marked again is executed without looking
 *                             NO_STARTED          `once` without a durable `started`
 * What if the rule said:      MARK_SECOND_ONLY    every owner's first copy goes unmarked
 *                             MARK_UNLESS_FIRST_OWNER  the first owner's first copy goes unmarked, though another's decision asks for it
 */
#ifndef EFFECT
#define EFFECT 0
#endif
#ifndef WIPES
#define WIPES 1
#endif
#ifndef OWNERS
#define OWNERS 3
#endif
#ifndef ATTEMPTS
#define ATTEMPTS 2
#endif
#define COPIES (ATTEMPTS * OWNERS)
#define COPY(o, a) (ATTEMPTS * (o) + (a) - 1)        /* an owner has one copy of an attempt's job on the bus at most */

mtype = { ABSENT, THERE, OUT };
mtype bus[COPIES] = ABSENT;
bool  again[COPIES];
byte  wiped;

/* the log */
bool  result[3];                              /* g1/<step>/<attempt>/result: the first attempt failed, the second completed */
byte  started[3];                             /* its worker */
byte  rows; byte winner[3];                   /* d/1, d/2 and whose they are */

bool  took[OWNERS], gone[OWNERS];
byte  copies[COPIES];                         /* published, by each owner */
byte  executions[3];                          /* ghost, of a `once` */

typedef View { byte n; bool knows[3] }
View  v[OWNERS];

#ifdef MARK_SECOND_ONLY
#define IS_FIRST true
#else
#ifdef MARK_UNLESS_FIRST_OWNER
#define IS_FIRST (o == 0)
#else                                         /* nobody else can have published it */
#define IS_FIRST (o == 0 && (a == 1 || winner[1] == 0))
#endif
#endif

#define PUBLISHED(a) (copies[COPY(o, a)] > 0)
inline publish(a) {
    again[COPY(o, a)] = PUBLISHED(a) || !IS_FIRST;
    copies[COPY(o, a)]++;
    assert(copies[COPY(o, a)] <= 1 + WIPES);  /* P4: no storm */
    bus[COPY(o, a)] = THERE
}
inline read_log() {
    v[o].n = rows; v[o].knows[1] = result[1]; v[o].knows[2] = result[2]
}

#define NOW_AT (v[o].n + 1)                   /* the attempt at hand */
#define MAY (!gone[o] && v[o].n < ATTEMPTS)
proctype Owner(byte o) {
    byte a; bool proven;
    atomic { took[o] -> read_log() }
    do
    :: gone[o] -> break
    :: v[o].n >= ATTEMPTS -> break
    :: atomic { MAY && (v[o].n < rows || v[o].knows[1] != result[1] || v[o].knows[2] != result[2]) -> read_log() }
    /* what it knows may be old, and the log and the bus are others by now: publishes … */
    :: atomic { MAY && !v[o].knows[NOW_AT] && !PUBLISHED(NOW_AT) -> publish(NOW_AT) }
#ifdef ON_TIMEOUT
    :: atomic { MAY && !v[o].knows[NOW_AT] && PUBLISHED(NOW_AT) -> publish(NOW_AT) }
#endif
#ifdef PUBLISH_FIRST
    :: atomic { MAY && v[o].n == 0 && v[o].knows[1] && !PUBLISHED(2) -> publish(2) }
#endif
#ifndef NO_REPUBLISH
    /* … looks after its job: the bus first, then the log … */
    :: atomic { MAY && PUBLISHED(NOW_AT) && bus[COPY(o, NOW_AT)] == ABSENT && !result[NOW_AT] && !started[NOW_AT] -> a = NOW_AT }
        if
        :: atomic { !result[a] && !started[a] -> proven = true }
        :: result[a] || started[a]
        fi;
        atomic { if :: proven && !gone[o] -> publish(a) :: else fi; proven = false; a = 0 }
#endif
    /* … decides, and appends d/<n> */
    :: atomic { MAY && v[o].knows[NOW_AT] -> a = NOW_AT;
        if
#ifdef NO_NUMBER
        :: true ->
#else
        :: rows == v[o].n ->
#endif
            rows++;
            assert(rows == a);                /* P1: one retry, then one close, and nothing behind it */
            winner[a] = o
        :: else
        fi;
        read_log(); a = 0 }
    od
}

#define HERE(k) (k < COPIES && bus[k % COPIES] == THERE)
proctype Worker(byte w) {
    byte c, a, wipe; bool done_at_fetch, look;
    do
    :: atomic {
        if
        :: HERE(0) -> c = 0 :: HERE(1) -> c = 1 :: HERE(2) -> c = 2 :: HERE(3) -> c = 3 :: HERE(4) -> c = 4 :: HERE(5) -> c = 5
        fi;
        a = 1 + c % ATTEMPTS; wipe = wiped; done_at_fetch = result[a]; look = again[c];
        if
#ifndef NO_LOOK
        :: look && (result[a] || (started[a] && started[a] != w)) -> bus[c] = ABSENT; goto next    /* or another live worker has begun */
#endif
#ifndef NO_STARTED
        :: EFFECT == 2 && started[a] -> bus[c] = ABSENT; goto next    /* handed back, until there is a result */
        :: EFFECT == 2 && !started[a] -> bus[c] = OUT; started[a] = w
#endif
        :: else -> bus[c] = OUT
        fi }
        atomic {                              /* executes; `started` stands after 50 ms, or it is quicker */
            if :: EFFECT == 2 -> executions[a]++ :: else fi;
            assert(a <= rows + 1);            /* P2: nothing is executed that no decision asked for */
            assert(EFFECT == 0 || executions[a] <= 1);         /* P3: `once` is executed once */
            /* P5: what has a result is executed again only if it came in the very first copy, which a frozen owner may send late */
            assert(!done_at_fetch || (c < ATTEMPTS && !look && (a == 1 || winner[1] == 0)));
            if :: EFFECT == 0 -> started[a] = w :: true fi }
        atomic {                              /* the first result stands; then the ack */
            result[a] = true;
            if :: bus[c] == OUT && wiped == wipe -> bus[c] = ABSENT :: else fi }
next:   atomic { c = 0; a = 0; wipe = 0; look = false; done_at_fetch = false }
    od
}

proctype Faults() {
    byte c;
    took[0] = true;
    do
    :: atomic { wiped < WIPES -> wiped++; for (c : 0 .. COPIES - 1) { bus[c] = ABSENT } c = 0 }
    :: atomic { !took[1] -> took[1] = true; if :: gone[0] = true :: skip fi }
    :: atomic { OWNERS > 2 && took[1] && !took[OWNERS - 1] -> took[OWNERS - 1] = true; if :: gone[1] = true :: skip fi }
    od
}

active proctype Check() {                                      /* P6: the run ends, and everybody who lives agrees */
    byte o;
    timeout -> atomic {
        assert(rows == ATTEMPTS);
        for (o : 0 .. OWNERS - 1) { assert(!took[o] || gone[o] || v[o].n == ATTEMPTS) }
    }
}

init { byte o; atomic { for (o : 0 .. OWNERS - 1) { run Owner(o) } run Worker(1); run Worker(2); run Faults() } }
