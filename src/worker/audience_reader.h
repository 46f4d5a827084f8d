/*
 * audience_reader.h
 *		The processes of a database that look at audiences: started when the first campaign uses one, and
 *		when the first is found to be lengthy.
 *
 * They are apart from the others because they run the SQL of users, whose tables may be large and whose
 * views may be slow: while they wait for one, runs move on and actions leave.
 */
#ifndef CAMPAIGN_AUDIENCE_READER_H
#define CAMPAIGN_AUDIENCE_READER_H

#include "postgres.h"

extern PGDLLEXPORT void campaign_audience_reader_main(Datum arg);

#endif
