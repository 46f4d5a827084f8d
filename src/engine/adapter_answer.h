/*
 * adapter_answer.h
 *		An answer of a service as the rows of its adapter see it: what it means, and what it brings.
 */
#ifndef CAMPAIGN_ADAPTER_ANSWER_H
#define CAMPAIGN_ADAPTER_ANSWER_H

#include "engine/deliver.h"
#include "store/adapters.h"

/*
 * {"status", "retry_after", "body"} of what came back; NULL if nothing did. A body that is no JSON, or
 * nested deeper than anybody means, is null.
 */
extern Jsonb *campaign_adapter_answer_of(const DeliveryOutcome *outcome);

/*
 * The part of it that is about the action, as the request's row finds it: {"status", "retry_after",
 * "item"}; NULL if there is none, or no row says how it is found. item: that part alone.
 */
extern Jsonb *campaign_adapter_answer_item(const AdapterRequest *request, Jsonb *document,
										   Jsonb *answer, Jsonb **item);

/*
 * The first row that says what the answer to a request means; NULL = none does. shared: it was the
 * request of several actions.
 */
extern const AdapterAnswer *campaign_adapter_answer_find(const Adapters *adapters,
														 const AdapterRequest *request,
														 Jsonb *document, Jsonb *answer,
														 bool shared);

/* Called for each value that is taken: target as "result.x", in two parts. */
typedef void (*AdapterTake)(void *arg, const char *where, const char *name,
							const JsonbValue *value);

/* Takes what the request's row asks for, as far as the answer has it. */
extern void campaign_adapter_answer_take(const AdapterRequest *request, Jsonb *document,
										 Jsonb *answer, AdapterTake take, void *arg);

/* The same, but all that each path finds, not the first alone. */
extern void campaign_adapter_answer_take_all(const AdapterRequest *request, Jsonb *document,
											 Jsonb *answer, AdapterTake take, void *arg);

#endif
