/*
 * source.h
 *		Reading what belongs to a user, as that user: the tables and views that audiences stand on.
 *
 * Whatever code stands behind a view runs with the rights of the role that made the audience, in a
 * security-restricted operation, read-only, with a search_path of pg_catalog alone, and no longer than
 * it may. Which role that is, and whether it still may do this here, is the caller's to find out.
 */
#ifndef CAMPAIGN_SOURCE_H
#define CAMPAIGN_SOURCE_H

#include "postgres.h"
#include "nodes/params.h"
#include "utils/tuplestore.h"

typedef struct SourceRead
{
	Oid role;
	const char *sql;
	ParamListInfo params; /* or NULL */
	int limit_ms;
} SourceRead;

/*
 * Runs one query and adds its rows to the store, in a new snapshot. An error of the query is raised as
 * it is, and running out of time as ERRCODE_PROGRAM_LIMIT_EXCEEDED. The caller holds an SPI connection
 * or not, as it likes.
 */
extern void campaign_source_read(const SourceRead *read, Tuplestorestate *rows);

/*
 * The same in a subtransaction: false if the query failed, for whatever reason is its own, and then
 * *code is source_slow, source_forbidden or source_failed and *detail what happened, in the current memory context.
 */
extern bool campaign_source_try(const SourceRead *read, Tuplestorestate *rows, const char **code,
								char **detail);

#endif
