/*
 * definition_build.h
 *		What is carried along while a definition is compiled, and how steps are strung together.
 *
 * Steps get their index in the order in which they are written, so where a step leads is not known
 * yet when it is made. Links that lead to "whatever comes next" are kept as loose ends; the next step
 * made takes them all up. What is still loose at the end of the definition leads to success.
 */
#ifndef CAMPAIGN_DEFINITION_BUILD_H
#define CAMPAIGN_DEFINITION_BUILD_H

#include "engine/definition.h"
#include "engine/definition_read.h"
#include "store/fact_kinds.h"

/* Ends that no step is written for; each is one step at the end of the graph, made if needed. */
typedef enum SharedEnd
{
	SHARED_SUCCESS,
	SHARED_FAILURE, /* of a wait that timed out */
	SHARED_END,
	N_SHARED_ENDS
} SharedEnd;

/* Where a stage is on the way; stored by name. */
typedef enum DefinitionPhase
{
	PHASE_CANDIDATES,
	PHASE_PARTICIPANTS,
	PHASE_COMPLETE,
	PHASE_DROPPED
} DefinitionPhase;

typedef struct DefinitionBuild
{
	Definition *definition;
	const ActionKinds *kinds;
	FactKinds *fact_kinds;     /* NULL until a condition needs them */
	int n_written;             /* steps come across, faulty ones among them */
	bool stopped;              /* too large: nothing more is compiled */
	List *loose;               /* of int *: links to the step that is made next */
	int *skip;                 /* a link past the step that is compiled next; NULL = none */
	List *ends[N_SHARED_ENDS]; /* of int *: links to these ends */
	int64 workspace;           /* whose templates stages have; 0 = the caller's */
	DefinitionPhase phase;     /* of the last stage that was made */
	bool has_dropped;          /* there is a stage of those who were dropped */
	List *gotos;               /* of Goto *: links to steps by their name */
	const char *default_names[GRAPH_MAX_STEPS]; /* by index, for steps that bear no name */
} DefinitionBuild;

/* A step as written, taken apart. A pair is NULL where the key is absent. */
typedef struct WrittenStep
{
	const char *path;      /* of the step: $[3] */
	const char *kind_path; /* of the key that is its kind: $[3].wait */
	const JsonPair *kind;
	const char *name;          /* NULL = none given */
	const JsonPair *condition; /* "if" */
	const JsonPair *payload;
	const JsonPair *max_lateness;
	const JsonPair *retries;
	const JsonPair *on_precondition;
} WrittenStep;

extern void campaign_definition_build_init(DefinitionBuild *build, Definition *definition,
										   const ActionKinds *kinds);

/* Makes a step, to which all loose ends then lead; its own links are for the caller to hand on. */
extern int campaign_definition_build_step(DefinitionBuild *build, GraphStepKind kind,
										  const WrittenStep *written, const char *default_name);

/* As campaign_definition_build_step, off the walk: nothing leads to it, and what is loose stays so. */
extern int campaign_definition_build_aside(DefinitionBuild *build, GraphStepKind kind,
										   const WrittenStep *written, const char *default_name);

/* The step of this index; valid until the end of compiling. */
extern GraphStep *campaign_definition_build_at(DefinitionBuild *build, int step);

/* The link leads to the step that is made next. */
extern void campaign_definition_build_loose(DefinitionBuild *build, int *link);

/* The link leads out. */
extern void campaign_definition_build_leave(DefinitionBuild *build, int *link, SharedEnd end);

/* The step leads to the one of this name, which may not be made yet. */
extern void campaign_definition_build_goto(DefinitionBuild *build, int step, const char *name);

/* The end that a definition calls so, or N_SHARED_ENDS. */
extern SharedEnd campaign_definition_build_end_named(const char *name);

/* Makes the shared ends, names what bears no name, finds what is gone to by name, and gives back memory that is not used. */
extern void campaign_definition_build_finish(DefinitionBuild *build);

/* Notes a fault; hint may be NULL. detail is a format. */
extern void campaign_definition_build_error(DefinitionBuild *build, const char *path,
											const char *code, const char *hint, const char *detail,
											...) pg_attribute_printf(5, 6);
extern void campaign_definition_build_warning(DefinitionBuild *build, const char *path,
											  const char *code, const char *hint,
											  const char *detail, ...) pg_attribute_printf(5, 6);

/* Notes as unknown_key every pair whose key is not among allowed (ended by NULL). */
extern void campaign_definition_build_allow(DefinitionBuild *build, const JsonPair *pairs, int n,
											const char *path, const char *const *allowed);

/* Notes that a key is missing. */
extern void campaign_definition_build_missing(DefinitionBuild *build, const char *path,
											  const char *key, const char *hint);

#endif
