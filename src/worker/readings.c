/*
 * readings.c
 *		The mailboxes that a dispatcher is reading.
 */
#include "worker/readings.h"

#include "miscadmin.h"
#include "utils/memutils.h"

#include "engine/mail_intake.h"
#include "net/imap.h"
#include "store/arming.h"
#include "store/clock.h"
#include "store/fault.h"
#include "worker/backoff.h"
#include "worker/transaction.h"

/* Readings at a time, and bytes of a message: they bound the memory, with IMAP_MESSAGES_MAX. */
#define READINGS_MAX 8
#define MESSAGE_MAX ((size_t) 128 * 1024)
/* Messages of one turn: deliveries get theirs in between. */
#define TURN_MAX 8

#define OPEN_TIMEOUT_MS 15000
#define ANSWER_TIMEOUT_MS 30000
/* However busy the server is. */
#define READING_MS 300000
#define BACKOFF_FIRST_MS 5000
#define BACKOFF_MOST_MS 3600000
#define RETRY_MS 1000

StaticAssertDecl(MAILBOX_MOVES_MAX <= IMAP_MOVES_MAX, "a command has room for all that is moved");

typedef struct Reading
{
	MemoryContext context; /* NULL = free */
	Mailbox mailbox;
	NetImap *imap;    /* NULL = it could not even begin */
	const char *code; /* why */
	int applied;      /* of the messages */
	bool stale;       /* the mailbox is another by now */
	TimestampTz end_at;
	TimestampTz try_at; /* a transaction failed */
} Reading;

struct Readings
{
	Process *process;
	NetLoop *loop;
	Reading readings[READINGS_MAX];
	TimestampTz look_at;
	uint32 limits; /* changes of definitions that were taken into account */
	int failures;  /* looks in a row that failed */
};

Readings *
campaign_readings_open(Process *process, NetLoop *loop)
{
	Readings *readings = palloc0(sizeof(Readings));

	readings->process = process;
	readings->loop = loop;
	readings->look_at = DT_NOBEGIN;
	readings->limits = campaign_shared_limits(MyDatabaseId);
	return readings;
}

static int
list_busy(const Readings *readings, int64 *busy)
{
	int n = 0;
	int i;

	for (i = 0; i < READINGS_MAX; i++)
		if (readings->readings[i].context != NULL)
			busy[n++] = readings->readings[i].mailbox.id;
	return n;
}

static void
close_reading(Readings *readings, Reading *reading)
{
	if (reading->imap != NULL)
		campaign_net_imap_close(reading->imap);
	MemoryContextDelete(reading->context);
	memset(reading, 0, sizeof(*reading));
	/* there is a place again, and the mailbox may be due at once */
	readings->look_at = DT_NOBEGIN;
}

/* ---- beginning --------------------------------------------------------------------------------- */

typedef struct LookWork
{
	Readings *readings;
	TimestampTz now;
	Mailbox *mailboxes;
	int n;
	TimestampTz next;
} LookWork;

static void
look_body(void *arg)
{
	LookWork *work = arg;
	int64 busy[READINGS_MAX];
	int n_busy = list_busy(work->readings, busy);
	Arming arming;
	int i;

	work->n = 0;
	work->next = DT_NOEND;
	campaign_arming_look(&arming);
	if (campaign_arming_holds(&arming))
		return;
	work->n =
		campaign_mailboxes_due(work->now, busy, n_busy, READINGS_MAX - n_busy, &work->mailboxes);
	for (i = 0; i < work->n; i++)
		busy[n_busy++] = work->mailboxes[i].id;
	/* with no place left, the end of a reading brings the next look */
	if (n_busy < READINGS_MAX)
		work->next = campaign_mailboxes_next(busy, n_busy);
}

static Mailbox
copy_mailbox(const Mailbox *mailbox)
{
	Mailbox copy = *mailbox;

	copy.version = pstrdup(mailbox->version);
	copy.url = pstrdup(mailbox->url);
	copy.login = pstrdup(mailbox->login);
	copy.folder = pstrdup(mailbox->folder);
	copy.since = pstrdup(mailbox->since);
	copy.since_anew = pstrdup(mailbox->since_anew);
	copy.move_to = mailbox->move_to == NULL ? NULL : pstrdup(mailbox->move_to);
	copy.moves = NULL;
	/* the secret itself is not kept here */
	copy.secret = NULL;
	return copy;
}

