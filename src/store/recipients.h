/*
 * recipients.h
 *		Whom an action is for, locked and looked at once more before it starts.
 */
#ifndef CAMPAIGN_RECIPIENTS_H
#define CAMPAIGN_RECIPIENTS_H

#include "postgres.h"
#include "access/tupdesc.h"
#include "utils/jsonb.h"

#include "core/graph.h"
#include "store/relations.h"

typedef struct RecipientKey
{
	int64 action;
	int64 enrollment;
	int64 prospect;
	int64 account;
} RecipientKey;

typedef struct Recipient
{
	bool locked; /* the person's row is ours: no stop commits before this transaction ends */
	TimestampTz away_until; /* an automatic reply said so; DT_NOEND = he is not away */
	bool wanted;            /* the run is active, not held, and waits for this action */
	bool paused;            /* the run, by itself */
	bool reported;          /* something about the person is not yet applied */
	bool report_held;       /* and will not be before requeue_prospects() */
	bool gone;              /* removed or deleted */
	bool suppressed;
	bool has_email;
	RelationState relation; /* to the account of the action */
	bool invited;           /* by an action of ours, which is how that came about */
	uint64 facts;
	char *person;      /* NULL if deleted */
	TupleDesc columns; /* of the prospect's row, */
	Datum *values; /* which these are, see campaign_recipients_column(); NULL if it is deleted */
	bool *nulls;
	Jsonb *attributes; /* what it has beside its columns; NULL if gone */
	Jsonb *payload;    /* the run's own data, or NULL */
	Jsonb *imagined;   /* attributes that a rehearsal has set; else NULL */
	Jsonb *row;  /* that of his audience's source, once engine/source_rows has read it; else NULL */
	bool beside; /* the run does not wait for the action (store/side_actions) */
	bool at_once;                 /* and neither hours nor conditions of the campaign hold for it */
	GraphRequirement requires;    /* of the kind of such an action */
	Jsonb *texts;                 /* what it says instead of the step, or NULL */
	const char *missing_template; /* the template that has its texts is not there; else NULL */
} Recipient;

/*
 * Locks the persons, passing over locked ones, and then, in a new statement, looks at everything
 * else: what a stop has committed before the lock is seen here, what comes after waits for us.
 */
extern void campaign_recipients_lock(int64 workspace, const RecipientKey *keys, int n,
									 Recipient *recipients);

/* The same without a lock, for what only shows what would be: enrollment 0 = of no run yet. */
extern void campaign_recipients_read(int64 workspace, const RecipientKey *keys, int n,
									 Recipient *recipients);

/* Who was not found, because he is no prospect yet, is taken as this row of campaign.prospect. */
extern void campaign_recipients_imagine(Recipient *recipient, Datum prospect);

/* A column of the prospect as text, which may end anywhere; NULL if there is none, or no value in it. */
extern char *campaign_recipients_column(const Recipient *recipient, const char *name,
										size_t length);

#endif
