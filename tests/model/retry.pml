/* A closed run is tried again.  "The log" (a rewind lists by key the results that it keeps; after a close only a rewind may
 * follow), "The life of a step" 10 (the close of a cancelled run).
 *
 * A run of two steps X and Y, side by side. A worker of each step and generation, which may be as late as it likes. People cancel the run,
 * and try it again: each command carries the generation that its sender saw. A retry says from where: it keeps what is completed, or
 * of it only Y. Two owners fold, decide, append d/<n>; facts reach each of them in any order, or when it loses a number.
 *
 * Rules taken out:  NO_GENERATION_IN_COMMAND   a retry reopens whatever stands closed when it is consumed
 *                   KEEP_UNLISTED              any completed result of an older generation counts
 *                   KEEP_WHAT_IS_KNOWN         the row lists nothing: each fold keeps the results that it happens to know
 *                   NO_FREE_KEYS               the close after a cancel leaves the outcome keys of unfinished steps free
 *                   CONSUME_BY_PRESENCE        the rewind names no command
 *                   NO_NUMBER                  a decision takes the next free number
 *                   ONE_KEY                    the keys of outcomes have no generation
 */
#ifndef GENERATIONS
#define GENERATIONS 3
#endif
#ifndef RETRIES
#define RETRIES 2
#endif
#ifndef CANCELS
#define CANCELS 1
#endif
#define MAXD 6                     /* a close each generation, a rewind between two */
#define X 0
#define Y 1
#define OPEN 0
#define COMPLETED 1
#define FAILED 2
#define CANCELLED 3
#define NOBODY 9
#ifdef ONE_KEY
#define KEY(g, s) (s)
#else
#define KEY(g, s) (((g) - 1) * 2 + (s))       /* g<generation>/<step>/1/result */
#endif
#define BIT(k) (1 << (k))

mtype = { NOTHING, RUN_COMPLETED, RUN_FAILED, RUN_CANCELLED, REWOUND };

/* the log */
byte  result[2 * GENERATIONS];
byte  aim[RETRIES + 1];            /* cmd/<c>: the generation it was aimed at, 0 = not sent; the last one is the cancel */
bool  from_x[RETRIES];             /* of a retry: X is done anew whatever it came to */
mtype d[MAXD] = NOTHING; byte consumes[MAXD]; byte keeps_x[MAXD], keeps_y[MAXD];     /* the generation of the result kept, 0 = none */
byte  decisions;

/* ghosts of the log */
byte  generation = 1, closes[GENERATIONS + 1], rewinds, keeps[2]; bool is_closed;
bool  published[2 * GENERATIONS];

typedef Fold { byte n, generation, known, commands, kept[2]; bool closed, completed }
Fold  o[2];

#define KNOWN(f, g, s) (f.known & BIT(KEY(g, s)))
#ifdef KEEP_UNLISTED
#define OLD(f, g, s) (f.generation > g && KNOWN(f, g, s) && result[KEY(g, s)] == COMPLETED)
#define VALUE(f, s) (OLD(f, 1, s) || OLD(f, 2, s) -> COMPLETED : (KNOWN(f, f.generation, s) -> result[KEY(f.generation, s)] : OPEN))
#else
#define VALUE(f, s) (f.kept[s] -> result[KEY(f.kept[s], s)] : (KNOWN(f, f.generation, s) -> result[KEY(f.generation, s)] : OPEN))
#endif

