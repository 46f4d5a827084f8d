/*
 * channel_columns.c
 *		What the options of a channel mean.
 */
#include "store/channel_columns.h"

#include "core/retry_mail.h"
#include "store/plan.h"

RetryLadder
campaign_channel_ladder(bool mail, int row, int column)
{
	RetryLadder ladder = mail ? campaign_retry_mail_ladder() : campaign_retry_default_ladder();

	ladder.max_attempts = campaign_plan_int32(row, column, ladder.max_attempts);
	ladder.first =
		campaign_plan_int32(row, column + 1, (int32) (ladder.first / 1000)) * INT64CONST(1000);
	ladder.cap =
		campaign_plan_int32(row, column + 2, (int32) (ladder.cap / 1000)) * INT64CONST(1000);
	return ladder;
}
