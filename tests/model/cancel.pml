/* A cancelled run whose graph has a cleanup step (`always()`, `finally`).  "The life of a step" 10.
 *
 * d/1 says cancelling. The owner tells the workers to stop; once the step that executes has its outcome, or its worker is dead, the cleanup step
 * goes out; once that has its outcome, the run closes. Whether the workers have stopped is in no row: owner 1, who takes the run over
 * at any point, finds out anew. A message to stop is told to everybody, may come late, twice, or never.
 *
 * Rules taken out:  NO_WAIT          cleanup begins while the step it cleans up after is still executing
 *                   ONE_MESSAGE      the message to stop is sent once, and nobody looks at the worker's lease
 * What if the rule said:
 *                   STOP_NAMES_RUN   the message names the run, and a worker stops all of its steps
 */
#ifndef KILLS
#define KILLS 1
#endif
#define OPEN 0
#define COMPLETED 1
#define CANCELLED 2
#define STEP 0
#define CLEANUP 1

byte  result[2];                   /* g1/<step>/1/result */
bool  closed;                      /* d/2 */
bool  published[2], executing[2], dead;        /* dead: the worker of STEP */
bool  stop;                        /* a message is on its way to whoever executes */
byte  told, kills = KILLS;
bool  lease[2], gone[2];

#ifdef ONE_MESSAGE
#define MAY_TELL (told == 0)
#define STOPPED (result[STEP] != OPEN)
#else                              /* again and again */
#define MAY_TELL true
#ifdef NO_WAIT
#define STOPPED true
#else
#define STOPPED (result[STEP] != OPEN || dead)
#endif
#endif

proctype Owner(byte o) {
    bool stopped;
    lease[o];
    do
    :: gone[o] || closed -> break
    :: atomic { !gone[o] && !closed && !stopped && result[STEP] == OPEN && !dead && !stop && MAY_TELL -> stop = true; told = 1 }
#ifdef STOP_NAMES_RUN
    :: atomic { !gone[o] && !closed && !stopped && told < 2 -> stop = true; told = 2 }    /* a new owner tells once more, too */
#endif
    :: atomic { !gone[o] && !closed && !stopped && STOPPED -> stopped = true }
    :: atomic { !gone[o] && stopped && !published[CLEANUP] && result[CLEANUP] == OPEN -> published[CLEANUP] = true }
    :: atomic { !gone[o] && stopped && result[CLEANUP] != OPEN && !closed -> closed = true;
        if :: result[STEP] == OPEN -> result[STEP] = CANCELLED :: else fi }
    od
}

#ifdef STOP_NAMES_RUN
#define MEANT true
#else                              /* it names the attempts that are to stop */
#define MEANT (s == STEP)
#endif

proctype Worker(byte s) {
    {
        published[s] -> atomic { executing[s] = true;
            assert(s == STEP || result[STEP] != OPEN || dead) }    /* P1: cleanup begins when the workers have stopped */
        if
        :: s == CLEANUP -> skip                                /* comes to an end */
        :: atomic { stop && MEANT -> stop = false; if :: result[s] == OPEN -> result[s] = CANCELLED :: else fi }
        fi;
        atomic { if :: result[s] == OPEN -> result[s] = COMPLETED :: else fi; executing[s] = false }
    } unless { s == STEP && dead }
}

proctype Faults() {
    lease[0] = true;
    do
    :: atomic { kills > 0 && executing[STEP] -> kills--; dead = true }
    :: atomic { !lease[1] -> lease[1] = true; if :: gone[0] = true :: skip fi }
    :: stop -> stop = false                                    /* lost, or nobody is there to hear it */
    :: lease[1] && closed -> break
    od
}

active proctype Check() {
    timeout -> atomic {
        assert(closed);                                        /* P2: it closes */
        assert(result[CLEANUP] == COMPLETED)                   /* P3: cleanup runs to its end, whatever was told to whom */
    }
}

init { atomic { published[STEP] = true; run Owner(0); run Owner(1); run Worker(STEP); run Worker(CLEANUP); run Faults() } }
