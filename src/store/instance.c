/*
 * instance.c
 *		The row that tells this instance of the extension from others.
 */
#include "store/instance.h"

#include "store/plan.h"

static StorePlan uuid_plan = {.sql = "SELECT campaign.instance_uuid()::text", .n_args = 0};

char *
campaign_instance_uuid(void)
{
	campaign_plan_run_one(&uuid_plan, NULL, NULL, false);
	return campaign_plan_text(0, 1);
}
