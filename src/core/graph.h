/*
 * graph.h
 *		A sequence as the machine walks it: an array of steps that point to each other by index.
 *
 * A graph is built once (by whoever reads the definition), sealed, and then only read; graph_check.h
 * says what is wrong with it. It owns no memory: the builder gives the arrays, so that the same code
 * serves a memory context of the server and a test. Names and paths are borrowed.
 */
#ifndef CAMPAIGN_GRAPH_H
#define CAMPAIGN_GRAPH_H

#include <stdbool.h>
#include <stdint.h>

#include "core/instant.h"

/* no such step */
#define GRAPH_NONE (-1)

/* More steps than this are refused, however large the array, so that walks and checks are bounded. */
#define GRAPH_MAX_STEPS 512

typedef enum GraphStepKind
{
	GRAPH_ACTION,  /* something leaves; done when its outcome is known */
	GRAPH_DELAY,   /* done when the time has passed */
	GRAPH_ONLY_IF, /* goes on, or leaves as END_END */
	GRAPH_WAIT,    /* until a condition holds, or else */
	GRAPH_BRANCH,  /* the first case that holds, or else */
	GRAPH_SPLIT,   /* one of the cases, by lot */
	GRAPH_GOTO,    /* goes on elsewhere at once */
	GRAPH_SET,     /* writes down something about the prospect, and goes on */
	GRAPH_ENROLL,  /* leaves for another campaign */
	GRAPH_STAGE,   /* until a person, or an event, lets it go on */
	GRAPH_END      /* leaves */
} GraphStepKind;

/* What a delay goes by. */
typedef enum GraphDelayKind
{
	GRAPH_DELAY_LENGTH,        /* a length of time */
	GRAPH_DELAY_BUSINESS_DAYS, /* so many days that are neither weekend nor holiday */
	GRAPH_DELAY_NEXT_DAY,      /* the first slot of the next local day */
	GRAPH_DELAY_DATE           /* a date of the prospect's own */
} GraphDelayKind;

typedef enum EndKind
{
	END_NONE, /* still inside */
	END_SUCCESS,
	END_FAILURE,
	END_END,
	END_ERROR,
	END_REMOVED,
	END_ARCHIVED
} EndKind;

/* What is true of a prospect now, read when a run is claimed. */
typedef enum GraphState
{
	GRAPH_STATE_CONNECTED = 1 << 0,
	GRAPH_STATE_PENDING = 1 << 1,
	GRAPH_STATE_NOT_CONNECTED = 1 << 2, /* neither of the two */
	GRAPH_STATE_HAS_EMAIL = 1 << 3,
	GRAPH_STATE_SUPPRESSED = 1 << 4,
	GRAPH_STATE_OPTED_IN = 1 << 5,

	/* What paths say has been found out, and stands in the bits from GRAPH_FIRST_PATH on. */
	GRAPH_STATE_PATHS_KNOWN = 1 << 7
} GraphState;

/* The relation is exactly one of these at any time. */
#define GRAPH_RELATIONS                                                                            \
	((uint64_t) (GRAPH_STATE_CONNECTED | GRAPH_STATE_PENDING | GRAPH_STATE_NOT_CONNECTED))

/* The bit of a state that the first path of the definition has, and how many paths there can be. */
#define GRAPH_FIRST_PATH 16
#define GRAPH_MAX_PATHS (64 - GRAPH_FIRST_PATH)

typedef enum GraphConditionSource
{
	GRAPH_ALWAYS, /* no condition */
	GRAPH_BY_STATE,
	GRAPH_BY_EVENT,
	GRAPH_BY_PATH /* a predicate over the prospect's document; its bit is one of the states */
} GraphConditionSource;

/* Holds if any bit of mask is set in what source names; the other way round if negated. */
typedef struct GraphCondition
{
	GraphConditionSource source;
	bool negated;
	uint64_t mask;
} GraphCondition;

/* The shares of a split are counted in millionths, which percentages of four decimals come out in. */
#define GRAPH_WHOLE 1000000

typedef struct GraphCase
{
	GraphCondition when; /* of a branch */
	int upto;            /* of a split: lots below this, and not below that of the case before */
	int target;
} GraphCase;

/* The relation to the prospect without which an action is not begun. */
typedef enum GraphRequirement
{
	GRAPH_REQUIRES_NOTHING,
	GRAPH_REQUIRES_CONNECTED,
	GRAPH_REQUIRES_NOT_CONNECTED,
	GRAPH_REQUIRES_EMAIL
} GraphRequirement;

/* What entering a step, and walking on from it without a halt, may have to know. */
typedef enum GraphReads
{
	GRAPH_READS_RELATION = 1 << 0, /* connected, pending, not_connected, or a requirement of them */
	GRAPH_READS_EMAIL = 1 << 1,
	GRAPH_READS_ACCOUNT = 1 << 2, /* an action is queued, so an account is chosen */
	GRAPH_READS_PATHS = 1 << 3,   /* which: the paths of the step */
	GRAPH_READS_HOLIDAYS = 1 << 4,
	GRAPH_READS_DATES = 1 << 5,
	GRAPH_READS_OPT_IN = 1 << 6
} GraphReads;

