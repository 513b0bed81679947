/* One attempt of one step.  "The life of a step" 1-5 and 7, and "The log" (writer, key).
 *
 * One job on the bus; every delivery of it is a Handling, in one of two worker processes. At any point a process
 * is killed (KILLS times), or the bus believes that a live handling is dead (STALLS times: a zombie that wakes).
 *
 * EFFECT=0 none or idempotent, EFFECT=2 once.
 * Rules taken out:
 *   NO_KEY             two outcomes may be written               ACK_BEFORE_APPEND  the ack goes first
 *   NO_STARTED         `once` without a durable `started`        RERUN_ON_STARTED   a foreign `started` is ignored
 *   NO_LOOK            a redelivered job begins without looking for a result
 * What if the rule said:
 *   WRITER_IS_PROCESS  the writer of a row is the process: a second delivery to the same process "won" its own `started`
 *   LOSER_ACKS         who lost `started` acks, though nobody has written an outcome
 *   LOST_WHILE_LIVE    a foreign `started` is answered with `lost`, even while its writer lives
 *   LIVE_ONCE_EXECUTING  within its own process, a `started` is a live one's only once the execution has begun
 *   LOCK_ALONE         who holds no session lock is dead, though its lease goes on: a broken connection frees the lock too
 *   LIMIT_FIRST        begun too often is `lost`, before it is asked whether a live worker has begun
 */
#ifndef EFFECT
#define EFFECT 0
#endif
#ifndef KILLS
#define KILLS 1
#endif
#ifndef STALLS
#define STALLS 2
#endif
#define ONCE (EFFECT == 2)
#define HANDLINGS (KILLS + STALLS + 1)
#define NONE 0
#define COMPLETED 1
#define LOST 2
#ifndef BEGUN_LIMIT
#define BEGUN_LIMIT 4          /* after the fourth the outcome is `lost` */
#endif

mtype = { AVAILABLE, DELIVERED, ACKED };
mtype bus = AVAILABLE;         /* the one job in the stream */
byte holder, next;             /* the handling that has it; the next to be made */
bool delivered_before;

/* the log */
byte result; byte outcomes;    /* g1/step/1/result, and a ghost that counts writes that were believed */
byte started;                  /* g1/step/1/started: its writer, 0 = no row */
byte started_handling;
byte begun;                    /* number of g1/step/1/begun/<k> rows */

byte incarnation[2];           /* of each worker process */
bool cut[2];                   /* it lives, and its session with the database is gone for a moment, its lock with it */
bool up[HANDLINGS], over[HANDLINGS], executing[HANDLINGS];
byte process[HANDLINGS];
byte kills = KILLS, stalls = STALLS;
byte executions;               /* ghost: effects on the outside */

#ifdef WRITER_IS_PROCESS
#define WRITER (1 + process[h] + 2 * incarnation[process[h]])
#else                          /* the writer is the handling of one delivery: (process incarnation, serial) */
#define WRITER (1 + h)
#endif

/* who has said `started` is alive: another process by its lease, a handling of the same one by what the process knows */
#ifdef LOCK_ALONE
#define LIVES(i) (up[i] && !over[i] && !cut[process[i]])
#else
#ifdef LIVE_ONCE_EXECUTING
#define LIVES(i) (up[i] && !over[i] && (process[i] != process[h] || executing[i]))
#else
#define LIVES(i) (up[i] && !over[i])
#endif
#endif
/* P5: what a live worker is doing is not called lost */
#ifdef NO_P5
#define NOT_LIVE skip
#else
#define NOT_LIVE assert(started == 0 || started == me || !up[started_handling] || over[started_handling])
#endif

/* the first writer of a key wins, every later one learns that it lost */
inline append_result(outcome) {
    atomic {
        executing[h] = false;
        if
#ifdef NO_KEY
        :: true -> result = outcome; outcomes++
#else
        :: result == NONE -> result = outcome; outcomes++
        :: else
#endif
        fi;
        assert(outcomes <= 1)
    }
}

