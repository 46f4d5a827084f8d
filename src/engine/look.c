/*
 * look.c
 *		The round that looks at audiences: who newly matches is taken in without a call.
 *
 * What a look does is in sql/69_audience_look.sql. It runs the SQL of users, within a time of its own,
 * and so neither in the scheduler nor in a dispatcher.
 */
#include "engine/round.h"

#include "catalog/pg_type.h"

#include "store/plan.h"

static StorePlan look_plan = {.sql = "SELECT campaign.look_at_audiences($1, $2, $3)",
							  .n_args = 3,
							  .types = {INT8OID, TIMESTAMPTZOID, INT4OID}};

static StorePlan workspaces_plan = {
	.sql = "SELECT DISTINCT q.workspace_id FROM ("
		   "(SELECT a.workspace_id FROM campaign.audience a WHERE a.next_at <= $1"
		   " ORDER BY a.next_at LIMIT 1000)"
		   " UNION ALL (SELECT r.workspace_id FROM campaign.audience_request r LIMIT 1000)) q"
		   " LIMIT $2",
	.n_args = 2,
	.types = {TIMESTAMPTZOID, INT4OID}};

static StorePlan next_plan = {
	.sql = "SELECT CASE WHEN EXISTS (SELECT FROM campaign.audience_request)"
		   " THEN '-infinity'::timestamptz ELSE (SELECT a.next_at FROM campaign.audience a"
		   " WHERE a.next_at IS NOT NULL ORDER BY a.next_at LIMIT 1) END",
	.n_args = 0};

int
campaign_audience_round(const Round *round)
{
	Datum values[3] = {Int64GetDatum(round->workspace), TimestampTzGetDatum(round->now),
					   Int32GetDatum(round->limit)};
	int done;

	campaign_plan_run_one(&look_plan, values, NULL, false);
	done = (int) campaign_plan_int64(0, 1, 0);
	SPI_freetuptable(SPI_tuptable);
	return done;
}

int
campaign_audience_workspaces(TimestampTz now, int64 **workspaces, int max)
{
	Datum values[2] = {TimestampTzGetDatum(now), Int32GetDatum(max)};
	int found = campaign_plan_run(&workspaces_plan, values, NULL, false);
	int i;

	*workspaces = palloc(Max(found, 1) * sizeof(int64));
	for (i = 0; i < found; i++)
		(*workspaces)[i] = campaign_plan_int64(i, 1, 0);
	SPI_freetuptable(SPI_tuptable);
	return found;
}

TimestampTz
campaign_audience_next(void)
{
	TimestampTz next = DT_NOEND;

	if (campaign_plan_run(&next_plan, NULL, NULL, false) > 0)
		next = campaign_plan_time(0, 1);
	SPI_freetuptable(SPI_tuptable);
	return next;
}
