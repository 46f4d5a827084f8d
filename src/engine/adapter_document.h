/*
 * adapter_document.h
 *		What the rows of an adapter are asked of and filled from: the frozen content of an action, with
 *		what services have answered about it and its prospect.
 */
#ifndef CAMPAIGN_ADAPTER_DOCUMENT_H
#define CAMPAIGN_ADAPTER_DOCUMENT_H

#include "postgres.h"
#include "utils/jsonb.h"
#include "utils/jsonpath.h"

/* {..., "result": of earlier requests of the action, "kept": of earlier actions}. */
extern Jsonb *campaign_adapter_document(Jsonb *content, Jsonb *results, Jsonb *kept);

/* The document with one more member, or with another one in its place. */
extern Jsonb *campaign_adapter_document_with(Jsonb *document, const char *name, Jsonb *value);

/* The value of a name such as "result.provider_id"; false if there is none, or it is null. */
extern bool campaign_adapter_document_find(Jsonb *document, const char *name, size_t length,
										   JsonbValue *value);

/* A value as text; NULL if it is an object or an array. */
extern char *campaign_adapter_document_text(const JsonbValue *value);

/* Does the predicate hold of target? Variables are those of the document. What cannot be said does not. */
extern bool campaign_adapter_document_holds(Jsonb *document, Jsonb *target, JsonPath *predicate);

/* The first thing that a path finds in target, null or not; false = nothing. */
extern bool campaign_adapter_document_query(Jsonb *document, Jsonb *target, JsonPath *path,
											JsonbValue *value);

/* All that it finds, as an array. */
extern bool campaign_adapter_document_query_all(Jsonb *document, Jsonb *target, JsonPath *path,
												JsonbValue *value);

#endif
