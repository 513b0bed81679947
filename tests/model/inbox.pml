/* The inbox and a change of owner.  "The log" (inbox), "Owning runs".
 *
 * A run waits for a signal. Somebody who is not the owner appends it, with an inbox row, in one transaction. A takes the row;
 * A may have been frozen, and be the owner no more; B takes the partition over at any point: lease, then fold.
 *
 * Rule taken out:             FOLD_FIRST         B folds the open runs before the lease is in its name
 * What if the rule said:      DELETE_BY_ANYBODY  an inbox row is deleted once folded, by whoever folded it
 */
bool signal, inbox, consumed;      /* signal/<id>; the inbox row; d/<n> */
bool lease_is_b, a_dead;
bool knows[2];                     /* A, B: the signal is in its fold */

active proctype Outside() {
    atomic { signal = true; inbox = true }
}
active proctype A() {
    do
    :: inbox && !knows[0] -> knows[0] = true;
#ifdef DELETE_BY_ANYBODY
        inbox = false
#else                              /* delete … where the lease is mine, in the same statement */
        atomic { if :: !lease_is_b -> inbox = false :: else fi }
#endif
    :: knows[0] && !consumed -> consumed = true; break      /* by number, before any effect */
    :: a_dead -> break
    od unless { a_dead }
}
active proctype B() {
    bool folded;
#ifdef FOLD_FIRST
    knows[1] = signal;
    lease_is_b = true;
#else
    lease_is_b = true;
    knows[1] = signal;             /* subscribe, then fold the open runs */
#endif
    a_dead = true;                 /* A is killed, or goes on for ever: both are among the runs checked, for this may come late */
    do
    :: inbox -> knows[1] = true; inbox = false
    :: knows[1] && !consumed -> consumed = true
    od
}
active proctype Check() { timeout -> assert(consumed) }      /* no signal is forgotten */
