/*
 * flights_mail.c
 *		Flights of mail.
 */
#include "worker/flights_mail.h"

#include "core/retry_mail.h"
#include "net/parcel.h"

/* Up to the end of the login; some servers have strangers wait for their first word. */
#define OPEN_TIMEOUT_MS 60000

/* A password that is none: a token of OAuth 2.0. */
#define BEARER "Bearer "

static void
refuse(NetMailResult *result, NetMailEnd ended, const char *code, const char *words)
{
	memset(result, 0, sizeof(*result));
	result->end = ended;
	result->stage = NET_MAIL_AT_OPENING;
	result->code = code;
	snprintf(result->detail, sizeof(result->detail), "open: %s", words);
}

/* "user:password", or "user:Bearer token". */
static void
set_login(NetLineRequest *server, const char *secret)
{
	const char *colon = secret == NULL ? NULL : strchr(secret, ':');

	if (secret == NULL)
		return;
	server->user = colon == NULL ? secret : pnstrdup(secret, colon - secret);
	if (colon != NULL && strncmp(colon + 1, BEARER, strlen(BEARER)) == 0)
		server->token = colon + 1 + strlen(BEARER);
	else
		server->password = colon == NULL ? "" : colon + 1;
}

bool
campaign_flights_mail_submit(NetRelay *relay, uint64 tag, const DeliveryStart *start,
							 NetMailResult *result)
{
	NetMailRequest request = {
		.tag = tag,
		.server = {.url = start->url,
				   .hello = start->hello,
				   .allow_clear = start->allow_clear,
				   .allow_private = start->allow_private,
				   .open_timeout_ms = Min(start->timeout_ms, OPEN_TIMEOUT_MS)},
		.build = campaign_net_parcel_build,
		.forget = campaign_net_parcel_free,
		.command_timeout_ms = start->timeout_ms,
		.dot_timeout_ms = start->dot_timeout_ms,
		.messages_max = start->session_messages};
	const char *fault =
		start->mail == NULL ? "the action is no mail" : campaign_mail_fault(start->mail);

	if (fault != NULL)
	{
		refuse(result, NET_MAIL_UNFIT, "unfit", fault);
		return false;
	}
	set_login(&request.server, start->secret);
	request.arg = campaign_net_parcel_pack(start->mail);
	if (request.arg != NULL && campaign_net_relay_submit(relay, &request))
		return true;
	campaign_net_parcel_free(request.arg);
	refuse(result, NET_MAIL_CUT, "no_place", "no free place or memory");
	return false;
}

static RetryMailStage
stage_of(NetMailStage stage)
{
	if (stage <= NET_MAIL_AT_SENDER)
		return RETRY_MAIL_OF_SESSION;
	return stage == NET_MAIL_AT_RECIPIENT ? RETRY_MAIL_OF_RECIPIENT : RETRY_MAIL_OF_CONTENT;
}

static RetryMailEnd
end_of(const NetMailResult *result)
{
	switch (result->end)
	{
		case NET_MAIL_ANSWERED:
			return RETRY_MAIL_ANSWERED;
		case NET_MAIL_CUT:
			if (result->stage == NET_MAIL_AT_DOT)
				return RETRY_MAIL_AFTER_DOT;
			if (result->fault == NET_LINE_BAD_LOGIN || result->fault == NET_LINE_NO_LOGIN)
				return RETRY_MAIL_NO_LOGIN;
			return RETRY_MAIL_BEFORE_DOT;
		case NET_MAIL_UNFIT:
			return strcmp(result->code, "out_of_memory") == 0 ? RETRY_MAIL_BEFORE_DOT
															  : RETRY_MAIL_UNFIT;
		case NET_MAIL_CALLED_OFF:
			break;
	}
	return RETRY_MAIL_BEFORE_DOT;
}

void
campaign_flights_mail_describe(const NetMailResult *result, const char *address,
							   DeliveredMail *mail, DeliveryOutcome *outcome)
{
	mail->end = end_of(result);
	mail->stage = stage_of(result->stage);
	mail->enhanced = result->enhanced;
	mail->code = result->code;
	mail->address = address;
	outcome->mail = mail;
	outcome->status = result->status;
	outcome->retry_after_s = -1;
	outcome->body = result->text;
	outcome->body_len = strlen(result->text);
	outcome->detail = result->detail;
}
