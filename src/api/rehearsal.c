/*
 * rehearsal.c
 *		Knowing beforehand, as SQL sees it: what a step would say.
 */
#include "postgres.h"

#include "executor/spi.h"
#include "fmgr.h"
#include "utils/jsonb.h"

#include "engine/preview.h"
#include "store/clock.h"
#include "store/settings.h"

PG_FUNCTION_INFO_V1(campaign_api_render_step);

/* render_step(workspace, campaign, step, prospect, enrollment): what would be sent. */
Datum
campaign_api_render_step(PG_FUNCTION_ARGS)
{
	Round round = {PG_GETARG_INT64(0), campaign_clock_now(), campaign_settings.batch_rows, NULL};
	PreviewSubject subject = {.campaign = PG_GETARG_INT64(1),
							  .step = PG_GETARG_INT32(2),
							  .prospect = PG_GETARG_INT64(3),
							  .enrollment = PG_ARGISNULL(4) ? 0 : PG_GETARG_INT64(4)};
	MemoryContext caller = CurrentMemoryContext;
	Jsonb *content;
	Jsonb *result;

	SPI_connect();
	content = campaign_preview_render(&round, &subject);
	result = MemoryContextAlloc(caller, VARSIZE(content));
	memcpy(result, content, VARSIZE(content));
	SPI_finish();
	PG_RETURN_JSONB_P(result);
}
