/*
 * outcome.c
 *		What becomes of actions whose attempt has come to an end.
 */
#include "engine/outcome.h"

#include "lib/stringinfo.h"
#include "mb/pg_wchar.h"

#include "engine/adapter_hearing.h"
#include "engine/isolation.h"
#include "engine/outcome_recording.h"
#include "store/fault.h"
#include "store/deliveries.h"

/* So much of an answer is kept for people to read. */
#define KEPT_ANSWER 2000

/* Text that the database can hold, of bytes that a gateway sent. */
static char *
readable(const char *bytes, size_t length)
{
	StringInfoData text;
	size_t i;

	initStringInfo(&text);
	for (i = 0; i < Min(length, KEPT_ANSWER); i++)
		appendStringInfoChar(&text, bytes[i] == '\0' ? ' ' : bytes[i]);
	if (pg_verify_mbstr(GetDatabaseEncoding(), text.data, text.len, true))
		return text.data;
	for (i = 0; i < (size_t) text.len; i++)
		if ((unsigned char) text.data[i] >= 0x80)
			text.data[i] = '?';
	return text.data;
}

Jsonb *
campaign_outcome_json(const DeliveryOutcome *outcome)
{
	return campaign_events_detail((const char *[]){
		"detail", outcome->detail, "status",
		outcome->status == 0 ? NULL : psprintf("%d", outcome->status), "answer",
		outcome->body == NULL ? NULL : readable(outcome->body, outcome->body_len),
		outcome->mail == NULL ? NULL : "enhanced",
		outcome->mail == NULL || outcome->mail->enhanced[0] == '\0' ? NULL
																	: outcome->mail->enhanced,
		"code",
		outcome->mail == NULL || outcome->mail->code[0] == '\0' ? NULL : outcome->mail->code,
		NULL});
}

static RetryMailClass
classify_alone(const DeliveryOutcome *outcome)
{
	const DeliveredMail *mail = outcome->mail;

	if (mail != NULL)
		return campaign_retry_mail_classify((RetryMailEnd) mail->end, (RetryMailStage) mail->stage,
											outcome->status, mail->enhanced);
	return (RetryMailClass){.class = campaign_retry_classify((RetryTransport) outcome->transport,
															 outcome->status,
															 outcome->retry_after_s >= 0)};
}

RetryMailClass
campaign_outcome_classify(const DeliveryOutcome *outcome, bool not_accepted_on_5xx)
{
	RetryMailClass result = classify_alone(outcome);

	if (outcome->mail == NULL && result.class == RETRY_AMBIGUOUS && not_accepted_on_5xx &&
		outcome->transport == RETRY_TRANSPORT_OK && outcome->status >= 500)
		result.class = RETRY_NOT_SENT_RETRY;
	return result;
}

static const DeliveryOutcome *
outcome_of(const DeliveryOutcome *outcomes, int n, const OpenAction *action)
{
	int i;

	for (i = 0; i < n; i++)
		if (outcomes[i].action == action->id && outcomes[i].attempt == action->attempt)
			return &outcomes[i];
	return NULL;
}

/* What has come to an end: with what was heard of it, or, of a dead incarnation, with nothing. */
typedef struct Ended
{
	const Round *round;
	int64 incarnation;
	const int64 *ids;
	const DeliveryOutcome *outcomes; /* in the order of the ids, or NULL */
} Ended;

/* What most come to: accepted, by a start of which all is known that is to be written. */
static bool
is_accepted(const DeliveryOutcome *outcome)
{
	return outcome->person != NULL && !outcome->by_adapter &&
		   classify_alone(outcome).class == RETRY_ACCEPTED;
}

/* Writes down those that were accepted; the ids of the others come back. */
static int
record_accepted(const Ended *ended, int first, int n, int64 *others, int *n_others)
{
	AcceptedAttempt *attempts = palloc(n * sizeof(AcceptedAttempt));
	int n_attempts = 0;
	int i;

	for (i = first; i < first + n; i++)
	{
		const DeliveryOutcome *outcome = &ended->outcomes[i];

		if (is_accepted(outcome))
			attempts[n_attempts++] =
				(AcceptedAttempt){outcome->action, outcome->attempt, outcome->person,
								  campaign_outcome_json(outcome), outcome->at};
		else
			others[(*n_others)++] = ended->ids[i];
	}
	return campaign_deliveries_complete(ended->round->workspace, ended->incarnation,
										ended->round->now, attempts, n_attempts);
}

