/*
 * progress_rows.c
 *		How far long calls are, as SQL says and sees it: progress_begin(), progress_phase(),
 *		progress_row(), progress_end(), and progress_rows() behind the view progress.
 */
#include "postgres.h"

#include "fmgr.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

#include "store/access.h"
#include "store/progress.h"

PG_FUNCTION_INFO_V1(campaign_api_progress_begin);
PG_FUNCTION_INFO_V1(campaign_api_progress_phase);
PG_FUNCTION_INFO_V1(campaign_api_progress_row);
PG_FUNCTION_INFO_V1(campaign_api_progress_end);
PG_FUNCTION_INFO_V1(campaign_api_progress_rows);

#define PROGRESS_COLUMNS 9

/* (what text, workspace bigint, campaign bigint) */
Datum
campaign_api_progress_begin(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(campaign_progress_begin(text_to_cstring(PG_GETARG_TEXT_PP(0)),
										   PG_GETARG_INT64(1), PG_GETARG_INT64(2)));
}

/* (phase text, total bigint) */
Datum
campaign_api_progress_phase(PG_FUNCTION_ARGS)
{
	campaign_progress_phase(text_to_cstring(PG_GETARG_TEXT_PP(0)), PG_GETARG_INT64(1));
	PG_RETURN_VOID();
}

/* (id bigint): the id again, so that a statement counts the rows that it has come to. */
Datum
campaign_api_progress_row(PG_FUNCTION_ARGS)
{
	campaign_progress_row();
	PG_RETURN_INT64(PG_GETARG_INT64(0));
}

Datum
campaign_api_progress_end(PG_FUNCTION_ARGS)
{
	campaign_progress_end();
	PG_RETURN_VOID();
}

static bool
may_see(const RightsList *list, int64 workspace)
{
	for (int i = 0; i < list->n; i++)
		if (list->items[i].workspace == workspace)
			return (list->items[i].levels & LEVEL_VIEWER) != 0;
	return false;
}

static void
put_shown(ReturnSetInfo *result, const ProgressShown *shown)
{
	Datum values[PROGRESS_COLUMNS];
	bool nulls[PROGRESS_COLUMNS] = {false};

	values[0] = Int64GetDatum(shown->workspace);
	values[1] = Int64GetDatum(shown->campaign);
	nulls[1] = shown->campaign == 0;
	values[2] = Int32GetDatum(shown->pid);
	values[3] = CStringGetTextDatum(shown->what);
	values[4] = CStringGetTextDatum(shown->phase);
	values[5] = Int64GetDatum(shown->done);
	values[6] = Int64GetDatum(shown->total);
	nulls[6] = shown->total == 0;
	values[7] = TimestampTzGetDatum(shown->started_at);
	values[8] = TimestampTzGetDatum(shown->phase_at);
	tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
}

/* Calls in this database, of workspaces that whoever asks may read. */
Datum
campaign_api_progress_rows(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	RightsList rights = campaign_access_list(GetUserId());
	ProgressShown shown;
	bool is_used;

	InitMaterializedSRF(fcinfo, 0);
	for (int i = 0; campaign_progress_at(i, &shown, &is_used); i++)
		if (is_used && shown.database == MyDatabaseId && may_see(&rights, shown.workspace))
			put_shown(result, &shown);
	return (Datum) 0;
}
