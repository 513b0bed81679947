/* The bus loses, doubles and resurrects jobs.  "The life of a step" 4, 5, 7 and 8.
 *
 * Two ready steps X and Y (effect none or idempotent), two workers of which one may be killed, an owner that may be replaced
 * between any two of its steps, a stream that is purged, made anew or restored from an old copy at any point.
 *
 * Rules taken out:            ON_TIMEOUT         republishing needs no proof        LOG_FIRST   the log is asked before the bus
 *                             NO_REPUBLISH       nobody looks                       NO_REREAD   overdue keys are not read again
 *                             AGAIN_UNREAD       a copy marked again is executed without looking
 *                             NO_LOOK            a redelivered or old job is executed without looking for a result
 * What if the rule said:      MARK_NEW_OWNER_ONLY  only a new owner's copies are marked again
 *                             RESULT_ONLY        no result in the log is enough, though a live worker has begun and its copy was dropped
 *                             NUMBER_ONLY        the bus "does not have" the number, whatever job stands there: after a restore
 *                                                another one may (it holds: a delay, which passes)
 */
#ifndef BUSFAULTS
#define BUSFAULTS 1
#endif
#ifndef TAKEOVERS
#define TAKEOVERS 1
#endif
#ifndef KILLS
#define KILLS 1
#endif
#define WORKERS 2
#define COPIES (1 + BUSFAULTS + TAKEOVERS + KILLS)     /* of one job: the first, and one for each thing that went wrong */
#define SEQ (2 * COPIES + 1)

typedef Message { byte job; bool again, out, redelivered, old; byte by }   /* job 0: nothing stands at this number */
Message m[SEQ], copy[SEQ];
byte last, stream = 1, copy_last; bool copied;
byte busfaults = BUSFAULTS, takeovers = TAKEOVERS, kills = KILLS;

byte result[3], started[3];                            /* the log; X = 1, Y = 2; started: the worker */
bool up[WORKERS + 1];

/* the owner's memory, lost with it */
bool published[3], folded[3], first[3];
byte at_seq[3], at_stream[3];
byte epoch;                                            /* a new owner */
byte copies[3];                                        /* ghost */

#ifdef NUMBER_ONLY
#define LOST_ON_BUS(j) (at_stream[j] != stream || m[at_seq[j]].job == 0)
#else                                                  /* … or has another job there */
#define LOST_ON_BUS(j) (at_stream[j] != stream || m[at_seq[j]].job != j)
#endif
#ifdef RESULT_ONLY
#define LIVE_BEGUN(j) false
#else
#define LIVE_BEGUN(j) (started[j] != 0 && up[started[j]])
#endif

inline publish(j) {
    atomic {
        copies[j]++;
        assert(copies[j] <= COPIES);                   /* P3: no storm */
        last++;
        m[last].job = j; m[last].out = false; m[last].redelivered = false; m[last].old = false;
#ifdef MARK_NEW_OWNER_ONLY
        m[last].again = (epoch > 0 && !first[j]);      
#else
        m[last].again = (epoch > 0 || first[j])        /* every copy but the first that is known to be the first */
#endif
        ; first[j] = true; seq = last; str = stream; mine = epoch
    }
    atomic {                                           /* the PubAck comes; or the owner is no more */
        if :: mine == epoch -> published[j] = true; at_seq[j] = seq; at_stream[j] = str :: else fi
    }
}

proctype Owner(byte j) {                               /* what the owner does about one step */
    byte seq, str, mine;
    do
    :: folded[j] -> break
#ifndef NO_REREAD
    :: !folded[j] && result[j] -> folded[j] = true     /* a notice, or overdue: read again */
#else
    :: atomic { result[j] == 2 -> folded[j] = true }   /* only the notice, and it was lost */
#endif
    :: !published[j] && !folded[j] -> publish(j)
#ifdef ON_TIMEOUT
    :: published[j] && !folded[j] && !result[j] -> publish(j)
#endif
#ifndef NO_REPUBLISH
#ifdef LOG_FIRST
    :: published[j] && !result[j] && !LIVE_BEGUN(j) ->
        if :: atomic { published[j] && LOST_ON_BUS(j) -> skip }; publish(j)
           :: !(published[j] && LOST_ON_BUS(j))
        fi
#else
    :: published[j] && LOST_ON_BUS(j) && !LIVE_BEGUN(j) && !result[j] ->   /* proof, … */
        if                                             /* … and the log once more */
        :: result[j] -> folded[j] = true
        :: atomic { !result[j] && !LIVE_BEGUN(j) && published[j] -> skip }; publish(j)
        :: !result[j] && (LIVE_BEGUN(j) || !published[j])
        fi
#endif
#endif
    od
}

