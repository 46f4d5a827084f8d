/*
 * documents.h
 *		Documents of prospects, and what SQL/JSON paths say of them.
 *
 * A document is made and asked within one statement, by PostgreSQL's own jsonb_path_match_tz(), and is
 * not kept. Its keys are in docs/reference.md, "Conditions".
 */
#ifndef CAMPAIGN_DOCUMENTS_H
#define CAMPAIGN_DOCUMENTS_H

#include "postgres.h"
#include "utils/jsonb.h"
#include "utils/jsonpath.h"
#include "utils/timestamp.h"

#include "store/relations.h"

/* Of whom and what a document tells. */
typedef struct DocumentKey
{
	int64 campaign;
	int64 prospect;
	int64 enrollment; /* 0 = none yet */
	int64 account;    /* the sender; 0 = none yet */
	RelationState relation;
	const char *facts; /* an array of names, as JSON */
	const char *step;  /* the name of the step where the run stands */
	Jsonb *row;        /* that of the source; NULL = there is none */
	Jsonb *imagined;   /* set beside what is stored; all of a prospect that is not; or NULL */
} DocumentKey;

/* A path, asked of the document with this index. */
typedef struct DocumentQuestion
{
	int document;
	JsonPath *path;
	bool holds; /* the answer of campaign_documents_ask() */
	char *
		value; /* that of campaign_documents_values(): the first thing found, as text; NULL = none */
} DocumentQuestion;

/* Makes the documents, as they are now, and asks them all. */
extern void campaign_documents_ask(int64 workspace, TimestampTz now, const DocumentKey *keys, int n,
								   DocumentQuestion *questions, int n_questions);

/* The same, asked where the paths lead. */
extern void campaign_documents_values(int64 workspace, TimestampTz now, const DocumentKey *keys,
									  int n, DocumentQuestion *questions, int n_questions);

#endif