typedef struct GraphStep
{
	GraphStepKind kind;
	const char *name; /* unique in the sequence */
	const char *path; /* where it stands in the definition, as $[3].wait; NULL if it does not */
	int next;         /* what follows when it is done; not for branch, split, enroll and end */

	/*
	 * wait and branch: what follows if nothing held. Action: what follows if its requirement does not
	 * hold; GRAPH_NONE = the run leaves. Delay to a date: what follows if that has passed already;
	 * GRAPH_NONE = next, at once.
	 */
	int otherwise;

	/*
	 * only_if: to go on; wait: until; stage: the event by which it is left, GRAPH_ALWAYS = none; action:
	 * "if", which is not the machine's but checked when sending
	 */
	GraphCondition condition;

	GraphDelayKind delay_kind;
	Instant delay;  /* delay: how long, from the completion of the step before; 0 if not a length */
	int days;       /* delay: how many business days */
	int date;       /* delay: which of the run's dates */
	Instant after;  /* wait: not before this has passed */
	Instant within; /* wait: else when this has passed */
	int first_case; /* branch and split */
	int n_cases;
	GraphRequirement requires; /* action */
	bool creates_relation;     /* action: an invitation, by which a connection can come about */
	bool finds_email;          /* action: by which an address can be found */
	EndKind end;      /* end; stage: the run ends by entering it, END_NONE = it stands there */
	const char *code; /* where it ends: what the run leaves with; NULL = the name of the end */

	bool disabled; /* stage: passed at once */
	bool gated;    /* stage: entered by those alone who have opted in */

	/*
	 * No walk comes here: a message of a stage, which is queued beside the run, or the stage of those
	 * who were dropped. It has no links.
	 */
	bool aside;
	int n_messages; /* stage: how many of its messages follow it in the array */

	/*
	 * Made by campaign_graph_seal(): GraphReads over the walk from entering this step to the next
	 * action. Timers do not stop it, since a run that is late passes them at once.
	 */
	unsigned reads;
	uint64_t paths; /* the bits of the paths among them */

	/* Made by campaign_graph_seal() of the name, so that lots drawn here stay when other steps come. */
	uint64_t salt;
} GraphStep;

typedef struct Graph
{
	GraphStep *steps;
	int n_steps;
	int max_steps;
	GraphCase *cases;
	int n_cases;
	int max_cases;
	bool exit_on_reply; /* a reply leaves at once, as success */
	bool by_calendar;   /* made by campaign_graph_seal(): some delay is no length of time */
	bool has_stages;    /* likewise */
	int dropped;        /* likewise: the stage of those who were dropped; GRAPH_NONE = none */

	/* For a run wherever it stands; GRAPH_ALWAYS = none. Set before sealing. */
	GraphCondition goal;    /* leaves as success */
	GraphCondition exit_if; /* leaves as end */
	GraphCondition hold_if; /* nothing is sent; not the machine's but checked when sending */

	/* Made by campaign_graph_seal(): what goal and exit_if have to know at every move. */
	unsigned reads;
	uint64_t paths;
} Graph;

/* Empties the graph over arrays that the caller keeps alive as long as the graph. */
extern void campaign_graph_init(Graph *graph, GraphStep *steps, int max_steps, GraphCase *cases,
								int max_cases);

/*
 * Appends a step of this kind with no links and no condition; its index, or GRAPH_NONE when the array
 * is full. A run begins at the first step.
 */
extern int campaign_graph_add_step(Graph *graph, GraphStepKind kind, const char *name,
								   const char *path);

/* Appends one case; the cases of a branch must be appended without others in between. False when full. */
extern bool campaign_graph_add_case(Graph *graph, int branch, GraphCondition when, int target);

/*
 * Appends one case of a split, with a share of GRAPH_WHOLE; as above. The shares of a split add up to
 * GRAPH_WHOLE.
 */
extern bool campaign_graph_add_share(Graph *graph, int split, int share, int target);

/*
 * Computes what can be derived (reads, salt). Call after the last change. False if a link points nowhere,
 * there is no step, a time is negative, an end names no kind or a stage that ends runs lets them go on:
 * faults of the builder, not of the definition.
 */
extern bool campaign_graph_seal(Graph *graph);

/* True if the condition holds for these states and events; GRAPH_ALWAYS does. */
extern bool campaign_graph_holds(GraphCondition condition, uint64_t states, uint64_t events);

/* The paths that may have to be asked before an action of this step is sent. */
extern uint64_t campaign_graph_paths_sending(const Graph *graph, int step);

/* True if entering this step, or standing at it, asks what a path says: if it holds, or which date it leads to. */
extern bool campaign_graph_asks_path(const Graph *graph, int step);

/* True if the condition is about something that comes about without being reported. */
extern bool campaign_graph_unreported(GraphCondition condition);

/* "success", ...; NULL for END_NONE */
extern const char *campaign_graph_end_name(EndKind end);

#endif
