/*
 * deliver.h
 *		One transaction of a dispatcher: outcomes in, starts out.
 *
 * A Delivery holds what a dispatcher carries between transactions: how many places each channel has
 * in use. Starts of channels that need no network (outbox) are complete when the call returns. Starts
 * of others come back as DeliveryStart; the caller must commit before it lets a byte of them leave.
 */
#ifndef CAMPAIGN_DELIVER_H
#define CAMPAIGN_DELIVER_H

#include "engine/in_flight.h"
#include "engine/round.h"
#include "net/http.h"
#include "net/mail.h"

/* What a start is of. */
typedef enum DeliveryForm
{
	DELIVERY_ACTION,
	DELIVERY_POLL,   /* a gateway is asked what it did with an action: a GET without key and body */
	DELIVERY_TRIAL,  /* of engine/trial */
	DELIVERY_NOTICE, /* of engine/notice */
	DELIVERY_RELATIONS /* of engine/relation_answers: action is the account */
} DeliveryForm;

/* Another action that is in the same request. */
typedef struct DeliveryRider
{
	int64 action;
	int attempt;
	const char *person; /* NULL of a poll */
} DeliveryRider;

/* What is to be sent once the transaction has committed. Lives until the first start of the next one. */
typedef struct DeliveryStart
{
	DeliveryForm form;
	int64 workspace;
	int64 action; /* the id of whatever it is of */
	int64 channel;
	int attempt;
	const char *person; /* whom it is for; NULL of a poll */
	const char *url;
	const char *key;
	const char *body;   /* frozen: the same bytes at each attempt */
	const char *secret; /* Authorization header value, or NULL */
	const char *method; /* NULL = POST */
	const char *content_type;
	NetHeader *headers; /* with secrets; NULL = none but the key, and secret */
	int n_headers;
	bool by_adapter;       /* the request is one of an adapter */
	const char *adapter;   /* its name, of relations */
	const char *refused;   /* why it may not leave; NULL = it may */
	DeliveryRider *riders; /* beside action, in the order of the items of the request */
	int n_riders;
	int answer_items;               /* of which the answer may tell; 0 = of one */
	const char *retry_after_header; /* beside Retry-After, or NULL */
	bool by_mail; /* not by HTTP: url is a mail server's, secret is user:password or empty */
	const MailMessage *mail; /* what to send then; NULL = the action is no mail */
	const char *hello;       /* the name to give, or NULL */
	bool allow_clear;
	long dot_timeout_ms;
	int session_messages;
	bool doubted; /* the channel could not be reached lately */
	bool fresh_connection;
	bool allow_http;
	bool allow_private;
	long timeout_ms;
} DeliveryStart;

/* What came of a mail, in the terms of core/retry_mail.h. */
typedef struct DeliveredMail
{
	int end;              /* RetryMailEnd */
	int stage;            /* RetryMailStage */
	const char *enhanced; /* "5.1.1", "" = none */
	const char *code;     /* a word: why there was no answer, "" if there was one */
	const char *address;  /* it was for */
} DeliveredMail;

/* A mail that is all there but its dot, which leaves once the transaction has committed. */
typedef struct DeliveryDot
{
	DeliveryForm form;
	int64 workspace;
	int64 action;
	int attempt;
	uint64 tag;   /* the caller's */
	bool granted; /* else it is not ours any more, and is called off */
} DeliveryDot;

/* How a start ended, as net saw it; RetryTransport of core/retry.h. */
typedef struct DeliveryOutcome
{
	DeliveryForm form;
	int64 workspace;
	int64 action;
	int64 channel;
	int attempt;
	int index;    /* which of the actions of its request it is of, */
	int size;     /* which are so many */
	bool doubted; /* as the start said */
	bool by_adapter;
	const char *adapter;       /* of relations, as the start said */
	const char *person;        /* as the start said; NULL = not known */
	const DeliveredMail *mail; /* NULL = it was by HTTP */
	int transport;             /* RetryTransport, of HTTP */
	int status;                /* of HTTP or of the last reply, 0 if none */
	long retry_after_s;        /* -1 if none */
	const char *body;          /* of the answer, bounded, any bytes; may be NULL */
	size_t body_len;
	const char *detail; /* redacted text for people */
	TimestampTz at;
} DeliveryOutcome;

typedef struct Delivery Delivery;

/* incarnation 0, network false and shared NULL: only channels that need no network are served (virtual time). */
extern Delivery *campaign_deliver_open(MemoryContext context, int64 incarnation, bool network,
									   const SharedPlaces *shared, int max_places);

/* From now on so many places for all channels together; those in use stay so. */
extern void campaign_deliver_resize(Delivery *delivery, int max_places);

/* And it is dispatcher `self` of these, as bits, with whom it shares the places of channels. */
extern void campaign_deliver_share(Delivery *delivery, uint32 members, int self);

/*
 * Records outcomes (of any workspaces), starts what is ready in one workspace within the free places,
 * and gives the starts that need the network. ask: gateways are asked for what they took on as well;
 * beside: and what waits beside the queue, texts for trial and notices, is sent, and services are asked for relations.
 * Returns how many actions it touched.
 */
extern int campaign_deliver_record(Delivery *delivery, const DeliveryOutcome *outcomes, int n,
								   TimestampTz now);
extern int campaign_deliver_start(Delivery *delivery, const Round *round, bool ask, bool beside,
								  DeliveryStart **starts, int *n_starts);

/* Before the first start of a transaction. */
extern void campaign_deliver_look(Delivery *delivery);

/*
 * May what came of one of them be given back to quotas? Then rows of usage get locked by recording that
 * starts lock in another order, and another dispatcher may wait for both.
 */
extern bool campaign_deliver_may_refund(const DeliveryOutcome *outcomes, int n);

/*
 * Notes of mails of any workspaces that their dots may leave, and which of them may: from the commit on
 * nobody knows what came of them until there is an answer. dots is put in order.
 */
extern void campaign_deliver_dots(Delivery *delivery, DeliveryDot *dots, int n, TimestampTz now);

/* The caller's transaction failed after start or record: places are counted as before the call. */
extern void campaign_deliver_rollback(Delivery *delivery);
extern void campaign_deliver_committed(Delivery *delivery, TimestampTz now);

/*
 * Takes back what dead incarnations left in processing: queued again with the same key where the
 * gateway is idempotent, else held as unknown. alive(incarnation) says whether one still runs.
 */
extern int campaign_deliver_recover(Delivery *delivery, TimestampTz now,
									bool (*alive)(int64 incarnation));

#endif
