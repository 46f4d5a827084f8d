/*
 * relay.c
 *		Mails on their way, and the sessions that carry them.
 */
#include "net/relay.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "net/redact.h"

/* Idle sessions, of all servers together. */
#define IDLE_MAX 64

/* Idle sessions are left by us, with QUIT; if nothing gives us a turn, the line ends this much later. */
#define GRACE_MS 1000

typedef struct Server
{
	NetLineRequest line; /* points into text */
	char *text;
	size_t text_len; /* what tells it from others */
} Server;

typedef struct Carried
{
	NetMailJob job; /* first: a job is the beginning of what carries it */
	Server server;
	void (*forget)(void *arg);
	int messages_max;
	bool ready; /* at its dot, and not yet told */
} Carried;

typedef struct Session
{
	struct Session *next;
	NetRelay *relay;
	NetSmtp *smtp;
	Server server;
	Carried *carried; /* what it has now, or NULL */
	int messages_max;
	int64_t idle_since;
} Session;

struct NetRelay
{
	NetLoop *loop;
	long idle_ms;
	Session *sessions;
	int n_sessions;
	NetMailJob *finished; /* in order */
	NetMailJob *last_finished;
	NetMailJob *again; /* to be tried on a new session */
	int n_ready;
};

/* ---- servers ----------------------------------------------------------------------- */

static char *
put(char **to, const char *text)
{
	size_t size;
	char *at = *to;

	if (text == NULL)
	{
		*(*to)++ = '\1';
		return NULL;
	}
	size = strlen(text) + 1;
	memcpy(at, text, size);
	*to += size;
	return at;
}

static bool
copy_server(Server *server, const NetLineRequest *line)
{
	const char *texts[] = {line->url, line->hello, line->user, line->password, line->token};
	size_t size = 2;
	char *to;
	size_t i;

	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		size += texts[i] == NULL ? 1 : strlen(texts[i]) + 1;
	server->line = *line;
	server->text = to = malloc(size);
	if (to == NULL)
		return false;
	*to++ = line->allow_clear ? '1' : '0';
	*to++ = line->allow_private ? '1' : '0';
	server->line.url = put(&to, line->url);
	server->line.hello = put(&to, line->hello);
	server->line.user = put(&to, line->user);
	server->line.password = put(&to, line->password);
	server->line.token = put(&to, line->token);
	server->text_len = (size_t) (to - server->text);
	return true;
}

static void
free_server(Server *server)
{
	if (server->text != NULL)
		explicit_bzero(server->text, server->text_len);
	free(server->text);
	server->text = NULL;
}

static bool
is_same_server(const Server *a, const Server *b)
{
	return a->text_len == b->text_len && memcmp(a->text, b->text, a->text_len) == 0;
}

/* ---- jobs ---------------------------------------------------------------------------- */

static void
free_carried(Carried *carried)
{
	if (carried->forget != NULL)
		carried->forget(carried->job.arg);
	free_server(&carried->server);
	free(carried);
}

static void
finish(NetRelay *relay, NetMailJob *job)
{
	job->next = NULL;
	if (relay->finished == NULL)
		relay->finished = job;
	else
		relay->last_finished->next = job;
	relay->last_finished = job;
}

/* It came before the dot to an end that says nothing of the message. */
static bool
was_dropped(const NetMailResult *result)
{
	if (result->end == NET_MAIL_CUT)
		return result->stage < NET_MAIL_AT_DOT;
	return result->end == NET_MAIL_ANSWERED && result->status == 421 &&
		   result->stage == NET_MAIL_AT_SENDER;
}

/* NetSmtpTold */
static void
told(void *arg, NetSmtp *smtp, NetSmtpNews news, NetMailJob *job)
{
	Session *session = arg;
	NetRelay *relay = session->relay;
	Carried *carried = session->carried;

	switch (news)
	{
		case NET_SMTP_BEFORE_DOT:
			carried->ready = true;
			relay->n_ready++;
			break;
		case NET_SMTP_DONE:
			if (carried->ready)
				relay->n_ready--;
			carried->ready = false;
			session->carried = NULL;
			if (was_dropped(&job->result) && campaign_net_smtp_served(smtp) > 1 && !job->again)
			{
				job->again = true;
				job->next = relay->again;
				relay->again = job;
			}
			else
				finish(relay, job);
			break;
		case NET_SMTP_FREE:
			if (!campaign_net_smtp_is_idle(smtp))
				break;
			session->idle_since = campaign_net_clock();
			campaign_net_smtp_rest(smtp, relay->idle_ms + GRACE_MS);
			break;
	}
}

/* ---- sessions --------------------------------------------------------------------------- */

static void
carry(Session *session, Carried *carried)
{
	session->carried = carried;
	campaign_net_smtp_send(session->smtp, &carried->job);
}

static Session *
find_idle(NetRelay *relay, const Server *server)
{
	Session *session;

	for (session = relay->sessions; session != NULL; session = session->next)
		if (campaign_net_smtp_is_idle(session->smtp) && is_same_server(&session->server, server) &&
			campaign_net_smtp_served(session->smtp) < session->messages_max)
			return session;
	return NULL;
}

static Session *
open_session(NetRelay *relay, const Carried *carried)
{
	Session *session = calloc(1, sizeof(Session));

	if (session == NULL)
		return NULL;
	session->relay = relay;
	session->messages_max = carried->messages_max;
	if (copy_server(&session->server, &carried->server.line))
		session->smtp = campaign_net_smtp_open(relay->loop, &session->server.line, told, session);
	if (session->smtp == NULL)
	{
		free_server(&session->server);
		free(session);
		return NULL;
	}
	session->next = relay->sessions;
	relay->sessions = session;
	relay->n_sessions++;
	return session;
}

