/* Two owners of one run, each with its own view.  "The log: facts and decisions", "Owning runs".
 *
 * The run: step X is before the checkpoint, step Y after it; a wait step W (signal s1 or s2, or its timer). A first attempt of
 * Y may fail (retry: a decision). Commands: pause, cancel, rewind. Facts reach each owner late, in any order, or not at
 * all until it folds again. An owner folds, decides, appends d/<n>, and publishes only what won.
 *
 * Rules taken out:          NO_NUMBER            a decision's key is its kind, not its number
 *                           PUBLISH_FIRST        the effect goes out before the append
 *                           NO_REFOLD            the loser goes on with what it knew
 * What if the rule said:    WRITER_IS_PROCESS    the writer is the process: I won, whatever row of mine stands there
 *                           TIMER_IS_FACT        the timer of a wait writes a fact, while a consumed signal is a decision
 *                           KEEP_WHAT_IS_KNOWN   a rewind keeps "the results", without a list of them in its row
 */
#define MAXD 8
/* facts, one bit each */
#define CMD_CANCEL 1
#define CMD_PAUSE  2
#define SIG1       4
#define SIG2       8
#define Y_FAILED  16      /* g1/Y/1/result = failed */
#define X_DONE    32      /* g1/X/1/result, perhaps from a worker that comes late */
#define CMD_REWIND 64
#define W_TIMEOUT 128     /* g1/W/1/result = timed out (TIMER_IS_FACT only) */
#ifndef FACTS             /* which facts happen in this run of the checker */
#define FACTS (CMD_CANCEL | CMD_PAUSE | SIG1 | SIG2 | Y_FAILED)
#endif
#define TIMER (FACTS & 512)         /* the timer of W is among them */

mtype = { NOTHING, PAUSED, CANCELLING, CANCELLED, CONSUMED1, CONSUMED2, TIMED_OUT, RETRY, REWOUND, COMPLETED };

/* the log */
byte facts;
mtype d[MAXD] = NOTHING; byte d_writer[MAXD]; bool d_keeps_x[MAXD];
byte decisions;           /* rows d/0 … d/<decisions-1> */
byte terminal;            /* ghost */
bool expired;             /* the timer of W has come */

typedef Fold { byte facts; byte n; bool paused, cancelling, closed, retried, rewound, keeps_x; mtype w }
Fold o[2];                /* what each owner holds in memory, folded one by one as things came */
Fold check[2];            /* the same, folded from the log by nobody in particular */
bool unsure[2];           /* the reply to my append was lost */
mtype sent[2] = NOTHING;  /* what it said */
byte  lost_replies = 1;

inline apply(f, what, keeps) {
    if
    :: what == PAUSED -> f.paused = true
    :: what == CANCELLING -> f.cancelling = true
    :: what == RETRY -> f.retried = true
    :: what == REWOUND -> f.rewound = true;
#ifdef KEEP_WHAT_IS_KNOWN     /* those that whoever folds happens to know */
        f.keeps_x = ((f.facts & X_DONE) != 0)
#else                         /* the row names the results that it keeps */
        f.keeps_x = keeps
#endif
    :: what == CONSUMED1 || what == CONSUMED2 || what == TIMED_OUT -> f.w = what
    :: what == CANCELLED || what == COMPLETED -> f.closed = true
    :: else
    fi;
    f.n++                     /* last: `what` may be read through it */
}

/* decide is a pure function of the fold; what the owners know (and the timer) makes it differ between them all the same */
#ifdef TIMER_IS_FACT
#define TIMER_DECIDES false
#else
#define TIMER_DECIDES expired
#endif
#define HAS(f, x) ((f.facts & (x)) != 0)
#define DECISION(f) \
    ( f.closed -> NOTHING : \
    ( f.cancelling -> CANCELLED : \
    ( HAS(f, CMD_CANCEL) -> CANCELLING : \
    ( (HAS(f, CMD_PAUSE) && !f.paused) -> PAUSED : \
    ( (HAS(f, CMD_REWIND) && !f.rewound) -> REWOUND : \
    ( f.paused -> NOTHING : \
    ( (HAS(f, Y_FAILED) && !f.retried) -> RETRY : \
    ( (f.w == NOTHING && HAS(f, SIG1)) -> CONSUMED1 : \
    ( (f.w == NOTHING && HAS(f, SIG2)) -> CONSUMED2 : \
    ( (f.w == NOTHING && TIMER_DECIDES) -> TIMED_OUT : \
    ( ((f.w != NOTHING || HAS(f, W_TIMEOUT)) && (!(FACTS & Y_FAILED) || f.retried)) -> COMPLETED : NOTHING )))))))))))

