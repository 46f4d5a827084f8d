/*
 * adapters.h
 *		Rows of campaign.adapter and campaign.adapter_answer: how a service is spoken to.
 *
 * What the rows mean is not known here: see engine/adapter_request and engine/adapter_answer.
 */
#ifndef CAMPAIGN_ADAPTERS_H
#define CAMPAIGN_ADAPTERS_H

#include "postgres.h"
#include "utils/jsonb.h"
#include "utils/jsonpath.h"
#include "utils/timestamp.h"

typedef enum AdapterRole
{
	ADAPTER_SEND,
	ADAPTER_LOOKUP,
	ADAPTER_POLL,
	ADAPTER_RELATIONS,
	ADAPTER_ANY
} AdapterRole;

typedef enum AdapterMeaning
{
	ADAPTER_ACCEPTED,
	ADAPTER_PENDING,
	ADAPTER_REFUSED,
	ADAPTER_RETRY,
	ADAPTER_DEFER,
	ADAPTER_POSTPONE,
	ADAPTER_DISCONNECTED,
	ADAPTER_HELD,
	ADAPTER_UNKNOWN,
	ADAPTER_ABSENT,
	ADAPTER_APART,  /* a batch is refused as a whole: each of its actions goes by itself */
	ADAPTER_UNNAMED /* no row says what it means */
} AdapterMeaning;

/* What speaks to a service in which matter. */
typedef struct AdapterKey
{
	const char *name;
	const char *kind;
} AdapterKey;

typedef struct AdapterRequest
{
	int key; /* of which it is, by its place */
	int position;
	AdapterRole role;
	JsonPath *needed; /* NULL = always */
	char *method;
	char *path;
	Jsonb *headers;
	Jsonb *body; /* NULL = none */
	char *format;
	Jsonb *finds;
	Jsonb *limits;
	bool repeatable; /* to repeat it does no harm, */
	bool by_key;     /* or none where the gateway honours keys */
	Jsonb *takes;
	int64 every; /* microseconds, of a poll */
	char *sign;  /* NULL = it is not signed */
	JsonPath *
		*item; /* what of an answer is about the action: the first that finds it; NULL = all */
	int n_item;
	Jsonb *batch;             /* how such requests become one; NULL = they do not */
	int most;                 /* so many of them at most */
	char *retry_after_header; /* beside Retry-After; NULL = none */
} AdapterRequest;

typedef struct AdapterAnswer
{
	int key;
	AdapterRole role;
	int position; /* 0 = any */
	JsonPath *condition;
	AdapterMeaning meaning;
	AdapterMeaning repeated; /* ADAPTER_UNNAMED = the same */
	char *code;              /* NULL = none */
	char *fact;              /* the same */
	int64 wait;              /* microseconds, 0 = none */
} AdapterAnswer;

/* In the order of keys, then of positions, and of ranks. */
typedef struct Adapters
{
	AdapterRequest *requests;
	int n_requests;
	AdapterAnswer *answers;
	int n_answers;
} Adapters;

/* The rows for each of the keys, a workspace's own before built-in ones. */
extern void campaign_adapters_load(int64 workspace, const AdapterKey *keys, int n, bool answers,
								   Adapters *adapters);

/* The request of this key, role and position; NULL if there is none. */
extern const AdapterRequest *campaign_adapters_request(const Adapters *adapters, int key,
													   AdapterRole role, int position);

#endif
