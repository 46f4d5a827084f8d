/*
 * path.h
 *		SQL/JSON paths as conditions: reading one, and what can be known of it before it is asked.
 *
 * What paths say of a prospect is found out elsewhere: document.h.
 */
#ifndef CAMPAIGN_PATH_H
#define CAMPAIGN_PATH_H

#include "postgres.h"
#include "nodes/pg_list.h"
#include "utils/jsonpath.h"

/* A path that was read, in the current memory context. */
typedef struct ReadPath
{
	JsonPath *path;    /* NULL: it is none, or can never hold */
	const char *fault; /* why not */
	const char *hint;
	List *facts; /* of char *: texts in a path that asks about facts; some may be names of facts */
	List *
		roots; /* of char *: the keys of the document that it asks about, each as often as it does */
} ReadPath;

/* True if this is to be a path: no name of a fact has the sign by which paths begin. */
extern bool campaign_path_meant(const char *text);

/* True if the path asks about this key of the document. */
extern bool campaign_path_asks(const ReadPath *read, const char *root);

extern ReadPath campaign_path_read(const char *text);

/* The same for a path that leads to a value of the document, not to a truth value, and asks no facts. */
extern ReadPath campaign_path_read_value(const char *text);

#endif
