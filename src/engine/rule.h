/*
 * rule.h
 *		Rules of audiences: SQL/JSON paths, as conditions of SQL.
 *
 * What a condition of SQL can say with the same meaning is said by one, so that indexes serve it: a
 * column compared with a value, an attribute compared with one. Whatever else a rule says is asked of
 * the document, as conditions of steps are.
 */
#ifndef CAMPAIGN_RULE_H
#define CAMPAIGN_RULE_H

#include "postgres.h"

/* What rules of an audience are asked of. */
typedef struct RuleTarget
{
	const char *root;   /* the key of the document whose keys are the columns: prospect, or row */
	const char *alias;  /* of the table in the statement */
	const char *others; /* a column of type jsonb for the keys that are no columns, or NULL */
	char **columns;     /* names */
	const Oid *types;   /* of them */
	int n_columns;
	const char *document;  /* an expression that makes the document, */
	const char *variables; /* and one that makes the variables */
	bool has_prospect;     /* the document has that key beside its root */
} RuleTarget;

/* The rule as a condition of SQL; an error if it is none, or asks about what no rule can. */
extern char *campaign_rule_condition(const char *rule, const RuleTarget *target);

#endif
