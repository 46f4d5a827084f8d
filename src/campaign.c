/*
 * campaign.c
 *		What happens when the library is loaded: a table of contents.
 */
#include "postgres.h"

#include "fmgr.h"
#include "miscadmin.h"
#include "store/plan_estimates.h"
#include "store/settings.h"
#include "worker/launcher.h"
#include "store/progress.h"
#include "worker/shared.h"
#include "worker/wakeup.h"
#include "worker/yield.h"

PG_MODULE_MAGIC;

extern PGDLLEXPORT void _PG_init(void);

void
_PG_init(void)
{
	/* A server that is being upgraded has no use for workers, and is hindered by them. */
	if (IsBinaryUpgrade)
		return;

	campaign_settings_define(process_shared_preload_libraries_in_progress);
	campaign_wakeup_install();
	campaign_plan_estimates_install();

	/* In a session that loads the library by itself, functions work and nothing runs. */
	if (!process_shared_preload_libraries_in_progress)
		return;

	campaign_shared_install();
	campaign_progress_install();
	campaign_launcher_register();
	campaign_yield_install();
}
