/*
 * adapter_request.h
 *		One request of an adapter, as its row and a document say: rendered, to be frozen.
 *
 * Not what makes it leave, which adds the channel's address and secrets: see engine/adapter_departure.
 */
#ifndef CAMPAIGN_ADAPTER_REQUEST_H
#define CAMPAIGN_ADAPTER_REQUEST_H

#include "engine/content.h"
#include "store/adapters.h"

/* What a request is filled from. */
typedef struct AdapterSources
{
	Jsonb *document;
	const ContentSources *content; /* for what the document has not; NULL = nothing else */
	const char *key;               /* of the action */
	int max_note_length;           /* of the account; 0 = it says nothing */
} AdapterSources;

/* Why a request cannot be made. */
typedef struct AdapterFault
{
	const char *reason; /* missing_variable, too_many_characters */
	char *detail;
} AdapterFault;

/*
 * {"method", "key", "path", "headers", "type", "body", "sign", "retry_after_header", "batch"}, of these what
 * there is; NULL = fault says why not.
 */
extern Jsonb *campaign_adapter_request_render(const AdapterRequest *request,
											  const AdapterSources *sources, AdapterFault *fault);

/* The first request of this role and key from the position on that the document needs; or NULL. */
extern const AdapterRequest *campaign_adapter_request_next(const Adapters *adapters, int key,
														   int position, Jsonb *document);

#endif