static void
begin(Readings *readings, const Mailbox *mailbox, TimestampTz now)
{
	Reading *reading = readings->readings;
	bool marks = mailbox->marks_seen && mailbox->last_uid > mailbox->marked_uid;
	bool moves = mailbox->move_to != NULL && mailbox->n_moves > 0;
	NetImapRequest request = {
		.url = mailbox->url,
		.user = mailbox->login,
		.password = mailbox->is_token ? NULL : mailbox->secret,
		.token = mailbox->is_token ? mailbox->secret : NULL,
		.allow_clear = mailbox->allow_clear,
		.allow_private = mailbox->allow_private,
		.open_timeout_ms = OPEN_TIMEOUT_MS,
		.answer_timeout_ms = ANSWER_TIMEOUT_MS,
		.wish = {.folder = mailbox->folder,
				 .since = mailbox->since,
				 .since_anew = mailbox->since_anew,
				 .uid_validity = mailbox->uid_validity,
				 .after_uid = mailbox->last_uid,
				 .mark_from = marks ? mailbox->marked_uid + 1 : 0,
				 .mark_to = marks ? mailbox->last_uid : 0,
				 .moves = moves ? mailbox->moves : NULL,
				 .move_to = mailbox->move_to,
				 .message_max = MESSAGE_MAX},
	};
	MemoryContext old;

	while (reading->context != NULL)
		reading++;
	reading->context =
		AllocSetContextCreate(readings->process->life, "campaign reading", ALLOCSET_SMALL_SIZES);
	old = MemoryContextSwitchTo(reading->context);
	reading->mailbox = copy_mailbox(mailbox);
	MemoryContextSwitchTo(old);
	reading->end_at = TimestampTzPlusMilliseconds(now, READING_MS);
	reading->try_at = now;
	if (mailbox->secret == NULL)
		reading->code = "mailbox_no_secret";
	else
	{
		reading->imap = campaign_net_imap_open(readings->loop, &request);
		reading->code = reading->imap == NULL ? "mailbox_unreachable" : NULL;
	}
}

static void
look(Readings *readings)
{
	LookWork work = {.readings = readings, .now = campaign_clock_now()};
	uint32 limits = campaign_shared_limits(MyDatabaseId);
	TransactionResult result;
	int i;

	result = campaign_transaction_run(readings->process, "campaign: look for mail", false,
									  look_body, &work);
	if (result == TRANSACTION_FAILED)
	{
		readings->failures++;
		readings->look_at = TimestampTzPlusMilliseconds(
			work.now, campaign_backoff_ms(readings->failures, BACKOFF_FIRST_MS, BACKOFF_MOST_MS));
		return;
	}
	if (result != TRANSACTION_DONE)
	{
		readings->look_at = campaign_transaction_retreat(readings->process, result);
		return;
	}
	readings->failures = 0;
	readings->limits = limits;
	readings->look_at = work.next;
	if (work.n > 0)
		CAMPAIGN_FAULT("mailbox.due");
	for (i = 0; i < work.n; i++)
		begin(readings, &work.mailboxes[i], work.now);
}

/* ---- applying ----------------------------------------------------------------------------------- */

typedef struct ApplyWork
{
	Reading *reading;
	TimestampTz now;
	MailTaken taken;
} ApplyWork;

static void
apply_body(void *arg)
{
	ApplyWork *work = arg;

	work->reading->stale = !campaign_mail_intake(&work->reading->mailbox, &work->taken);
	CAMPAIGN_FAULT("mailbox.applied");
}

static const char *
code_of(const Reading *reading)
{
	if (reading->imap == NULL)
		return reading->code;
	return campaign_net_imap_is_done(reading->imap) ? campaign_net_imap_code(reading->imap)
													: "mailbox_unreachable";
}

static const char *
detail_of(const Reading *reading)
{
	if (reading->imap == NULL)
		return strcmp(reading->code, "mailbox_no_secret") == 0
				   ? "there is no secret of the name that the mailbox gives"
				   : "no connection is free";
	return campaign_net_imap_is_done(reading->imap) ? campaign_net_imap_detail(reading->imap)
													: "the reading takes too long";
}

