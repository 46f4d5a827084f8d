/*
 * adapter_polls.h
 *		Asking services that adapters speak to what has become of what they took on.
 */
#ifndef CAMPAIGN_ADAPTER_POLLS_H
#define CAMPAIGN_ADAPTER_POLLS_H

#include "engine/deliver.h"
#include "store/polls.h"

/* Renders the questions about those of the polls that have adapters; one that there is no row for has none. */
extern void campaign_adapter_polls_render(const Round *round, Poll *polls, int n);

/*
 * Settles what is pending still and was answered about; how many. The outcomes are of questions of
 * adapters.
 */
extern int campaign_adapter_polls_record(const Round *round, const DeliveryOutcome *const *outcomes,
										 int n);

#endif