proctype Owner(byte me) {
    mtype what; byte i; bool won, keeps;
    o[me].w = NOTHING;
    do
    /* a notice, or the re-read of what is overdue: one fact, any of those that have happened */
#define LEARN(x) atomic { (facts & ~o[me].facts & (x)) -> o[me].facts = o[me].facts | (x) }
    :: LEARN(CMD_CANCEL) :: LEARN(CMD_PAUSE) :: LEARN(SIG1) :: LEARN(SIG2) :: LEARN(Y_FAILED) :: LEARN(X_DONE)
    :: LEARN(CMD_REWIND) :: LEARN(W_TIMEOUT)
    :: atomic { o[me].n < decisions && !unsure[me] ->           /* a notice of a decision, in order */
        o[me].facts = facts;                                    /* what it rests on was committed before it: read both at once */
        apply(o[me], d[o[me].n], d_keeps_x[o[me].n]) }
#ifdef TIMER_IS_FACT
    :: atomic { expired && o[me].w == NOTHING && !o[me].closed && !(o[me].facts & (SIG1|SIG2|W_TIMEOUT)) ->
        facts = facts | W_TIMEOUT; o[me].facts = o[me].facts | W_TIMEOUT }
#endif
    :: atomic { DECISION(o[me]) != NOTHING ->                   /* decide … */
        what = DECISION(o[me]);
        keeps = ((o[me].facts & X_DONE) != 0); won = false }
#ifdef PUBLISH_FIRST
        sent[me] = what;
#endif
again:  atomic {                                                /* … append d/<n> … */
            i = o[me].n;
#ifdef NO_NUMBER
            i = decisions;
            for (won : 0 .. 0) { skip }
            byte j; bool taken = false;
            for (j : 0 .. MAXD-1) { if :: d[j] == what -> taken = true :: else fi } j = 0;
            if :: !taken -> d[i] = what; d_writer[i] = me; d_keeps_x[i] = keeps; decisions++ :: else fi;
            won = !taken; taken = false;
#else
            if
            :: i == decisions -> d[i] = what; d_writer[i] = me; d_keeps_x[i] = keeps; decisions++;
                won = true;
                if :: what == CANCELLED || what == COMPLETED -> terminal++ :: else fi;
                if :: lost_replies > 0 -> lost_replies--; unsure[me] = true :: true fi
            :: else ->
#ifdef WRITER_IS_PROCESS
                won = (d_writer[i] == me && unsure[me]);
#else                     /* I won if the row that stands there is the one that I sent */
                won = (d_writer[i] == me && unsure[me] && d[i] == what);
#endif
                unsure[me] = false
            fi;
#endif
#ifdef NO_NUMBER
            if :: won && (what == CANCELLED || what == COMPLETED) -> terminal++ :: else fi;
#endif
            assert(terminal <= 1);                              /* P1: one terminal decision … */
            assert(terminal == 0 || d[decisions-1] == CANCELLED || d[decisions-1] == COMPLETED)   /* … nothing after it */
        }
        if
        :: unsure[me] ->                                        /* reply lost: facts may come, then the append is sent again */
#ifdef WRITER_IS_PROCESS
            atomic { o[me].facts = facts; what = DECISION(o[me]); keeps = ((o[me].facts & X_DONE) != 0) }
#endif
            goto again
        :: !unsure[me] && won ->
            atomic { apply(o[me], what, keeps);                 /* … then publish what follows from it */
                assert(d[o[me].n - 1] == what) }                /* P2: nothing goes out of a decision that lost */
        :: !unsure[me] && !won ->                               /* the loser folds again */
#ifdef PUBLISH_FIRST
            assert(d[o[me].n] == what);
#endif
#ifdef NO_REFOLD
            o[me].n++
#else
            atomic { o[me].facts = facts;
                do :: o[me].n < decisions -> apply(o[me], d[o[me].n], d_keeps_x[o[me].n]) :: else -> break od }
#endif
        fi;
        what = NOTHING
    od
}

proctype World() {            /* facts happen when they like, in any order, before or after anything */
    do
    :: atomic { (FACTS & CMD_CANCEL) && !(facts & CMD_CANCEL) -> facts = facts | CMD_CANCEL }
    :: atomic { (FACTS & CMD_PAUSE)  && !(facts & CMD_PAUSE)  -> facts = facts | CMD_PAUSE }
    :: atomic { (FACTS & SIG1)       && !(facts & SIG1)       -> facts = facts | SIG1 }
    :: atomic { (FACTS & SIG2)       && !(facts & SIG2)       -> facts = facts | SIG2 }
    :: atomic { (FACTS & Y_FAILED)   && !(facts & Y_FAILED)   -> facts = facts | Y_FAILED }
    :: atomic { (FACTS & X_DONE)     && !(facts & X_DONE)     -> facts = facts | X_DONE }
    :: atomic { (FACTS & CMD_REWIND) && !(facts & CMD_REWIND) -> facts = facts | CMD_REWIND }
    :: atomic { TIMER && !expired -> expired = true }
    od
}

active proctype Check() {
    byte i, k;
    timeout -> atomic {
        for (i : 0 .. 1) {    /* P3: fold(log) = what every live owner holds */
            check[i].w = NOTHING; check[i].facts = facts;
            for (k : 0 .. MAXD-1) { if :: k < decisions -> apply(check[i], d[k], d_keeps_x[k]) :: else fi }
            assert(o[i].n == decisions);
            assert(o[i].w == check[i].w && o[i].closed == check[i].closed && o[i].paused == check[i].paused);
            assert(o[i].rewound == check[i].rewound && o[i].keeps_x == check[i].keeps_x);
            /* P4: one outcome of the wait */
            assert(!((facts & W_TIMEOUT) && (check[i].w == CONSUMED1 || check[i].w == CONSUMED2)))
        }
        assert(terminal == 1 || check[0].paused || !(FACTS & (SIG1|SIG2)))      /* P5: it closes, or is paused */
    }
}

init { atomic { run World(); run Owner(0); run Owner(1) } }