#ifdef AGAIN_UNREAD
#define AGAIN_IS_READ false
#else
#define AGAIN_IS_READ true
#endif
#ifdef NO_LOOK
#define OTHERS_ARE_READ false
#else
#define OTHERS_ARE_READ true
#endif

#define BEGUN_BY_OTHER(j) (started[j] != 0 && started[j] != w && up[started[j]])
proctype Worker(byte w) {
    byte s, j, str; bool look, again, done_at_fetch;
    {
        do
#define W(k) (k < SEQ && m[k % SEQ].job && !m[k % SEQ].out)
#define FIRST (W(1) -> 1 : (W(2) -> 2 : (W(3) -> 3 : (W(4) -> 4 : (W(5) -> 5 : (W(6) -> 6 : (W(7) -> 7 : (W(8) -> 8 : 0))))))))
        :: atomic { FIRST != 0 -> s = FIRST;           /* the bus delivers in order; what comes back, where it stood */
            j = m[s].job; str = stream; m[s].out = true; m[s].by = w; done_at_fetch = (result[j] != 0);
            again = m[s].again; look = (again && AGAIN_IS_READ) || ((m[s].redelivered || m[s].old) && OTHERS_ARE_READ) }
            do
            :: look && result[j] -> goto ack
            :: look && !result[j] && BEGUN_BY_OTHER(j) ->
                if
                :: again -> goto ack                   /* the owner watches it */
                :: !again -> result[j] || !BEGUN_BY_OTHER(j)   /* handed back, it comes again: here, it waits */
                fi
            :: else -> break
            od;
            assert(!done_at_fetch);                    /* P2: what has a result is not executed again */
            if :: started[j] = w :: skip fi;           /* still going after 50 ms, or quicker */
            atomic { if :: !result[j] -> result[j] = 1 :: else fi };
ack:        atomic { if :: stream == str && m[s].job == j && m[s].out -> m[s].job = 0; m[s].out = false :: else fi; s = 0; j = 0; look = false; again = false; done_at_fetch = false }
        od
    } unless { !up[w] }
}

#define FORGET(k) m[k].job = 0; m[k].again = false; m[k].out = false; m[k].redelivered = false; m[k].old = false; m[k].by = 0
proctype Faults() {
    byte s;
    do
    :: atomic { busfaults > 0 -> busfaults--;
        if
        :: for (s : 1 .. SEQ-1) { FORGET(s) }                                       /* purge: numbers go on */
        :: for (s : 1 .. SEQ-1) { FORGET(s) }; last = 0; stream++                    /* deleted, made anew by whoever misses it */
        :: copied -> last = copy_last;                                              /* restored from an old copy */
            for (s : 1 .. SEQ-1) { FORGET(s); m[s].job = copy[s].job; m[s].again = copy[s].again; m[s].old = true }
        fi; s = 0 }
    :: atomic { !copied && busfaults > 0 -> copied = true; copy_last = last;
        for (s : 1 .. SEQ-1) { copy[s].job = m[s].job; copy[s].again = m[s].again } s = 0 }
    :: atomic { takeovers > 0 -> takeovers--; epoch++; published[1] = false; published[2] = false }
    :: atomic { kills > 0 -> kills--; up[1] = false;
        for (s : 1 .. SEQ-1) { if :: m[s].out && m[s].by == 1 -> m[s].out = false; m[s].redelivered = true :: else fi }; s = 0 }
    od
}

active proctype Check() {                              /* P1: no ready step is stranded */
    timeout -> assert(result[1] && result[2] && folded[1] && folded[2])
}

init { atomic { up[1] = true; up[2] = true; run Owner(1); run Owner(2); run Worker(1); run Worker(2); run Faults() } }