static Heard
heard_of(const DeliveryOutcome *outcome, const OpenAction *action)
{
	RetryMailClass found = campaign_outcome_classify(outcome, action->not_accepted_on_5xx);

	return (Heard){.class = found.class,
				   .cause = found.cause,
				   .address = outcome->mail == NULL ? NULL : outcome->mail->address,
				   .retry_after_s = outcome->retry_after_s,
				   .at = outcome->at,
				   .outcome = campaign_outcome_json(outcome)};
}

/*
 * The dispatcher ended. A mail whose dot was not let go was surely not sent; of all else nobody knows.
 */
static Heard
heard_nothing(const OpenAction *action, TimestampTz now)
{
	bool not_sent = action->mail && !action->dotted;

	return (Heard){.class = not_sent ? RETRY_NOT_SENT_RETRY : RETRY_AMBIGUOUS,
				   .cause = not_sent ? RETRY_CAUSE_OURS : RETRY_CAUSE_NONE,
				   .retry_after_s = -1,
				   .at = now,
				   .outcome = campaign_events_detail(
					   (const char *[]){"detail",
										not_sent ? "the dispatcher ended before the mail was sent"
												 : "the dispatcher ended before the answer came",
										NULL})};
}

/* Each as its class and its channel say. outcomes: NULL, of a dead incarnation. */
static int
record_each(const Ended *ended, const int64 *ids, int n_ids, const DeliveryOutcome *outcomes, int n)
{
	const Round *round = ended->round;
	OpenAction *actions;
	Recording recording;
	AdapterHearing hearing;
	int open = campaign_actions_open(round->workspace, ids, n_ids, ended->incarnation, &actions);
	int i;

	campaign_outcome_recording_open(&recording, round, actions, open);
	campaign_adapter_hearing_open(&hearing, round, actions, open);
	for (i = 0; i < open; i++)
	{
		const DeliveryOutcome *outcome = NULL;
		Heard heard;

		if (outcomes == NULL)
			heard = heard_nothing(&actions[i], round->now);
		else if ((outcome = outcome_of(outcomes, n, &actions[i])) != NULL)
			heard = heard_of(outcome, &actions[i]);
		else
			continue;
		if (actions[i].adapter != NULL)
			campaign_adapter_hear(&hearing, &actions[i], outcome, &heard);
		campaign_outcome_recording_settle(&recording, &actions[i], &heard);
	}
	campaign_outcome_recording_close(&recording);
	campaign_adapter_hearing_close(&hearing);
	return open;
}

static int
record_part(void *arg, int first, int n)
{
	const Ended *ended = arg;
	int64 *others = palloc(n * sizeof(int64));
	int n_others = 0;
	int recorded = 0;

	CAMPAIGN_FAULT("outcome.write");
	if (ended->outcomes == NULL)
		recorded = record_each(ended, &ended->ids[first], n, NULL, 0);
	else
	{
		recorded = record_accepted(ended, first, n, others, &n_others);
		if (n_others > 0)
			recorded += record_each(ended, others, n_others, &ended->outcomes[first], n);
	}
	CAMPAIGN_FAULT("outcome.written");
	return recorded;
}

/* What came of it cannot be written down: so nobody knows, and the reason says what was heard. */
static void
hold_part(void *arg, int which, const char *reason)
{
	const Ended *ended = arg;
	const DeliveryOutcome *outcome = ended->outcomes == NULL ? NULL : &ended->outcomes[which];
	OpenAction *actions;
	Recording recording;
	int open = campaign_actions_open(ended->round->workspace, &ended->ids[which], 1,
									 ended->incarnation, &actions);

	if (open == 0)
		return;
	campaign_outcome_recording_open(&recording, ended->round, actions, open);
	campaign_outcome_recording_hold(
		&recording, actions, "unknown_outcome",
		campaign_events_detail((const char *[]){
			"detail", reason, "status",
			outcome == NULL || outcome->status == 0 ? NULL : psprintf("%d", outcome->status),
			NULL}));
	campaign_outcome_recording_close(&recording);
}

int
campaign_outcome_record(const Round *round, int64 incarnation, const DeliveryOutcome *outcomes,
						int n)
{
	int64 *ids = palloc(Max(n, 1) * sizeof(int64));
	Ended ended = {round, incarnation, ids, outcomes};
	IsolatedWork work = {record_part, hold_part, &ended};
	int i;

	for (i = 0; i < n; i++)
		ids[i] = outcomes[i].action;
	return campaign_isolation_bisect(&work, n);
}

int
campaign_outcome_recover(const Round *round, int64 incarnation, const int64 *actions, int n)
{
	Ended ended = {round, incarnation, actions, NULL};
	IsolatedWork work = {record_part, hold_part, &ended};

	campaign_actions_crashed(round->workspace, actions, n, incarnation);
	return campaign_isolation_bisect(&work, n);
}
