/*
 * channel_columns.h
 *		What the options of a channel mean, also where they say nothing, as expressions over its row c.
 */
#ifndef CAMPAIGN_CHANNEL_COLUMNS_H
#define CAMPAIGN_CHANNEL_COLUMNS_H

#include "postgres.h"

#include "core/retry.h"

#define CHANNEL_IDEMPOTENT "COALESCE((c.options->>'idempotent')::boolean, false)"
#define CHANNEL_5XX_NOT_ACCEPTED "COALESCE((c.options->>'5xx_means_not_accepted')::boolean, false)"
#define CHANNEL_ALLOW_HTTP "COALESCE((c.options->>'allow_http')::boolean, false)"
#define CHANNEL_ALLOW_PRIVATE "COALESCE((c.options->>'allow_private')::boolean, false)"
#define CHANNEL_ALLOW_CLEAR "COALESCE((c.options->>'allow_clear')::boolean, false)"
#define CHANNEL_TIMEOUT                                                                            \
	"COALESCE((c.options->>'timeout_ms')::int,"                                                    \
	" CASE WHEN c.transport = 'smtp' THEN 300000 ELSE 30000 END)"
#define CHANNEL_DOT_TIMEOUT "COALESCE((c.options->>'dot_timeout_ms')::int, 600000)"
#define CHANNEL_SESSION_MESSAGES "COALESCE((c.options->>'session_messages')::int, 100)"

/* Whether the last attempts did not get through to its server; $1 = workspace. */
#define CHANNEL_DOUBTED                                                                            \
	"EXISTS (SELECT FROM campaign.channel_fault x WHERE x.workspace_id = $1 AND x.channel_id = c.id)"

/* Three columns, which campaign_channel_ladder() reads. */
#define CHANNEL_LADDER                                                                             \
	"(c.options->>'retries')::int, (c.options->>'retry_first_ms')::int,"                           \
	" (c.options->>'retry_cap_ms')::int"

/* Its ladder: of this row of the present result, where the first of those columns is this one. */
extern RetryLadder campaign_channel_ladder(bool mail, int row, int column);

#endif
