/* Poison.  "The life of a step" 7.
 *
 * One worker process with free slots for all, POISONS jobs that kill it whenever
 * they execute, and one innocent job. After a kill the process is there again and everything unacked is redelivered.
 *
 * Rules taken out:          COUNT_DELIVERIES    <k> is the bus's delivery number, not the number of begins in the log
 *                           NO_QUARANTINE       redelivered jobs run beside the others for ever
 * What if the rule said:    BEGUN_ON_RECEIPT    begun/<k> is appended on receipt, before the job's turn has come
 *                           ALONE_IN_SLOT_ONLY  alone in the quarantine slot, but ordinary jobs run beside it
 */
#ifndef POISONS
#define POISONS 2
#endif
#define JOBS (POISONS + 1)
#define INNOCENT POISONS
#ifndef LIMIT
#define LIMIT 4
#endif

mtype = { NONE, COMPLETED, LOST };
bool  held[JOBS], acked[JOBS];
byte  deliveries[JOBS];        /* on the bus, at most LIMIT + 2 */
byte  begun[JOBS];             /* rows g1/<job>/1/begun/<k> */
byte  begins[JOBS];            /* ghost: executions that really began after a redelivery */
mtype result[JOBS] = NONE;
byte  life;                    /* of the process: a handling of an earlier life is dead */
byte  executing;               /* jobs executing in the process */
bool  quarantined;             /* the quarantine slot is taken */

proctype Job(byte j) {
    byte my_life, k; bool alone;
receive:
    if
    :: acked[j] -> goto end
    :: atomic { !acked[j] && !held[j] -> held[j] = true; my_life = life; alone = false; k = 0;
                if :: deliveries[j] < LIMIT + 2 -> deliveries[j]++ :: else fi }
    fi;
    {
        if
        :: deliveries[j] == 1                   /* first delivery: runs as usual, appends nothing */
        :: deliveries[j] > 1 ->
            k = begun[j] + 1;
#ifdef COUNT_DELIVERIES
            k = deliveries[j] - 1;
#endif
            atomic {
                if
                :: k > LIMIT -> result[j] = LOST; acked[j] = true;
                                assert(j != INNOCENT);            /* P1: the innocent is never lost */
                                goto end
                :: else
                fi
            };
#ifdef BEGUN_ON_RECEIPT
            begun[j] = k;
#endif
#ifndef NO_QUARANTINE
            if                                  /* from the second on it runs alone in its process */
            :: k >= 2 ->
#ifdef ALONE_IN_SLOT_ONLY
                atomic { !quarantined -> quarantined = true; alone = true }
#else
                atomic { !quarantined && executing == 0 -> quarantined = true; alone = true }
#endif
            :: else
            fi;
#endif
        fi;
        atomic {                                /* begins */
#ifdef ALONE_IN_SLOT_ONLY
            true ->
#else
            !quarantined || alone ->
#endif
            executing++;
            if :: deliveries[j] > 1 ->
#ifndef BEGUN_ON_RECEIPT
                begun[j] = k;
#endif
                begins[j]++
            :: else fi;
#ifndef COUNT_DELIVERIES
            assert(begun[j] == begins[j])       /* P2: what is counted has begun */
#endif
        }
        atomic {                                /* ends */
            if
            :: j != INNOCENT ->
                assert(!quarantined || alone);  /* P4: what runs alone is not killed by another */
                executing = 0; quarantined = false; k = 0;
                do :: k < JOBS -> held[k] = false; k++ :: else -> break od;
                life++
            :: else -> executing--; if :: alone -> quarantined = false :: else fi;
                result[j] = COMPLETED; acked[j] = true
            fi
        };
    } unless { my_life != life };
    goto receive;
end: skip
}

active proctype Check() {                       /* P3: everybody gets an outcome, the poison too */
    byte i;
    timeout -> for (i : 0 .. JOBS-1) { assert(acked[i] && result[i] == (i == INNOCENT -> COMPLETED : LOST)) }
}

init { byte i; atomic { for (i : 0 .. JOBS-1) { run Job(i) } } }
