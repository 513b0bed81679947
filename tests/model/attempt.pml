/* M1: one attempt of one step.  "The life of a step" 1-5 and 7, and "The log" (writer, key).
 *
 * One job on the bus; every delivery of it is a Handling, in one of two worker processes. At any point a process
 * is killed (KILLS times), or the bus believes that a live handling is dead (STALLS times: a zombie that wakes).
 *
 * EFFECT=0 none or idempotent, EFFECT=2 once.
 * Rules taken out, to see them caught (run.sh):
 *   NO_KEY             two outcomes may be written               ACK_BEFORE_APPEND  the ack goes first
 *   NO_STARTED         `once` without a durable `started`        RERUN_ON_STARTED   a foreign `started` is ignored
 * DESIGN.md as first written (each fails; the rule without the flag is the mended one):
 *   WRITER_IS_PROCESS      the writer is the process: a second delivery to the same process "won" its own `started`
 *   NO_LOOK     a redelivered job begins without looking for a result
 *   LOSER_ACKS         a handling that lost `started` acks, though nobody has written an outcome
 *   LOST_WHILE_LIVE   a foreign `started` is answered with `lost` even while its writer lives
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
#define BEGUN_LIMIT 4          /* "after the fourth the outcome is `lost`" */

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
bool up[HANDLINGS], over[HANDLINGS];
byte process[HANDLINGS];
byte kills = KILLS, stalls = STALLS;
byte executions;               /* ghost: effects on the outside */

#ifdef WRITER_IS_PROCESS           /* "Every row carries its writer (process incarnation)" */
#define WRITER (1 + process[h] + 2 * incarnation[process[h]])
#else                          /* the writer is the handling of one delivery: (process incarnation, serial) */
#define WRITER (1 + h)
#endif

/* "the first writer of a key wins, every later one learns that it lost" */
inline append_result(outcome) {
    atomic {
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
        :: redelivered ->      /* "A redelivered job appends begun/<k> first" … */
            atomic {
                if
#ifndef NO_LOOK         /* … in a statement that answers with the outcome, if there is one */
                :: result != NONE -> goto done
#endif
                :: else ->
                    if :: begun < BEGUN_LIMIT -> begun++; mine = true :: else -> mine = false fi
                fi
            }
            if :: !mine -> append_result(LOST); goto done :: else fi
        :: else
        fi;
#ifdef ACK_BEFORE_APPEND
        bus = ACKED;
#endif
#ifndef NO_STARTED
        if
        :: ONCE ->             /* "For `once`, `started` is durable before the executor begins" */
            atomic {
                if :: started == 0 -> started = me; started_handling = h :: else fi;
                mine = (started == me)          /* "if the writer is me, I won (the reply was lost)" */
            }
#ifndef RERUN_ON_STARTED
            if
            :: !mine ->
                if
#ifndef LOST_WHILE_LIVE       /* while its writer lives the job goes back to the bus and comes again: here, it waits */
                :: !up[started_handling] || over[started_handling] ->
#else
                :: redelivered ->               /* "a redelivery that finds a foreign `started` … appends `lost`" */
#endif
                    /* P5: what a live worker is doing is not called lost */
#ifndef NO_P5
                    assert(!up[started_handling] || over[started_handling]);
#endif
                    append_result(LOST); goto done
#ifdef LOST_WHILE_LIVE
                :: !redelivered ->
#ifdef LOSER_ACKS              /* "On losing a key it drops its work, notices, acks" */
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
            executions++;
            assert(!ONCE || executions <= 1);   /* P2: `once` executes at most once */
            assert(!result_at_fetch)            /* P4: what has an outcome when it is fetched is not executed */
        }
        append_result(COMPLETED);               /* the loser drops its work, notices, acks */
done:   bus = ACKED;                 /* "After the commit … the notice, after that it acks" */
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
    :: atomic { bus == DELIVERED && (!up[holder] || over[holder]) -> bus = AVAILABLE }       /* ack wait passed */
    od
}

active proctype Check() {      /* P3: once nothing moves any more, there is an outcome and the job is gone */
    timeout -> assert(result != NONE && bus == ACKED)
}

init { byte h; atomic { for (h : 0 .. HANDLINGS-1) { run Handling(h) } } }
