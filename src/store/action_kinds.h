/*
 * action_kinds.h
 *		The kinds of action that a step can name, as table action_kind has them.
 *
 * A row of one's own stands before the built-in one of the same name. What is read here is the same
 * for all workspaces.
 */
#ifndef CAMPAIGN_ACTION_KINDS_H
#define CAMPAIGN_ACTION_KINDS_H

#include "postgres.h"

#include "core/graph.h"

typedef enum ActionContentUse
{
	ACTION_CONTENT_REQUIRED, /* a text with variables; launching asks for it */
	ACTION_CONTENT_FIRST,    /* the same, but only of the first step of the kind */
	ACTION_CONTENT_OPTIONAL, /* a text with variables */
	ACTION_CONTENT_NAME,     /* the name of something, taken as it is; optional */
	ACTION_CONTENT_INTERVAL  /* a length of time; optional */
} ActionContentUse;

/* One text that a step of the kind has. */
typedef struct ActionContent
{
	char *name;
	ActionContentUse use;
} ActionContent;

typedef struct ActionKind
{
	char *name;
	char *channel_class;
	GraphRequirement requires;
	char *relation_after; /* the relation to the prospect that it leaves behind; NULL = unchanged */
	bool creates_relation; /* relation_after is "pending" */
	bool reaches;          /* it is a contact of the person */
	ActionContent *contents;
	int n_contents;
} ActionKind;

typedef struct ActionKinds
{
	int n;
	ActionKind *items;
} ActionKinds;

/* All kinds in order of name, in the current memory context. Reads as the current user. */
extern ActionKinds *campaign_action_kinds_load(void);

/* The kind of this name, or NULL. */
extern const ActionKind *campaign_action_kinds_find(const ActionKinds *kinds, const char *name);

/* What "requires" of a kind says; NULL = nothing. */
extern GraphRequirement campaign_action_kinds_requirement(const char *text);

/* The content of this name, or NULL if a step of the kind has none. */
extern const ActionContent *campaign_action_kinds_content(const ActionKind *kind, const char *name);

#endif
