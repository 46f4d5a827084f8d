/*
 * definition.h
 *		From a sequence as written (jsonb) to the graph that the machine walks, and to what is wrong
 *		with it.
 *
 * A definition is judged as a whole: compiling always returns, with every fault that was found, each
 * with the path of what it is about. Where there is an error, only the faults are of use; the graph
 * is then neither complete nor sealed.
 */
#ifndef CAMPAIGN_DEFINITION_H
#define CAMPAIGN_DEFINITION_H

#include "postgres.h"
#include "nodes/pg_list.h"
#include "utils/jsonb.h"
#include "utils/jsonpath.h"

#include "core/graph.h"
#include "store/action_kinds.h"

/* A sequence has at most so many steps as written, ... */
#define DEFINITION_MAX_STEPS 500

/* ... so many cases of branches ... */
#define DEFINITION_MAX_CASES 1000

/* ... and asks about so many kinds of event: enrollment.facts has a bit for each. */
#define DEFINITION_MAX_FACTS 64

/* ... and has so many different paths among its conditions. */
#define DEFINITION_MAX_PATHS GRAPH_MAX_PATHS

/* ... and so many delays to a date. */
#define DEFINITION_MAX_DATES 16

/* The date that a delay goes to: what the path leads to, shifted, at a local time of that day. */
typedef struct DefinitionDate
{
	JsonPath *path;
	int days;     /* local days, and */
	Instant time; /* time that is added; both may be below zero */
	Instant at;   /* time of day instead of its own; INSTANT_NEVER = its own */
} DefinitionDate;

/* When a message of a stage is sent. */
typedef enum MessageDelivery
{
	DELIVERY_MANUAL,            /* by message_prospects() alone */
	DELIVERY_ON_ENTRY,          /* when a run enters the stage */
	DELIVERY_ON_NEEDS_REVISION, /* when something that was submitted there is sent back */
	DELIVERY_DUE                /* so long before or after the day on which something is due */
} MessageDelivery;

/* What a step has beside its place in the graph. */
typedef struct StepContent
{
	const ActionKind *kind; /* NULL unless the step is an action */
	Jsonb *
		content; /* action, set: an object of texts, perhaps empty; enroll: {"campaign"}; else NULL */
	bool missing_content; /* a content that the kind requires is absent or empty */
	Instant within;       /* an action: to be done in so long by an agent; 0 = no limit */
	const char *delay;    /* delay: how long; wait: within; as written, else NULL */
	Instant
		max_lateness;    /* action: skipped if not started so long after it was queued; 0 = never */
	int retries;         /* action: attempts in all; 0 = as its channel says */
	const char *channel; /* action: its account is of the channel of this name; NULL = of any */
	const char *template; /* action: the row of message_template that has its texts; NULL = none */
	MessageDelivery delivery; /* message of a stage */
} StepContent;

typedef struct DefinitionFault
{
	char *path;           /* $[3].wait.within; $ is the definition itself */
	const char *severity; /* "error" or "warning" */
	const char *code;
	char *detail; /* names the value */
	char *hint;   /* names the way out; NULL if the detail does */
} DefinitionFault;

typedef struct Definition
{
	Graph graph;
	StepContent *steps;                     /* by index of the graph */
	char *fact_kinds[DEFINITION_MAX_FACTS]; /* by bit; NULL = a gap, which is not filled again */
	int n_facts;                            /* bits up to the highest that is taken */
	JsonPath *paths[DEFINITION_MAX_PATHS];  /* conditions that are paths; see GRAPH_FIRST_PATH */
	int n_paths;
	DefinitionDate dates[DEFINITION_MAX_DATES]; /* by GraphStep.date */
	int n_dates;
	bool reads_row; /* some path asks about the row of the source */
	bool has_stages;
	const char *reply_goal; /* the channel that is told of a reply, once a run; NULL = none */
	List *faults; /* of DefinitionFault, as they were found: nearly the order of the definition */
	int n_errors; /* how many faults are errors */
} Definition;

/*
 * Compiles into the current memory context, which is to live as long as the result; kinds too, since
 * the steps point into it. settings are those of the campaign, of which those that change how runs
 * move are compiled too; NULL = none. known_facts are the kinds of event that have a bit already, by bit, NULL
 * for a gap: they keep it, and others are appended. json may be NULL, which is a fault like others.
 *
 * Reads table event_kind as the current user, if the definition asks about kinds that are not known;
 * and, if stages have messages, message_template of this workspace, 0 = the caller's.
 */
extern Definition *campaign_definition_compile(Jsonb *json, const ActionKinds *kinds,
											   char **known_facts, int n_known_facts,
											   Jsonb *settings, int64 workspace);

/* Raises the first fault that is an error, of steps or of settings; returns if there is none. */
extern void campaign_definition_require(const Definition *definition);

/* "action", "delay", ...: what column step.kind holds. */
extern const char *campaign_definition_kind_name(GraphStepKind kind);

#endif
