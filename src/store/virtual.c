/*
 * virtual.c
 *		Is this a database of virtual time?
 */
#include "store/virtual.h"

#include "store/plan.h"

static StorePlan mark = {.sql = "SELECT i.is_virtual FROM campaign.instance i", .n_args = 0};

bool
campaign_virtual_is_marked(void)
{
	return campaign_plan_run(&mark, NULL, NULL, false) > 0 && campaign_plan_bool(0, 1, false);
}
