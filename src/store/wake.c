/*
 * wake.c
 *		Asking for workers to be woken when the present transaction commits.
 */
#include "store/wake.h"

static int requested;

void
campaign_wake_request(int whom)
{
	requested |= whom;
}

int
campaign_wake_take(void)
{
	int whom = requested;

	requested = 0;
	return whom;
}
