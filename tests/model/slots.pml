/* Places in a concurrency group.  "The log" (slot, inbox, one transaction for two keys), "Owning runs".
 *
 * One group with LIMIT places, three runs that want one, each owned by one of two dispatchers, which may be killed between any two
 * transactions (another takes its runs over and does what their inbox rows and the log say). A queued run may be
 * cancelled, or paused and resumed: while it is paused it does not try. Run 1 may have a child, which inherits its place.
 * A place goes to the oldest that waits. A run waits by trying in vain: what it finds and that it waits are one transaction.
 *
 * The transactions of a group stand in line: each ends before the next one looks. So they are atomic here, but for a close, whose
 * delete and wake are one step and whose commit is another, to see what comes of it where they don't.
 *
 * Rules taken out:  FREE_FIRST        the place is freed before the close is in the log
 *                   PICK_FIRST        the next run is picked in a statement before the delete
 *                   WAIT_LATER        a run that finds no place says in another transaction that it waits
 *                   NO_SLOT_KEY       admission counts the places instead of inserting a row under a key
 *                   NO_GROUP_LOCK     transactions of a group overlap: what is not committed yet is not seen
 *                   NO_ASIDE          a run that is paused in the queue goes on waiting there
 *                   NO_HANDOVER       nobody wakes a waiting run
 * What if the rule said:
 *                   INSERT_WAITS      they overlap, but who takes a place waits for whoever frees it (enough for one place, not for two)
 *                   HANDOVER_AFTER    the hand-over follows the close in a transaction of its own
 *                   HOLDERS_ONLY      only a run that held a place hands over (a queued one that was woken and cancelled does not)
 *                   WAKE_ONE          whoever closes wakes one run; who takes a place wakes nobody, though another is free
 *                   PARENT_FIRST      the parent closes while the child that inherited its place goes on
 *                   CHILD_ROLLS_BACK  the child's close rolls back if its parent's result was there already
 */
#ifndef LIMIT
#define LIMIT 1
#endif
#ifndef RUNS
#define RUNS 3
#endif
#ifndef CANCELS
#define CANCELS 1
#endif
#ifndef KILLS
#define KILLS 1
#endif

#define OWNER(r) (r % 2)           /* the dispatcher */

#ifndef PAUSES
#define PAUSES 1
#endif

mtype = { NEW, WAITING, ASIDE, ADMITTED, CLOSED };
mtype head[5] = NEW;               /* the head row of runs 1..RUNS; 0 is nobody */
byte  slot[2];                     /* slot(group, k) -> run */
bool  inbox[5];
bool  cancel[5];                   /* cmd/<id> = cancel */
bool  paused[5], for_good[5];      /* the second: nobody resumes it */
bool  tried[5];                    /* in memory: has tried since it was made, woken or taken over */
bool  stays[5];                    /* waits for an approval that nobody gives: a run that never closes by itself */
byte  kills = KILLS, cancels = CANCELS, pauses = PAUSES;
byte  working;                     /* ghost: places on which somebody works */
bool  open;                        /* a transaction that frees a place has not ended yet */
bool  child, child_closed, parent_result;      /* the child of run 1, and g1/<step>/1/result of the step that waits for it */

#define FREE (slot[0] == 0 || (LIMIT == 2 && slot[1] == 0))
/* the oldest waiting run, in a statement after the delete (READ COMMITTED: it sees every head row committed before it) */
#define OLDEST (head[1] == WAITING -> 1 : (head[2] == WAITING -> 2 : (head[3] == WAITING -> 3 : (head[4] == WAITING -> 4 : 0))))

/* whoever frees a place or leaves the queue wakes the oldest waiting run; who takes a place does, while another is free */
inline wake_oldest() {
#ifndef NO_HANDOVER
    if :: OLDEST != 0 -> next = OLDEST; inbox[next] = true; next = 0 :: else fi
#else
    skip
#endif
}
inline hand_over() { if :: FREE -> wake_oldest() :: else fi }
inline free_place() {
    if :: slot[0] == r -> slot[0] = 0 :: slot[1] == r -> slot[1] = 0 :: else fi
}
#define FREE_PLACES ((slot[0] == 0 -> 1 : 0) + (LIMIT == 2 && slot[1] == 0 -> 1 : 0))
#define WAITS_BEFORE(o) (o < r && head[o] == WAITING -> 1 : 0)
#define OLDER (WAITS_BEFORE(1) + WAITS_BEFORE(2) + WAITS_BEFORE(3))
inline say_it_waits() { if :: head[r] == NEW || head[r] == ASIDE -> head[r] = WAITING :: else fi }
inline take_place() {
    if
    :: FREE_PLACES > OLDER && slot[0] == 0 -> slot[0] = r; head[r] = ADMITTED
    :: FREE_PLACES > OLDER && slot[0] != 0 -> slot[1] = r; head[r] = ADMITTED
    :: else ->
#ifdef WAIT_LATER
        skip
#else
        say_it_waits()
#endif
    fi
}
inline admitted() {
    if
    :: head[r] == ADMITTED ->
        working++; assert(working <= LIMIT);           /* P1: never more than k */
        if :: r == 1 -> child = true :: true fi
#ifndef WAKE_ONE
        ; hand_over()
#endif
    :: else
    fi
}

