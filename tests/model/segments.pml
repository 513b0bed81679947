/* A segment.  "The life of a step" 8, 9 and 10 (cancel is two decisions).
 *
 * A line of STEPS steps travels as one job (effect none or idempotent). Two workers; a kill between any two lines; the ack wait
 * passes on a live worker; a new owner publishes the rest of the line again while the old copy is at work; a cancel whose
 * control message comes late or never.
 *
 * Rules taken out:            NEXT_BEFORE_APPEND  a step begins before its predecessor's result is durable
 *                             GO_ON_AFTER_LOSS    the loser of a key goes on
 *                             FROM_THE_START      a redelivery begins at the first step
 *                             KEYS_LEFT_FREE      the close after a cancel leaves the outcome keys of unfinished steps free
 * What if the rule said:      LOSER_ACKS          the loser of one step's key acks the whole line (republishing mends it, late)
 */
#ifndef STEPS
#define STEPS 3
#endif
#ifndef KILLS
#define KILLS 1
#endif
#ifndef STALLS
#define STALLS 1
#endif
#ifndef TAKEOVERS
#define TAKEOVERS 1
#endif
#ifndef CANCEL
#define CANCEL 1
#endif
#define HANDLINGS (1 + KILLS + STALLS + TAKEOVERS)
#define COMPLETED 1
#define CANCELLED 2

mtype = { ABSENT, AVAILABLE, DELIVERED, ACKED };
mtype bus[2] = ABSENT;             /* the first copy, and the new owner's (marked again) */
bool  redelivered[2]; byte holder[2];
byte  result[STEPS + 2];           /* g1/<step>/1/result */
bool  cancelling, closed;          /* d/1, d/2 */
bool  up[HANDLINGS], over[HANDLINGS];
byte  next, kills = KILLS, stalls = STALLS, takeovers = TAKEOVERS;

#define WORKS(i) (i < HANDLINGS && up[i % HANDLINGS] && !over[i % HANDLINGS])

proctype Handling(byte h) {
    byte c, s, late; bool won;
    atomic {
        h == next;
        if :: bus[0] == AVAILABLE -> c = 0 :: bus[1] == AVAILABLE -> c = 1 fi;
        next++; bus[c] = DELIVERED; holder[c] = h; up[h] = true; s = 1
    }
    {
        if
#ifndef FROM_THE_START             /* after a redelivery it goes on behind the last recorded result */
        :: redelivered[c] || c == 1 ->
            atomic { do :: s <= STEPS && result[s] == COMPLETED -> s++ :: else -> break od };
            if :: s > STEPS -> goto done :: s <= STEPS && result[s] == CANCELLED -> goto done :: else fi
#endif
        :: else
        fi;
        do
        :: s > STEPS -> break
        :: s <= STEPS && cancelling -> break                    /* a control message arrived; it may not, hence: */
        :: s <= STEPS ->
            atomic {                                            /* step s begins */
                assert(s == 1 || result[s-1] == COMPLETED);     /* P1: never before its predecessor's result */
#ifndef FROM_THE_START
                skip;
#else
                assert(!redelivered[c] || result[s] == 0);      /* P2: what is recorded is not done again */
#endif
                if :: closed -> late++ :: else fi;
                assert(late <= 1)                               /* P3: after the close a worker begins at most what it was about to */
            }
#ifdef NEXT_BEFORE_APPEND
            if :: s < STEPS -> assert(result[s] == COMPLETED) :: else fi;   /* the next one begins here */
#endif
            atomic {                                            /* append */
                won = (result[s] == 0);
                if :: won -> result[s] = COMPLETED; assert(!closed) :: else fi   /* P4: nothing is done in a closed run */
            }
#ifdef GO_ON_AFTER_LOSS
            s++
#else
            if
            :: won -> s++
#ifdef LOSER_ACKS
            :: !won -> break
#else
            :: !won ->                                          /* stops, and hands the job back: it acks only */
                over[h] = true;                                 /* what is finished; it comes again behind the last recorded result */
                atomic {
                    closed || result[STEPS] != 0 || !(WORKS(0) || WORKS(1) || WORKS(2) || WORKS(3)) -> over[h] = false;
                    do :: s <= STEPS && result[s] == COMPLETED -> s++ :: else -> break od;
                    if :: s <= STEPS && result[s] == CANCELLED -> goto done :: else fi
                }
#endif
            fi
#endif
        od;
done:   bus[c] = ACKED;
        over[h] = true
    } unless { !up[h] }
}

active proctype Owner() {
    byte i;
    bus[0] = AVAILABLE;
    if
    :: CANCEL -> cancelling = true;                             /* d/1; the control message goes out, and is lost or late */
        atomic {                                                /* d/2, once the workers have stopped or their lease is over */
            closed = true;
#ifndef KEYS_LEFT_FREE               /* … with `cancelled` under every outcome key that is still free, in the same transaction */
            for (i : 1 .. STEPS) { if :: result[i] == 0 -> result[i] = CANCELLED :: else fi }
#endif
        }
    :: true
    fi
}

active proctype Faults() {
    byte c;
    do
    :: atomic { takeovers > 0 && bus[0] != ABSENT && !closed && result[STEPS] == 0 -> takeovers--; bus[1] = AVAILABLE }
    :: atomic { kills > 0 && up[holder[0]] -> kills--; up[holder[0]] = false }
    :: atomic { kills > 0 && bus[1] != ABSENT && up[holder[1]] -> kills--; up[holder[1]] = false }
    :: atomic { stalls > 0 && bus[0] == DELIVERED -> stalls--; bus[0] = AVAILABLE; redelivered[0] = true }
    :: atomic { bus[0] == DELIVERED && !up[holder[0]] -> bus[0] = AVAILABLE; redelivered[0] = true }
    :: atomic { bus[1] == DELIVERED && !up[holder[1]] -> bus[1] = AVAILABLE; redelivered[1] = true }
    od
}

active proctype Check() {          /* P5: the line is finished, or the run is closed; no job is left */
    byte i;
    timeout -> atomic {
        assert(bus[0] == ACKED && (bus[1] == ABSENT || bus[1] == ACKED));
        for (i : 1 .. STEPS) { assert(closed || result[i] == COMPLETED) }
    }
}

init { byte h; atomic { for (h : 0 .. HANDLINGS-1) { run Handling(h) } } }
