/*
 * agenda.h
 *		Where an instant stands among the weekly slots of a campaign: in one, after which, before which.
 *
 * For showing and judging, not for sending: that asks core/hours. The rules for days on which clocks are
 * changed are the same.
 */
#ifndef CAMPAIGN_AGENDA_H
#define CAMPAIGN_AGENDA_H

#include <stdbool.h>

#include "core/hours.h"

/* What of the slots counts: nothing before since; whole = only slots that begin then or later. */
typedef struct AgendaScope
{
	Instant since;
	bool whole;
} AgendaScope;

typedef struct Agenda
{
	bool in_progress;   /* a slot is */
	Instant began_at;   /* start of the last slot that has begun; INSTANT_NEVER = none has */
	Instant next_at;    /* start of the first one that has not; INSTANT_NEVER = none comes */
	Instant day_starts; /* start of the first slot of the local day; INSTANT_NEVER = it has none */
	int day_slots;      /* slots of the local day */
	int day_left;       /* those of them that have not begun */
} Agenda;

/* A slot that is in progress at since began then, unless only whole ones count. */
extern Agenda campaign_agenda_at(Zone zone, const WeeklySlot *slots, int n, AgendaScope scope,
								 Instant now);

#endif