inline takeover(p) {               /* a dispatcher is killed; who takes its runs over tries for those that wait */
    if
    :: p == 0 -> tried[2] = false; tried[4] = false
    :: p == 1 -> tried[1] = false; tried[3] = false
    fi
}

#ifdef PARENT_FIRST               /* the step has its outcome (timed out), so the parent may close */
#define CHILD_DONE (!child || child_closed || parent_result)
#else                              /* a run closes after its children */
#define CHILD_DONE (!child || child_closed)
#endif

#ifdef NO_GROUP_LOCK
#ifdef INSERT_WAITS                /* for the end of a transaction that frees the place, if no other is free */
#define MAY_TAKE (FREE || !open)
#else
#define MAY_TAKE true
#endif
#define MAY_LEAVE true
#else                              /* one behind another */
#define MAY_TAKE !open
#define MAY_LEAVE !open
#endif

#define QUEUED (head[r] == NEW || head[r] == WAITING || head[r] == ASIDE)
#define MAY_TRY (QUEUED && !tried[r] && !cancel[r] && !paused[r])

proctype Run(byte r) {             /* what the owner of the moment does for run r */
    byte next;
    if :: stays[r] = true :: r != 1 || RUNS != 4 -> skip fi;
    do
    :: atomic { inbox[r] -> inbox[r] = false; tried[r] = false }
#ifdef NO_SLOT_KEY
    :: MAY_TRY && FREE ->
        atomic { tried[r] = true; head[r] = ADMITTED; slot[0] = r; admitted() }
#endif
    :: atomic { MAY_TRY && MAY_TAKE ->                /* admission: slot row and d/<n>, both or neither */
        tried[r] = true; take_place(); admitted() }
#ifdef WAIT_LATER
    :: atomic { tried[r] && MAY_TAKE && (head[r] == NEW || head[r] == ASIDE) -> say_it_waits() }
#endif
#ifndef NO_ASIDE
    :: atomic { head[r] == WAITING && paused[r] && !cancel[r] && MAY_LEAVE -> head[r] = ASIDE; wake_oldest() }
#endif
    :: atomic { QUEUED && cancel[r] && MAY_LEAVE -> head[r] = CLOSED;              /* cancelled in the queue */
#ifndef HOLDERS_ONLY
        wake_oldest()
#endif
        }
#ifdef FREE_FIRST
    :: atomic { head[r] == ADMITTED && (!stays[r] || cancel[r]) && (r != 1 || CHILD_DONE) -> free_place(); hand_over() }
        atomic { head[r] = CLOSED; working-- }
#else
#ifdef PICK_FIRST
    :: atomic { head[r] == ADMITTED && (!stays[r] || cancel[r]) && (r != 1 || CHILD_DONE) -> next = OLDEST }
        atomic { head[r] = CLOSED; free_place(); working--;
            if :: next != 0 -> inbox[next] = true; next = 0 :: else fi }
#else
    :: atomic { head[r] == ADMITTED && (!stays[r] || cancel[r]) && (r != 1 || CHILD_DONE) && !open ->
        head[r] = CLOSED; open = true;                  /* close: d/<n>, head row, slot, hand-over: one transaction */
        if :: r == 1 && child && !child_closed :: else -> working-- fi;
#ifdef HANDOVER_AFTER
        free_place(); open = false
        }
        atomic {
            if
            :: hand_over()
            :: kills > 0 -> kills--; takeover(OWNER(r))               /* killed between the two */
            fi
#else
        wake_oldest() }
        atomic { free_place(); open = false                           /* commit */
#endif
        }
#endif
#endif
    od
}

proctype Child() {                 /* it takes no place: it stands on its parent's */
    child;
    if
    :: atomic { true -> parent_result = true }         /* its parent's step timed out first; the owner asks the child to stop */
    :: skip
    fi;
    atomic {
#ifdef CHILD_ROLLS_BACK
        !parent_result ->
#endif                             /* only a lost d/<n> rolls back: an outcome that is there already stays */
        child_closed = true; parent_result = true;
        if :: head[1] == CLOSED -> working-- :: else fi
    }
}

proctype Faults() {
    do
    :: atomic { kills > 0 -> kills--; if :: takeover(0) :: takeover(1) fi }
    :: atomic { cancels > 0 -> cancels--; if :: cancel[1] = true :: cancel[2] = true :: cancel[3] = true fi }
    :: atomic { pauses > 0 -> pauses--;
        if :: paused[1] = true :: paused[2] = true :: paused[2] = true; for_good[2] = true fi }
    :: atomic { paused[1] -> paused[1] = false; tried[1] = false }
    :: atomic { paused[2] && !for_good[2] -> paused[2] = false; tried[2] = false }
    od
}

active proctype Check() {
    byte r;
    timeout -> atomic {
        assert(!FREE || OLDEST == 0);                  /* P2: nobody waits beside a free place */
        for (r : 0 .. 1) { assert(slot[r] == 0 || head[slot[r]] == ADMITTED) }      /* P3: no closed run holds a place */
        assert(!child || child_closed);                /* P4: the child closes */
        for (r : 1 .. RUNS) { assert(head[r] == CLOSED || stays[r] || paused[r] || OLDEST != 0) }  /* P5: everything else closes */
    }
}

init { byte r; atomic { for (r : 1 .. RUNS) { run Run(r) }; run Child(); run Faults() } }