proctype Handling(byte h) {
    bool redelivered, result_at_fetch, mine;
    byte me;
    atomic {                   /* fetch */
        bus == AVAILABLE && h == next;
        next++; bus = DELIVERED; holder = h; redelivered = delivered_before; delivered_before = true;
        if :: process[h] = 0 :: process[h] = 1 fi;
        up[h] = true; me = WRITER; result_at_fetch = (result != NONE)
    }
    {
        if
        :: redelivered ->      /* a redelivered job appends begun/<k> when its execution begins … */
            atomic {
                if
#ifndef NO_LOOK                /* … in a statement that answers with the outcome, if there is one */
                :: result != NONE -> goto done
#endif
                :: else ->
                    if :: begun < BEGUN_LIMIT -> begun++; mine = true :: else -> mine = false fi
                fi
            }
            if
            :: !mine ->        /* begun too often: poison, unless a live worker is at it */
                atomic {
#ifndef LIMIT_FIRST
                    started == 0 || started == me || !LIVES(started_handling);
#endif
                    NOT_LIVE
                }
                append_result(LOST); goto done
            :: else
            fi
        :: else
        fi;
#ifdef ACK_BEFORE_APPEND
        bus = ACKED;
#endif
#ifndef NO_STARTED
        if
        :: ONCE ->             /* for `once`, `started` is durable before the executor begins */
            atomic {
                if :: started == 0 -> started = me; started_handling = h :: else fi;
                mine = (started == me)          /* the writer is me: I won, the reply was lost */
            }
#ifndef RERUN_ON_STARTED
            if
            :: !mine ->
                if
#ifndef LOST_WHILE_LIVE        /* while its writer lives the job goes back to the bus and comes again: here, it waits */
                :: atomic { !LIVES(started_handling) -> NOT_LIVE }
#else
                :: atomic { redelivered -> NOT_LIVE }
#endif
                    append_result(LOST); goto done
#ifdef LOST_WHILE_LIVE
                :: !redelivered ->
#ifdef LOSER_ACKS
                    goto done
#else
                    goto leave
#endif
#endif
                fi
            :: else
            fi
#endif
        :: else
        fi;
#endif
        atomic {               /* execute */
            executions++; executing[h] = true;
            assert(!ONCE || executions <= 1);   /* P2: `once` executes at most once */
            assert(!result_at_fetch)            /* P4: what has an outcome when it is fetched is not executed */
        }
        append_result(COMPLETED);               /* the loser drops its work, notices, acks */
done:   bus = ACKED;                 /* after the commit the notice, after that the ack */
leave:  over[h] = true
    } unless { !up[h] }
}

active proctype Faults() {
    byte h;
    do
    :: atomic { kills > 0 && up[holder] -> kills--;       /* kill -9 of a process, with all its handlings */
        if
        :: incarnation[0]++; for (h : 0 .. HANDLINGS-1) { if :: process[h] == 0 -> up[h] = false :: else fi }
        :: incarnation[1]++; for (h : 0 .. HANDLINGS-1) { if :: process[h] == 1 -> up[h] = false :: else fi }
        fi; h = 0 }
    :: atomic { stalls > 0 && bus == DELIVERED && up[holder] -> stalls--; bus = AVAILABLE }  /* ack wait passed, holder alive */
#ifdef LOCK_ALONE
    :: atomic { !cut[0] -> cut[0] = true }
#endif
    :: atomic { bus == DELIVERED && (!up[holder] || over[holder]) -> bus = AVAILABLE }       /* ack wait passed */
    od
}

active proctype Check() {      /* P3: once nothing moves any more, there is an outcome and the job is gone */
    timeout -> assert(result != NONE && bus == ACKED)
}

init { byte h; atomic { for (h : 0 .. HANDLINGS-1) { run Handling(h) } } }
