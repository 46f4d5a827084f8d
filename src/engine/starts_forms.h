/*
 * starts_forms.h
 *		The three forms in which an action is started: kept in the outbox, where it is complete; sent by
 *		the network; or lent to an agent, who is to report on it.
 *
 * Not whether it may start, nor what it costs: that has been looked at (engine/starts). Order of use:
 * open, carry for each action that starts, and write the three forms, those that are lent once the
 * settlement is written.
 */
#ifndef CAMPAIGN_STARTS_FORMS_H
#define CAMPAIGN_STARTS_FORMS_H

#include "engine/settlement.h"
#include "engine/starts.h"
#include "store/deliveries.h"
#include "store/outbox.h"
#include "store/queue.h"

typedef struct StartForms
{
	Settlement *settlement;
	const Lease *lease;     /* NULL = this is a dispatcher, which lends nothing */
	StartedAction *started; /* what leaves by the network, or is lent, */
	BegunAttempt *attempts; /* and what is written of each that leaves */
	int n_started;
	OutboxRow *kept; /* for channels that keep what they are given */
	int n_kept;
} StartForms;

/* Of an adapter, and the batch that it leaves with, as in a StartedAction. */
typedef struct StartRequest
{
	Jsonb *request; /* NULL = there is no adapter */
	const struct AdapterBatch *batch;
	bool rides;
} StartRequest;

/* Room for so many actions. */
extern void campaign_starts_forms_open(StartForms *forms, Settlement *settlement,
									   const Lease *lease, int max);

/*
 * Starts the action in the form that lease and lane ask for, under this key and with this content.
 * by: by what request of the lane's adapter, if it has one.
 */
extern void campaign_starts_forms_carry(StartForms *forms, const SettledAction *settled,
										const QueuedAction *action, const ReadyLane *lane,
										const char *person, const char *key, Jsonb *content,
										const StartRequest *by);

extern void campaign_starts_forms_write_kept(const StartForms *forms);

/* They are under way with this incarnation. */
extern void campaign_starts_forms_write_sent(const StartForms *forms, int64 incarnation);

extern void campaign_starts_forms_write_lent(const StartForms *forms);

#endif