/* a retry that is there, and means the run as it stands */
#ifdef NO_GENERATION_IN_COMMAND
#define MEANS(f, c) ((f.commands & BIT(c)) && !(spent[me] & BIT(c)))
#else
#define MEANS(f, c) ((f.commands & BIT(c)) && aim[c] == f.generation)
#endif
#define RETRY(f) (MEANS(f, 0) -> 0 : (RETRIES > 1 && MEANS(f, 1) -> 1 : NOBODY))
#define CANCEL(f) ((f.commands & BIT(RETRIES)) && aim[RETRIES] == f.generation)
#define DECISION(f) (f.closed -> (!f.completed && f.generation < GENERATIONS && RETRY(f) != NOBODY -> REWOUND : NOTHING) : \
    (CANCEL(f) -> RUN_CANCELLED : \
    (VALUE(f, X) && VALUE(f, Y) -> (VALUE(f, X) == COMPLETED && VALUE(f, Y) == COMPLETED -> RUN_COMPLETED : RUN_FAILED) : NOTHING)))
byte  spent[2];                    /* commands consumed, as each owner has folded it */

/* the commands that are there */
#define SENT ((aim[0] != 0) | ((RETRIES > 1 && aim[RETRIES - 1]) << (RETRIES - 1)) | ((aim[RETRIES] != 0) << RETRIES))

inline apply(f, at) {
    if
    :: d[at] == REWOUND ->
#ifdef KEEP_WHAT_IS_KNOWN
        f.kept[X] = (KNOWN(f, f.generation, X) && result[KEY(f.generation, X)] == COMPLETED -> f.generation : 0);
        f.kept[Y] = (KNOWN(f, f.generation, Y) && result[KEY(f.generation, Y)] == COMPLETED -> f.generation : 0);
#else
        f.kept[X] = keeps_x[at]; f.kept[Y] = keeps_y[at];
#endif
        f.generation++; f.closed = false;
#ifndef KEEP_UNLISTED
        f.known = f.known & ~(BIT(KEY(f.generation - 1, X)) | BIT(KEY(f.generation - 1, Y)))
#endif
    :: else -> f.closed = true; f.completed = (d[at] == RUN_COMPLETED)
    fi;
    if :: consumes[at] != NOBODY -> spent[me] = spent[me] | BIT(consumes[at]) :: else fi;
    f.n++
}

inline read_log() {
    o[me].commands = SENT;
    do :: o[me].n < decisions -> apply(o[me], o[me].n) :: else -> break od;
    for (i : X .. Y) { if :: result[KEY(o[me].generation, i)] -> o[me].known = o[me].known | BIT(KEY(o[me].generation, i)) :: else fi }
    i = 0
}

/* a step that is ready: no value, nothing kept */
#define READY(f, s) (!f.closed && VALUE(f, s) == OPEN && !published[KEY(f.generation, s)])

inline append(what, command) {
    at = o[me].n;
#ifdef NO_NUMBER
    at = decisions;
#endif
    if
    :: at == decisions ->
        assert(decisions < MAXD);
        d[at] = what; consumes[at] = NOBODY;
        decisions++;
        if
        :: what == REWOUND ->
            assert(aim[command] == generation);                /* P1: a stale retry never reopens a run … */
            assert(is_closed);                                 /* … and an open one is not rewound */
#ifndef CONSUME_BY_PRESENCE
            consumes[at] = command;
#endif
            keeps_x[at] = (VALUE(o[me], X) == COMPLETED && !from_x[command] -> (o[me].kept[X] -> o[me].kept[X] : o[me].generation) : 0);
            keeps_y[at] = (VALUE(o[me], Y) == COMPLETED -> (o[me].kept[Y] -> o[me].kept[Y] : o[me].generation) : 0);
            keeps[X] = keeps_x[at]; keeps[Y] = keeps_y[at];
            generation++; rewinds++; is_closed = false
        :: else ->
            closes[generation]++;
            assert(closes[generation] == 1 && !is_closed);     /* P2: one close a generation */
            is_closed = true;
            if
            :: what == RUN_CANCELLED ->
#ifndef NO_FREE_KEYS
                for (i : 0 .. 1) {
                    if :: !keeps[i] && !result[KEY(generation, i)] -> result[KEY(generation, i)] = CANCELLED :: else fi }
                i = 0
#endif
            :: else ->                                         /* P3: only what is kept, or of this generation, counts */
                assert((keeps[X] || result[KEY(generation, X)]) && (keeps[Y] || result[KEY(generation, Y)]))
            fi
        fi
    :: else
    fi
}

