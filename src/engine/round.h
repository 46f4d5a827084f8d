/*
 * round.h
 *		What all rounds share: whose work it is, what time it is, and how much to take.
 *
 * A round is a piece of a transaction that belongs to its caller: a worker commits it, a command is
 * part of the user's own transaction. The caller has switched to the extension's owner, holds an SPI
 * connection, and has a snapshot. Memory of a round is allocated in the current context, which the
 * caller resets.
 */
#ifndef CAMPAIGN_ROUND_H
#define CAMPAIGN_ROUND_H

#include "postgres.h"
#include "engine/due_turns.h"
#include "store/fronts.h"
#include "store/imagined.h"
#include "utils/timestamp.h"

typedef struct Round
{
	int64 workspace;
	TimestampTz now;
	int limit;         /* at most so many rows */
	const char *actor; /* who is named in events; NULL = the engine */
	/* Of rehearsals, which write nothing: who is no prospect, and yet taken as one. NULL = in earnest. */
	const ImaginedProspects *imagined;
	int parts;      /* workers that share the work among themselves; 0 = there is but one */
	int part;       /* which of them this is, from 0 */
	Fronts *fronts; /* of this process; NULL = all that waits is looked at */
} Round;

/*
 * Schedulers share the workspaces: one of them owns each, and does there what is not divided among rows.
 * Others help it with what is. While one comes or goes two may take a workspace for theirs, or none.
 */
static inline bool
campaign_round_is_owner(const Round *round)
{
	return round->parts <= 1 || round->workspace % round->parts == round->part;
}

/* Applies what was reported (table inbox); how many rows it took. */
extern int campaign_intake_round(const Round *round);

/*
 * Begins slots that are due, gives away places that are asked for, and moves on enrollments that are due;
 * how many it moved or parked.
 */
extern int campaign_advance_due(const Round *round);

/* Ends sessions that people opened and never completed, and trials; how many. */
extern int campaign_expire_round(const Round *round);

/* Moves on exactly these enrollments, if they are due; locks them in id order and waits for locks. */
extern int campaign_advance_named(const Round *round, const int64 *enrollments, int n);

/*
 * Reckons the timers of these enrollments anew, since their step says another time; locks them in id
 * order and waits for locks. How many wait for a time.
 */
extern int campaign_advance_rearm(const Round *round, const int64 *enrollments, int n);

/* Ends exactly these enrollments (end_kind, code as in enrollment); waits for locks. Returns how many were active. */
extern int campaign_advance_leave(const Round *round, const int64 *enrollments, int n,
								  const char *end_kind, const char *code);

/*
 * Ends exactly these enrollments as what they come to without their audience: goal or exit_if where one
 * holds now, else end, code unmatched. How many; those whose rows cannot be read stay.
 */
extern int campaign_advance_unmatched(const Round *round, const int64 *enrollments, int n);

/* Numbers committed batches of events and announces them; how many events. All workspaces at once. */
extern int campaign_seal_round(void);

/* Raises and closes alerts where health has changed, if that was asked for; how many rows it changed. */
extern int campaign_alerts_round(const Round *round);

/* The same whether it was asked for or not. */
extern int campaign_alerts_reconcile(const Round *round);

/* The workspaces that have a live campaign or an open alert; into an array of the current context. */
extern int campaign_alerts_workspaces(int64 **workspaces);

/* Folds counters of one workspace, and forgets what is old there; how many rows it took. */
extern int campaign_upkeep_round(const Round *round);

/* The last of this alone. */
extern int campaign_upkeep_forget(const Round *round);

/* Reports that came before are forgotten. */
extern TimestampTz campaign_upkeep_kept_since(TimestampTz now);

/* The workspaces that are to get upkeep though nothing is done in them; into an array of the current context. */
extern int campaign_upkeep_workspaces(TimestampTz now, int64 **workspaces);

/*
 * Workspaces that have inbox rows, due enrollments or slots, overdue sessions or a trial that is over /
 * ready lanes (polls: or something to ask a gateway for) or something to be sent or asked beside the queue (beside: in some)
 * at now, at most max; into an array of the current
 * context. Of dispatchers that share the lanes (see campaign_lanes_claim) each finds its own, and part 0
 * alone what goes beside the queue. Where there are more than that, each gets its turn, however much the others
 * have (turns = the caller's, who may also remember fronts). The only statements that look across workspaces, and the only place that will
 * know about shards.
 */
extern int campaign_due_workspaces(DueTurns *turns, TimestampTz now, int64 **workspaces, int max);
extern int campaign_ready_workspaces(DueTurns *turns, TimestampTz now, bool polls, int parts,
									 int part, int64 **workspaces, int max, bool *beside);

/*
 * Makes every lane of this part that waits for a time ready at now, since what may be sent has changed: those that
 * still may not send are put back by whoever claims them.
 */
extern void campaign_ready_reconsider(TimestampTz now, int parts, int part);

/*
 * When the scheduler / a dispatcher has work next; DT_NOEND = not before something is reported. Asked after a look that
 * found none; of one that was not at the whole the next one is work.
 */
extern TimestampTz campaign_due_next(const DueTurns *turns, TimestampTz now);
extern TimestampTz campaign_ready_next(const DueTurns *turns, TimestampTz now, int parts, int part);

/* The same for lanes of channels that need no network, which are all that virtual time serves. */
extern TimestampTz campaign_ready_next_kept(void);

#endif
