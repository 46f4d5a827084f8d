/*
 * adapter_departure.h
 *		A frozen request of an adapter on its way out: put behind the channel's address, with its secrets.
 */
#ifndef CAMPAIGN_ADAPTER_DEPARTURE_H
#define CAMPAIGN_ADAPTER_DEPARTURE_H

#include "engine/deliver.h"

#include "utils/jsonb.h"

/*
 * Fills in method, key, address, headers, type and body of a start from what was frozen, in the current
 * memory context. secret may be NULL: then headers that need it are left out. A start that cannot be
 * signed as its adapter says is refused.
 */
extern void campaign_adapter_departure_fill(DeliveryStart *start, Jsonb *request, const char *url,
											const char *secret);

#endif