proctype Owner(byte me) {
    mtype what; byte at, i, command;
    do
    /* a notice of an outcome */
#define LEARN(k) atomic { result[k] && !(o[me].known & BIT(k)) -> o[me].known = o[me].known | BIT(k) }
    :: LEARN(KEY(o[me].generation, X)) :: LEARN(KEY(o[me].generation, Y))
    /* an inbox row of a command: the whole run is read */
    :: atomic { SENT != o[me].commands -> read_log() }
#ifdef KEEP_WHAT_IS_KNOWN
    :: atomic { o[me].n < decisions -> apply(o[me], o[me].n) }
#else
    :: atomic { o[me].n < decisions -> read_log() }            /* what a row rests on was committed before it */
#endif
    :: atomic { READY(o[me], X) -> published[KEY(o[me].generation, X)] = true }
    :: atomic { READY(o[me], Y) -> published[KEY(o[me].generation, Y)] = true }
    :: atomic { DECISION(o[me]) != NOTHING -> what = DECISION(o[me]); command = RETRY(o[me]) }
        atomic { append(what, command);
#ifdef KEEP_WHAT_IS_KNOWN
            do :: o[me].n < decisions -> apply(o[me], o[me].n) :: else -> break od;
#else
            read_log();
#endif
            what = NOTHING; command = 0; at = 0 }
    od
}

proctype Worker(byte g, s) {
    atomic { published[KEY(g, s)] ->
        /* P4: what is kept is not executed again */
        assert(g != generation || !keeps[s] || result[KEY(keeps[s], s)] != COMPLETED) }
    atomic {
        if
        :: result[KEY(g, s)] == OPEN ->
            assert(g == generation && !is_closed);             /* P5: nothing is recorded as done in what is closed */
            if :: result[KEY(g, s)] = COMPLETED
               :: g < GENERATIONS -> result[KEY(g, s)] = FAILED
            fi
        :: else                                                /* late: lost the key */
        fi
    }
}

proctype Person(byte c) {
    byte seen;
    atomic { is_closed && d[decisions - 1] != RUN_COMPLETED && generation < GENERATIONS -> seen = generation }
    atomic { aim[c] = seen; if :: from_x[c] = true :: skip fi }
}

proctype Canceller() {
    byte seen;
    atomic { !is_closed -> seen = generation }
    aim[RETRIES] = seen
}

active proctype Check() {
    byte i, told;
    timeout -> atomic {
        assert(is_closed);                                     /* P6: every generation ends */
        for (i : 0 .. 1) {                                     /* P7: two owners agree, and with the log */
            assert(o[i].n == decisions && o[i].generation == generation && o[i].closed == is_closed);
            assert(o[i].kept[X] == keeps[X] && o[i].kept[Y] == keeps[Y])
        }
        for (i : 0 .. RETRIES - 1) {                           /* P8: the log tells each sender what became of its command: */
#ifdef CONSUME_BY_PRESENCE                                     /* it reopened the run … */
            if :: aim[i] && aim[i] < generation -> told++ :: else fi
#else
            if :: aim[i] && (spent[0] & BIT(i)) -> told++ :: else fi
#endif
        }
        assert(told == rewinds)                                /* … or it had no effect */
    }
}

init { byte g, s; atomic {
    o[0].generation = 1; o[1].generation = 1;
    for (g : 1 .. GENERATIONS) { run Worker(g, 0); run Worker(g, 1) }
    g = 0; s = 0;
    run Owner(0); run Owner(1); run Person(0);
    if :: RETRIES > 1 -> run Person(1) :: else fi;
    if :: CANCELS > 0 -> run Canceller() :: else fi
} }
