/*
 * mail_intake.c
 *		One message out of a mailbox.
 */
#include "engine/mail_intake.h"

#include "catalog/pg_type.h"
#include "mb/pg_wchar.h"
#include "utils/builtins.h"
#include "utils/jsonb.h"

#include "engine/isolation.h"
#include "net/received.h"
#include "store/columns.h"
#include "store/events.h"
#include "store/plan.h"

static StorePlan take_plan = {
	.sql = "SELECT campaign.take_mail($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
	.n_args = 11,
	.types = {INT8OID, INT8OID, TEXTOID, TEXTOID, TEXTARRAYOID, TEXTARRAYOID, TIMESTAMPTZOID,
			  TEXTOID, JSONBOID, TIMESTAMPTZOID, TEXTOID}};

/* What is given on of a message. */
typedef struct Finding
{
	const Mailbox *mailbox;
	const MailTaken *taken;
	Received received;
	const char *class; /* as take_mail() names them; NULL = reports nothing */
	ReceivedFate fate; /* of the recipients that count */
	bool matched;
} Finding;

static const char *const signs[] = {
	[RECEIVED_SIGN_NONE] = NULL,       [RECEIVED_SIGN_AUTO_SUBMITTED] = "auto_submitted",
	[RECEIVED_SIGN_HEADER] = "header", [RECEIVED_SIGN_PRECEDENCE] = "precedence",
	[RECEIVED_SIGN_SENDER] = "sender", [RECEIVED_SIGN_RECEIPT] = "receipt",
	[RECEIVED_SIGN_WEAK] = "weak",
};

/* The worst that a report says of a recipient: our mails have one each. */
static ReceivedFate
worst_fate(const Received *received)
{
	ReceivedFate worst = RECEIVED_FATE_UNKNOWN;
	int i;

	for (i = 0; i < received->n_recipients; i++)
		worst = Max(worst, received->recipients[i].fate);
	return worst;
}

static const char *
class_of_fate(ReceivedFate fate)
{
	switch (fate)
	{
		case RECEIVED_FATE_HARD:
			return "hard";
		case RECEIVED_FATE_SOFT:
			return "soft";
		case RECEIVED_FATE_DELAYED:
			return "delayed";
		case RECEIVED_FATE_DELIVERED:
			return "delivered";
		case RECEIVED_FATE_UNKNOWN:
			break;
	}
	return NULL;
}

static const char *
class_of(const Received *received)
{
	switch (received->kind)
	{
		case RECEIVED_REPLY:
			return received->to_many ? "list" : "reply";
		case RECEIVED_AUTOMATIC:
			return received->to_many ? "bulk" : "automatic";
		case RECEIVED_DELIVERY:
			return class_of_fate(worst_fate(received));
		case RECEIVED_COMPLAINT:
			if (received->feedback == RECEIVED_FEEDBACK_ABUSE)
				return "complaint";
			return received->feedback == RECEIVED_FEEDBACK_OPT_OUT ? "opt_out" : NULL;
	}
	return NULL;
}

/* In the encoding of the database; what it cannot hold becomes question marks. */
static Datum
text_datum(const char *text)
{
	char *copy = pstrdup(text);
	char *p;

	if (GetDatabaseEncoding() != PG_UTF8)
		for (p = copy; *p != '\0'; p++)
			if (IS_HIGHBIT_SET(*p))
				*p = '?';
	return CStringGetTextDatum(copy);
}

static Datum
ids_of(const Received *received)
{
	Column ids;
	int i;

	campaign_column_init(&ids, TEXTOID);
	if (received->original_id[0] != '\0')
		campaign_column_add(&ids, text_datum(received->original_id));
	for (i = 0; i < received->n_ids; i++)
		campaign_column_add(&ids, text_datum(received->ids[i]));
	return campaign_column_array(&ids);
}

/* Of a report, those to whom happened what counts; else to whom the message went. */
static Datum
recipients_of(const Finding *finding)
{
	const Received *received = &finding->received;
	Column addresses;
	int i;

	campaign_column_init(&addresses, TEXTOID);
	if (received->kind == RECEIVED_REPLY || received->kind == RECEIVED_AUTOMATIC)
		for (i = 0; i < received->n_to; i++)
			campaign_column_add(&addresses, text_datum(received->to[i]));
	for (i = 0; i < received->n_recipients; i++)
		if (received->recipients[i].fate == finding->fate)
			campaign_column_add(&addresses, text_datum(received->recipients[i].address));
	return campaign_column_array(&addresses);
}

/* What is no personal data: the status of a report, what showed that a message is automatic. */
static Jsonb *
detail_of(const Finding *finding)
{
	const Received *received = &finding->received;
	const char *status = NULL;
	int i;

	for (i = 0; i < received->n_recipients && status == NULL; i++)
		if (received->recipients[i].fate == finding->fate &&
			received->recipients[i].status[0] != '\0')
			status = received->recipients[i].status;
	return campaign_events_detail(
		(const char *[]){"status", status, "sign", signs[received->sign], NULL});
}

/* Seconds since 1970 as the server's time; NULL for 0. */
static Datum
instant(int64 seconds, char *null)
{
	*null = seconds == 0 ? 'n' : ' ';
	return TimestampTzGetDatum(time_t_to_timestamptz((pg_time_t) seconds));
}

/* A message without an id of its own is known by its place. */
static Datum
key_of(const Finding *finding)
{
	if (finding->received.message_id[0] != '\0')
		return text_datum(finding->received.message_id);
	return CStringGetTextDatum(psprintf(INT64_FORMAT "/%u/%u", finding->mailbox->id,
										finding->taken->uid_validity, finding->taken->uid));
}

static void
report(void *arg)
{
	Finding *finding = arg;
	const Received *received = &finding->received;
	char nulls[12] = "           ";
	char *result;
	Datum values[11] = {
		Int64GetDatum(finding->mailbox->workspace),
		Int64GetDatum(finding->mailbox->id),
		CStringGetTextDatum(finding->class),
		text_datum(received->from),
		recipients_of(finding),
		ids_of(received),
		instant(received->date, &nulls[6]),
		key_of(finding),
		JsonbPGetDatum(detail_of(finding)),
		instant(received->away_until, &nulls[9]),
		text_datum(finding->mailbox->keeps_text ? received->text : ""),
	};

	campaign_plan_run_one(&take_plan, values, nulls, false);
	result = campaign_plan_text(0, 1);
	finding->matched = strcmp(result, "unmatched") != 0 && strcmp(result, "own") != 0;
}

bool
campaign_mail_intake(const Mailbox *mailbox, const MailTaken *taken)
{
	Finding *finding = palloc0(sizeof(Finding));
	char *reason = NULL;

	finding->mailbox = mailbox;
	finding->taken = taken;
	if (!campaign_mailboxes_lock(mailbox))
		return false;
	campaign_net_received_read(&finding->received, taken->bytes, taken->len);
	finding->class = class_of(&finding->received);
	finding->fate = worst_fate(&finding->received);
	if (finding->class != NULL)
		reason = campaign_isolation_try(report, finding);
	if (reason != NULL)
		ereport(WARNING, errcode(ERRCODE_INTERNAL_ERROR),
				errmsg("a message of mailbox " INT64_FORMAT " was passed over", mailbox->id),
				errdetail("UID %u: %s", taken->uid, reason));
	campaign_mailboxes_advance(mailbox, taken->uid_validity, taken->uid,
							   reason == NULL && finding->matched);
	return true;
}
