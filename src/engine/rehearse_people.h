/*
 * rehearse_people.h
 *		Whose runs a rehearsal lives through: as they stand now, and when each is to be looked at.
 *
 * Not what moves them (engine/rehearse_moves).
 */
#ifndef CAMPAIGN_REHEARSE_PEOPLE_H
#define CAMPAIGN_REHEARSE_PEOPLE_H

#include "postgres.h"
#include "lib/pairingheap.h"

#include "engine/rehearse.h"
#include "engine/runs.h"
#include "store/contacts.h"

/* The open action of a run, of which it has one at most. */
typedef struct ImaginedAction
{
	pairingheap_node node;
	int64 id; /* 0 = none is open; else in the order in which they were queued */
	bool in_queue;
	bool is_under_way; /* it was begun before the rehearsal, and is taken as done */
	bool held_back;    /* hold_if holds: until something is reported */
	bool awaits;       /* the owner's approval */
	int lane;
	int step;
	int lap;
	TimestampTz queued_at;
	TimestampTz not_before;
	TimestampTz put_up_at; /* while it awaits approval */
	Jsonb *content;        /* frozen already; NULL = not yet */
} ImaginedAction;

typedef struct Figure
{
	Run *run;
	pairingheap_node timer;
	bool timed;
	TimestampTz due_at; /* while timed */
	uint64 stamp;       /* who is due at one time comes by the order in which that was set */
	ImaginedAction action;
	bool approved;     /* in the rehearsal the owner has approved something of it */
	Jsonb *attributes; /* what steps have set, and of who is no prospect all; NULL = nothing */
	char *subject;     /* of the mail that it got last in the rehearsal; NULL = none */
	PersonContacts *contacts; /* shared by all runs of the person; NULL = not counted */
} Figure;

typedef struct People
{
	Runs runs;
	Figure *figures;
	Figure **by_person; /* in the order in which what was reported is applied */
	int n;
	pairingheap *timers;
	uint64 stamps;
	bool asks_time; /* some path asks for the time, so that what it says changes by itself */
} People;

extern void campaign_rehearse_people_open(People *people, const Round *round,
										  const RehearsalRequest *request);

/* Has the figure looked at when its row says; at its timer alone, where looks before can find nothing. */
extern void campaign_rehearse_people_schedule(People *people, Figure *figure, TimestampTz now);

/* Takes up to limit figures that are due; how many. */
extern int campaign_rehearse_people_due(People *people, TimestampTz now, int limit,
										Figure **figures);

/* When somebody is due next; DT_NOEND = never. */
extern TimestampTz campaign_rehearse_people_next(const People *people);

/* The first of the person's figures in by_person; they stand beside each other. */
extern int campaign_rehearse_people_person(const People *people, const char *person);

#endif
