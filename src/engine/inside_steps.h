/*
 * inside_steps.h
 *		What the steps set and enroll do, gathered by the ledger and done set-wise when it is written.
 */
#ifndef CAMPAIGN_INSIDE_STEPS_H
#define CAMPAIGN_INSIDE_STEPS_H

#include "postgres.h"
#include "nodes/pg_list.h"

#include "engine/runs.h"
#include "store/attributes.h"
#include "store/events.h"

typedef struct InsideSteps
{
	List *sets;    /* of InsideStep *, as the runs came to them */
	List *enrolls; /* likewise */
} InsideSteps;

/* The run came to this step. */
extern void campaign_inside_steps_set(InsideSteps *steps, const Run *run, int step);
extern void campaign_inside_steps_enroll(InsideSteps *steps, const Run *run, int step);

/* What a set step writes of this prospect; a text with a variable that has no value is left out. */
extern Jsonb *campaign_inside_steps_render(const Run *run, int step, const AttributeSource *source);

/* The keys that a set step writes, for people. */
extern char *campaign_inside_steps_keys(const Run *run, int step);

/*
 * Writes attributes, and enrols those who go on elsewhere; logs what became of these. Call once the
 * runs are written: they have ended there before they begin elsewhere.
 */
extern void campaign_inside_steps_write(const InsideSteps *steps, const Runs *runs,
										EventLog *events);

#endif