static void
close_session(Session **place)
{
	Session *session = *place;

	*place = session->next;
	session->relay->n_sessions--;
	campaign_net_smtp_close(session->smtp);
	if (session->carried != NULL)
		free_carried(session->carried);
	free_server(&session->server);
	free(session);
}

/* Those that are over, have served enough, or were idle for long, or too many are. */
static void
sweep(NetRelay *relay)
{
	int64_t idle_limit = campaign_net_clock() - (int64_t) relay->idle_ms * 1000;
	Session **place = &relay->sessions;
	int idle = 0;

	while (*place != NULL)
	{
		Session *session = *place;
		bool is_idle = campaign_net_smtp_is_idle(session->smtp);

		if (campaign_net_smtp_is_over(session->smtp) ||
			(is_idle && (session->idle_since <= idle_limit || ++idle > IDLE_MAX ||
						 campaign_net_smtp_served(session->smtp) >= session->messages_max)))
			close_session(place);
		else
			place = &session->next;
	}
}

/* ---- the caller's side --------------------------------------------------------------------- */

NetRelay *
campaign_net_relay_open(NetLoop *loop, long idle_ms)
{
	NetRelay *relay = calloc(1, sizeof(NetRelay));

	if (relay != NULL)
	{
		relay->loop = loop;
		relay->idle_ms = idle_ms;
	}
	return relay;
}

static void
free_jobs(NetMailJob *job)
{
	while (job != NULL)
	{
		NetMailJob *next = job->next;

		free_carried((Carried *) job);
		job = next;
	}
}

void
campaign_net_relay_close(NetRelay *relay)
{
	if (relay == NULL)
		return;
	while (relay->sessions != NULL)
		close_session(&relay->sessions);
	free_jobs(relay->finished);
	free_jobs(relay->again);
	free(relay);
}

bool
campaign_net_relay_submit(NetRelay *relay, const NetMailRequest *request)
{
	Carried *carried = calloc(1, sizeof(Carried));
	Session *session;

	if (carried == NULL)
		return false;
	carried->job.tag = request->tag;
	carried->job.build = request->build;
	carried->job.arg = request->arg;
	carried->job.command_timeout_ms = request->command_timeout_ms;
	carried->job.dot_timeout_ms = request->dot_timeout_ms;
	carried->job.started = campaign_net_clock();
	carried->messages_max = request->messages_max;
	session = NULL;
	if (copy_server(&carried->server, &request->server))
	{
		session = find_idle(relay, &carried->server);
		if (session == NULL)
			session = open_session(relay, carried);
	}
	if (session == NULL)
	{
		free_carried(carried);
		return false;
	}
	carried->forget = request->forget;
	carry(session, carried);
	return true;
}

void
campaign_net_relay_turn(NetRelay *relay)
{
	NetMailJob *again = relay->again;

	sweep(relay);
	relay->again = NULL;
	while (again != NULL)
	{
		Carried *carried = (Carried *) again;
		Session *session = open_session(relay, carried);

		again = again->next;
		if (session != NULL)
			carry(session, carried);
		else
			finish(relay, &carried->job);
	}
}

bool
campaign_net_relay_ready(NetRelay *relay, uint64_t *tag)
{
	Session *session;

	for (session = relay->n_ready > 0 ? relay->sessions : NULL; session != NULL;
		 session = session->next)
	{
		Carried *carried = session->carried;

		if (carried == NULL || !carried->ready)
			continue;
		carried->ready = false;
		relay->n_ready--;
		*tag = carried->job.tag;
		return true;
	}
	return false;
}

bool
campaign_net_relay_release(NetRelay *relay, uint64_t tag, bool go)
{
	Session *session;

	for (session = relay->sessions; session != NULL; session = session->next)
		if (session->carried != NULL && session->carried->job.tag == tag)
		{
			campaign_net_smtp_dot(session->smtp, go);
			return true;
		}
	return false;
}

/* Replies are kept and shown, and a server may repeat in them what it was told. */
static void
hide_login(const NetLineRequest *line, NetMailResult *result)
{
	const char *const secrets[] = {line->password, line->token};
	size_t i;

	for (i = 0; i < sizeof(secrets) / sizeof(secrets[0]); i++)
	{
		if (secrets[i] == NULL)
			continue;
		campaign_net_redact(result->text, strlen(result->text), secrets[i]);
		campaign_net_redact(result->detail, strlen(result->detail), secrets[i]);
	}
}

bool
campaign_net_relay_take(NetRelay *relay, NetMailResult *result)
{
	NetMailJob *job = relay->finished;

	if (job == NULL)
		return false;
	relay->finished = job->next;
	*result = job->result;
	hide_login(&((Carried *) job)->server.line, result);
	free_carried((Carried *) job);
	return true;
}

int
campaign_net_relay_sessions(const NetRelay *relay)
{
	return relay->n_sessions;
}

long
campaign_net_relay_timeout_ms(const NetRelay *relay)
{
	int64_t now = campaign_net_clock();
	long least = -1;
	const Session *session;

	if (relay->finished != NULL || relay->n_ready > 0 || relay->again != NULL)
		return 0;
	for (session = relay->sessions; session != NULL; session = session->next)
	{
		int64_t left = session->idle_since + (int64_t) relay->idle_ms * 1000 - now;
		long ms = left <= 0 ? 0 : (long) ((left + 999) / 1000);

		if (campaign_net_smtp_is_idle(session->smtp) && (least < 0 || ms < least))
			least = ms;
	}
	return least;
}
