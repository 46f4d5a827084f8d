/*
 * bucket.c
 *		What became of an action that was not sent.
 */
#include "engine/bucket.h"

const char *
campaign_bucket_refused(const char *code, bool invited)
{
	static const char *const refusals[] = {"already_connected", "already_invited", "not_connected",
										   "no_email", "precondition_failed"};
	int i;

	for (i = 0; i < (int) lengthof(refusals); i++)
		if (strcmp(code, refusals[i]) == 0)
			break;
	if (i == lengthof(refusals))
		return NULL;
	return strcmp(code, "already_invited") == 0 && !invited ? "already_invited" : "refused";
}
