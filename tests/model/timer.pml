/* A durable timer: a sleep, or a retry that has a time.  "The log" (timers are decisions), "Owning runs", the row "the clock
 * jumps" of what may fail.
 *
 * WAKE is a time of the database's clock and stands in the log (it follows from the facts, or from the retry's row). Owner 0
 * may be killed, or be frozen at any point and go on as if nothing had happened; owner 1 takes the run over at any point. Each owner
 * measures its offset from the database's clock with every renewal of its lease, whose answer may be slow. An owner's wall clock
 * jumps; its boot-time clock doesn't. Time is a counter.
 *
 * KIND=0 a sleep: its end is the decision d/<n>. KIND=1 a retry: the decision is there, its time lets the job go out.
 * Rules taken out:  OWN_CLOCK               the machine's clock, without an offset
 *                   TIMER_NOT_REBUILT       a takeover arms no timers
 *                   FIRE_WITHOUT_DECISION   the end of a sleep takes effect without a row of its own (KIND=0)
 * What if the rule said:
 *                   OFFSET_OF_WALL_CLOCK    the offset is measured against the wall clock, which jumps between two renewals
 *                   LATEST_TIME             of the times that an answer allows, the latest is taken for the database's
 */
#ifndef KIND
#define KIND 0
#endif
#ifndef JUMPS
#define JUMPS 1
#endif
#ifndef RENEWALS
#define RENEWALS 1
#endif
#ifndef END
#define END 3
#endif
#define WAKE 2
#define FAR 3                      /* how far a wall clock jumps */

byte  clock;                       /* the database's; boot-time clocks run beside it */
short wall[2];                     /* wall clock minus boot-time clock, of each owner */
short offset[2];                   /* what an owner adds to its clock */
bool  measured[2];                 /* it has an answer: no lease without one */
bool  lease[2], dead[2];
byte  jumps = JUMPS;

/* the log */
bool  ended;                       /* d/<n>: the sleep is over; its number is its key */
bool  result;                      /* g1/<step>/2/result of the retry */

byte  fired;                       /* ghost: ends that took effect */
bool  sent[2];                     /* ghost: owners that have let the job go out */

#ifdef OWN_CLOCK
#define NOW(p) (clock + wall[p])
#else
#ifdef OFFSET_OF_WALL_CLOCK
#define NOW(p) (clock + wall[p] + offset[p])
#else
#define NOW(p) (clock + offset[p])
#endif
#endif

proctype Renewal(byte p) {         /* the lease's renewals of one owner, each with the database's time in its answer */
    byte sent_at, told, count; short least;
    do
    :: dead[p] -> break
    :: atomic { lease[p] && !dead[p] && (clock < END -> count < RENEWALS : !measured[p] || NOW(p) != clock) ->
            if :: clock < END -> count++ :: else fi;
            sent_at = clock }
        told = clock;              /* the database reads its clock … */
        atomic {                   /* … and the answer arrives: the time is between `told` and told + (now - sent) */
            least = told - clock;
#ifdef LATEST_TIME
            least = told - sent_at;
#endif
#ifdef OFFSET_OF_WALL_CLOCK
            offset[p] = least - wall[p];
#else
            offset[p] = least;
#endif
            measured[p] = true; sent_at = 0; told = 0; least = 0
        }
    od
}

proctype Owner(byte p) {
    bool armed;
    lease[p] && measured[p];
#ifdef TIMER_NOT_REBUILT
    armed = (p == 0);
#else
    armed = true;                  /* folds the run: decide arms a timer for whatever has a time */
#endif
    do
    :: dead[p] -> break
    :: !dead[p] && (KIND == 0 -> ended : result) -> break                   /* told, or read again: nothing to do any more */
    :: atomic { !dead[p] && armed && NOW(p) >= WAKE -> armed = false }      /* comes up; and now it may be frozen */
        if
        :: dead[p]
        :: !dead[p] && KIND == 0 -> atomic {
            if
#ifdef FIRE_WITHOUT_DECISION
            :: true -> ended = true; fired++
#else
            :: !ended -> ended = true; fired++       /* d/<n> is mine: only now the next step may begin */
            :: else                                  /* lost the number: folds again */
#endif
            fi;
            assert(clock >= WAKE);                   /* P1: never early, by the database's clock */
            assert(fired <= 1) }                     /* P2: never twice */
        :: !dead[p] && KIND == 1 -> atomic {
            assert(!sent[p]); sent[p] = true;        /* P2: an owner lets it go out once; the attempt's key makes it one */
            assert(clock >= WAKE) }
        fi
    od
}

proctype Worker() {                /* executes the attempt, however many copies of its job there are */
    (sent[0] || sent[1]) -> result = true
}

proctype Time() {
    do
    :: clock < END -> clock++
    :: else -> break
    od
}

proctype Faults() {
    lease[0] = true;
    do
    :: atomic { jumps > 0 -> jumps--;
        if :: wall[0] = wall[0] + FAR :: wall[1] = wall[1] + FAR fi }
    :: atomic { !lease[1] -> lease[1] = true }       /* owner 0 knows nothing of it yet */
    :: atomic { lease[1] && !dead[0] -> dead[0] = true }
    :: lease[1] && (dead[0] || !dead[0]) -> break
    od
}

active proctype Check() {                            /* P3: never never */
    timeout -> assert(KIND == 0 -> ended && fired == 1 : result)
}

init { byte p; atomic {
    if :: skip :: wall[0] = FAR fi;                  /* wrong from the start */
    for (p : 0 .. 1) { run Renewal(p); run Owner(p) }
    run Time(); run Faults(); run Worker()
} }