/* Writes how it went. */
static void
end_body(void *arg)
{
	ApplyWork *work = arg;
	const Mailbox *mailbox = &work->reading->mailbox;
	const char *code = code_of(work->reading);
	const ImapSession *session;
	MailboxReading read;

	if (!campaign_mailboxes_lock(mailbox))
		return;
	if (code[0] != '\0')
	{
		campaign_mailboxes_failed(
			mailbox, code, detail_of(work->reading), work->now,
			TimestampTzPlusMilliseconds(
				work->now,
				campaign_backoff_ms(mailbox->failures + 1, Max(BACKOFF_FIRST_MS, mailbox->poll_ms),
									Max(BACKOFF_MOST_MS, mailbox->poll_ms))));
		return;
	}
	session = campaign_net_imap_session(work->reading->imap);
	read = (MailboxReading){
		.uid_validity = session->uid_validity,
		.upto = session->upto,
		.marked = session->marked ? session->wish.mark_to : 0,
		.n_moved = session->moved ? mailbox->n_moves : 0,
		.not_moved = session->not_moved[0] == '\0' ? NULL : session->not_moved,
	};
	campaign_mailboxes_read(
		mailbox, &read, work->now,
		session->more ? work->now : TimestampTzPlusMilliseconds(work->now, mailbox->poll_ms));
	CAMPAIGN_FAULT("mailbox.read");
}

/*
 * True if the transaction was done; else it is tried again later. What a crash may undo is read again, unless
 * the mailbox was changed by then: where it is to be, all is on disk before.
 */
static bool
run(Readings *readings, ApplyWork *work, TransactionBody body)
{
	const Mailbox *mailbox = &work->reading->mailbox;
	bool changes = mailbox->marks_seen || mailbox->move_to != NULL;
	TransactionResult result =
		campaign_transaction_run(readings->process, "campaign: mail", changes, body, work);

	if (result == TRANSACTION_DONE)
		return true;
	work->reading->try_at = result == TRANSACTION_FAILED
								? TimestampTzPlusMilliseconds(work->now, RETRY_MS)
								: campaign_transaction_retreat(readings->process, result);
	return false;
}

/* Applies messages of a reading that is done, and ends it; how many transactions it took. */
static int
apply(Readings *readings, Reading *reading, TimestampTz now, int most)
{
	const ImapSession *session =
		reading->imap != NULL ? campaign_net_imap_session(reading->imap) : NULL;
	bool good = session != NULL && code_of(reading)[0] == '\0';
	ApplyWork work = {.reading = reading, .now = now};
	int n = 0;

	while (good && !reading->stale && reading->applied < session->n_messages)
	{
		const ImapMessage *message = &session->messages[reading->applied];

		if (n++ == most)
			return n;
		CAMPAIGN_FAULT("mailbox.fetched");
		work.taken = (MailTaken){session->uid_validity, message->uid, message->bytes, message->len};
		if (!run(readings, &work, apply_body))
			return n;
		CAMPAIGN_FAULT("mailbox.committed");
		reading->applied++;
		reading->mailbox.uid_validity = session->uid_validity;
		reading->mailbox.last_uid = message->uid;
		readings->process->counts.steps++;
	}
	if (reading->stale || run(readings, &work, end_body))
	{
		CAMPAIGN_FAULT("mailbox.ended");
		close_reading(readings, reading);
	}
	return n + 1;
}

void
campaign_readings_turn(Readings *readings)
{
	TimestampTz now = campaign_clock_now();
	int left = TURN_MAX;
	int i;

	for (i = 0; i < READINGS_MAX && left > 0; i++)
	{
		Reading *reading = &readings->readings[i];

		if (reading->context != NULL && reading->try_at <= now &&
			(reading->imap == NULL || campaign_net_imap_is_done(reading->imap) ||
			 reading->end_at <= now))
			left -= apply(readings, reading, now, left);
	}
	if (readings->look_at <= now || readings->limits != campaign_shared_limits(MyDatabaseId))
		look(readings);
}

void
campaign_readings_hasten(Readings *readings, TimestampTz now)
{
	int i;

	readings->look_at = now;
	for (i = 0; i < READINGS_MAX; i++)
	{
		Reading *reading = &readings->readings[i];

		reading->try_at = Min(reading->try_at, now);
		reading->end_at = Min(reading->end_at, TimestampTzPlusMilliseconds(now, READING_MS));
	}
}

TimestampTz
campaign_readings_next(const Readings *readings, TimestampTz now)
{
	TimestampTz next = readings->look_at;
	bool waiting = false;
	int i;

	for (i = 0; i < READINGS_MAX; i++)
	{
		const Reading *reading = &readings->readings[i];

		if (reading->context == NULL)
			continue;
		if (reading->imap == NULL || campaign_net_imap_is_done(reading->imap))
			next = Min(next, reading->try_at);
		else
		{
			waiting = true;
			next = Min(next, reading->end_at);
		}
	}
	if (waiting && campaign_net_timeout_ms(readings->loop) >= 0)
		next =
			Min(next,
				TimestampTzPlusMilliseconds(now, (int64) campaign_net_timeout_ms(readings->loop)));
	return next;
}
