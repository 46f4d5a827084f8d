/*
 * enrollments.h
 *		Rows of campaign.enrollment, claimed and written back many at a time.
 */
#ifndef CAMPAIGN_ENROLLMENTS_H
#define CAMPAIGN_ENROLLMENTS_H

#include "postgres.h"
#include "utils/timestamp.h"

#include "store/fronts.h"
#include "store/imagined.h"

typedef struct Enrollment
{
	int64 id;
	int64 campaign;
	int64 prospect;
	char *person; /* the prospect's person_key; only campaign_enrollments_lock_persons() fills it */
	int step;
	int lap;
	int halt;           /* RunHalt */
	TimestampTz due_at; /* DT_NOEND = null, here and below */
	TimestampTz parked_due_at;
	TimestampTz base_at;
	TimestampTz step_at;
	TimestampTz started_at;
	TimestampTz ended_at;
	int64 action; /* 0 = none open */
	uint64 facts;
	const char *status;
	bool was_blocked;     /* as it was read: it waits for a place, and so has none to give up */
	bool was_paused;      /* by itself, as it was read */
	const char *end_kind; /* NULL = still inside */
	const char *code;
	const char *held; /* NULL = not held */
	bool was_held;    /* as it was read */
	const char *held_detail;
} Enrollment;

/*
 * Locks up to limit active rows that are due, earliest first, passing over locked ones; and where read is
 * true over those of whose person something waits in the inbox.
 */
extern int campaign_enrollments_claim_due(int64 workspace, TimestampTz now, int limit, bool read,
										  Fronts *fronts, Enrollment **rows);

/* These rows, ended ones too, without a lock, in order of ids. */
extern int campaign_enrollments_read(int64 workspace, const int64 *ids, int n, Enrollment **rows);

/* Locks the active rows of these ids in id order, and waits for locks. */
extern int campaign_enrollments_lock(int64 workspace, const int64 *ids, int n, Enrollment **rows);

/*
 * Locks the active rows of these persons, passing over locked ones; person is set. complete[i] says
 * whether all rows of persons[i] were got: what was reported for the others must wait.
 */
extern int campaign_enrollments_lock_persons(int64 workspace, char **persons, int n,
											 Enrollment **rows, bool *complete);

/* The active rows of a campaign, or those of these prospects, by id, with their persons. Locks nothing. */
extern int campaign_enrollments_inside(int64 workspace, int64 campaign, const int64 *prospects,
									   int n, bool all, Enrollment **rows);

/* Rows, with id 0, of runs that these prospects, imagined ones too, would begin now. They are in no table. */
extern void campaign_enrollments_imagine(int64 workspace, int64 campaign, const int64 *prospects,
										 int n, const ImaginedProspects *imagined, TimestampTz now,
										 Enrollment *rows);

/* Writes rows that were claimed or locked in this transaction. */
extern void campaign_enrollments_write(int64 workspace, Enrollment **rows, int n);

/* Holds these rows, locked in this transaction, with their timers parked. */
extern void campaign_enrollments_hold(int64 workspace, const int64 *ids, int n, const char *reason,
									  const char *detail);

#endif
