/*
 * audience_reader.h
 *		The process of a database that looks at audiences: started when the first campaign uses one.
 *
 * It is apart from the others because it runs the SQL of users, whose tables may be large and whose
 * views may be slow: while it waits for one, runs move on and actions leave.
 */
#ifndef CAMPAIGN_AUDIENCE_READER_H
#define CAMPAIGN_AUDIENCE_READER_H

#include "postgres.h"

extern PGDLLEXPORT void campaign_audience_reader_main(Datum arg);

#endif
