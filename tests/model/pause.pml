/* A pause.  "The log" (raw commands have no effect until a decision consumes them by key), "Owning runs".
 *
 * A person pauses a run and lets it go on, each command sent once the one before it was answered, hence durable. The first
 * attempt of the run's step fails: it is to be tried again (a decision), its job published, its result folded, the run closed.
 * Owner 1 takes the run over at any point and folds the log; owner 0 goes on as if nothing had happened, or is killed.
 *
 * COMMANDS=2 pause, resume: the run ends.  COMMANDS=3 pause, resume, pause: it may stay paused.
 * Rules taken out:  CONSUME_BY_PRESENCE   a command has its effect while it is there, whatever consumed it before
 *                   NO_NUMBER             a decision takes the next free number
 *                   PAUSE_IN_MEMORY       the pause is not folded from the log: a takeover forgets it
 *                   AS_THEY_COME          a command is consumed as soon as a notice of it comes, not behind those before it
 *                   PAUSE_IS_UNREAD       what decide finds ready begins, paused or not
 */
#ifndef COMMANDS
#define COMMANDS 2
#endif
#define MAXD 8
#define ALL ((1 << COMMANDS) - 1)
#define BIT(c) (1 << (c))
#define IS_PAUSE(c) ((c) % 2 == 0)

mtype = { NOTHING, PAUSED, RESUMED, VOID, RETRY, COMPLETED };

/* the log */
byte  sent;                        /* cmd/<0> … cmd/<sent-1>, in the order of their positions */
bool  failed, done;                /* g1/<step>/1/result = failed, g1/<step>/2/result = completed */
mtype d[MAXD] = NOTHING; byte consumes[MAXD];
byte  decisions;

/* ghosts of the log */
bool  is_paused, is_retried; byte paused_at, consumed; bool closed;

typedef Fold { byte n, known, consumed; bool failed, done, paused, retried, closed }
Fold  o[2];
bool  lease[2], dead[2];
bool  published;                   /* the job of the second attempt */

#define NEXT(f, c) (((f.known & BIT(c)) && !(f.consumed & BIT(c))))
#define FIRST(f) (NEXT(f, 0) -> 0 : (COMMANDS > 1 && NEXT(f, 1) -> 1 : (COMMANDS > 2 && NEXT(f, 2) -> 2 : 9)))
#ifdef PAUSE_IS_UNREAD
#define HOLDS(f) false
#else
#define HOLDS(f) f.paused
#endif
#ifdef CONSUME_BY_PRESENCE
#define COMMAND(f) ((f.known & 1) && !f.paused && !f.closed -> PAUSED : ((f.known & 2) && f.paused -> RESUMED : NOTHING))
#else
/* a command that finds nothing to change is consumed without effect */
#define COMMAND(f) (FIRST(f) == 9 -> NOTHING : (IS_PAUSE(FIRST(f)) -> (f.paused -> VOID : PAUSED) : (f.paused -> RESUMED : VOID)))
#endif
#define DECISION(f) (f.closed -> NOTHING : (COMMAND(f) != NOTHING -> COMMAND(f) : \
    (HOLDS(f) -> NOTHING : (f.failed && !f.retried -> RETRY : (f.retried && f.done -> COMPLETED : NOTHING)))))

inline apply(f, at) {
    if
    :: d[at] == PAUSED ->
#ifdef PAUSE_IN_MEMORY
        if :: mine -> f.paused = true :: else fi
#else
        f.paused = true
#endif
    :: d[at] == RESUMED -> f.paused = false
    :: d[at] == RETRY -> f.retried = true
    :: d[at] == COMPLETED -> f.closed = true
    :: else
    fi;
    if :: consumes[at] < 9 -> f.consumed = f.consumed | BIT(consumes[at]) :: else fi;
    f.n++
}

inline read_log() {                /* everything that rests on each other is read at once */
    o[me].known = BIT(sent) - 1; o[me].failed = failed; o[me].done = done;
    do :: o[me].n < decisions -> apply(o[me], o[me].n) :: else -> break od
}

proctype Owner(byte me) {
    mtype what; byte command, at; bool mine;
    atomic { lease[me] -> read_log() }
    do
    :: dead[me] -> break
    :: o[me].closed -> break
#ifdef AS_THEY_COME
    :: atomic { !dead[me] && sent > 0 && !(o[me].known & 1) -> o[me].known = o[me].known | 1 }
    :: atomic { !dead[me] && sent > 1 && !(o[me].known & 2) -> o[me].known = o[me].known | 2 }
    :: atomic { !dead[me] && sent > 2 && !(o[me].known & 4) -> o[me].known = o[me].known | 4 }
#endif
    :: atomic { !dead[me] && (o[me].known != BIT(sent) - 1 || o[me].failed != failed || o[me].done != done || o[me].n < decisions) ->
        read_log() }               /* an inbox row, a notice, an overdue key: sooner or later */
    :: atomic { !dead[me] && DECISION(o[me]) != NOTHING -> what = DECISION(o[me]);
#ifdef CONSUME_BY_PRESENCE
        command = 9
#else
        command = (what == PAUSED || what == RESUMED || what == VOID -> FIRST(o[me]) : 9)
#endif
        }
        atomic {                   /* append d/<n>: what follows from it comes after */
            at = o[me].n; mine = false;
#ifdef NO_NUMBER
            at = decisions;
#endif
            if
            :: at == decisions ->
                assert(decisions < MAXD);                                /* P5: a command has its effect once, so this ends */
                d[at] = what; consumes[at] = command; decisions++; mine = true;
                assert(!closed);                                         /* P1: nothing stands behind the close … */
                assert(!is_paused || (what != RETRY && what != COMPLETED));    /* … and nothing begins between pause and resume */
                if :: what == PAUSED -> is_paused = true; paused_at = at
                   :: what == RESUMED -> is_paused = false
                   :: what == COMPLETED -> closed = true
                   :: what == RETRY -> assert(!is_retried); is_retried = true
                   :: else
                fi;
                if :: command < 9 -> assert(!(consumed & BIT(command)));      /* P2: no command has two fates */
                    consumed = consumed | BIT(command) :: else fi
            :: else
            fi;
            read_log(); what = NOTHING; command = 0; at = 0; mine = false
        }
    :: atomic { !dead[me] && o[me].retried && !o[me].closed && !o[me].done && !HOLDS(o[me]) && !published ->
        assert(!is_paused || o[me].n <= paused_at);                      /* P3: who has folded the pause publishes nothing */
        published = true }
    od
}

proctype Person() {
    do :: sent < COMMANDS && !closed -> sent++ :: sent == COMMANDS || closed -> break od
}

proctype Work() {
    failed = true;
    published -> done = true       /* a worker; the pause leaves it alone */
}

proctype Faults() {
    lease[0] = true;
    if
    :: atomic { lease[1] = true; dead[0] = true }
    :: lease[1] = true
    :: skip
    fi
}

active proctype Check() {
    timeout -> atomic {            /* P4: the run is as the last command wants it; if that is no pause, it ends */
        assert(closed || (sent == COMMANDS && is_paused && COMMANDS == 3));
        assert(closed || consumed == ALL);
        assert(dead[0] || o[0].n == decisions)
    }
}

init { atomic { run Owner(0); run Owner(1); run Person(); run Work(); run Faults() } }
