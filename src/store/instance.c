/*
 * instance.c
 *		The row that tells this instance of the extension from others.
 */
#include "store/instance.h"

#include "store/plan.h"

static StorePlan make_plan = {.sql = "SELECT campaign.instance_uuid()::text", .n_args = 0};

static StorePlan uuid_plan = {.sql = "SELECT i.uuid::text FROM campaign.instance i", .n_args = 0};

char *
campaign_instance_uuid(void)
{
	if (campaign_plan_run(&uuid_plan, NULL, NULL, false) == 0)
		campaign_plan_run_one(&make_plan, NULL, NULL, false);
	return campaign_plan_text(0, 1);
}
