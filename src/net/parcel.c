/*
 * parcel.c
 *		A mail that waits for a session.
 */
#include "net/parcel.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "net/mime.h"

/* An address of the envelope, with room for a domain in ASCII. */
#define ADDRESS_SIZE 400

struct NetParcel
{
	MailMessage message; /* points into texts and references */
	const char *references[MAIL_REFERENCES_MAX];
	char from[ADDRESS_SIZE];
	char to[ADDRESS_SIZE];
	char texts[];
};

/* All texts of a message, as places of pointers; how many there are. */
static int
texts_of(MailMessage *message, const char ***texts)
{
	const char **all[] = {&message->key,
						  &message->from.name,
						  &message->from.address,
						  &message->reply_to.name,
						  &message->reply_to.address,
						  &message->to.name,
						  &message->to.address,
						  &message->subject,
						  &message->text,
						  &message->html,
						  &message->message_id,
						  &message->in_reply_to,
						  &message->unsubscribe_url,
						  &message->unsubscribe_mailto};
	int n = (int) (sizeof(all) / sizeof(all[0]));

	memcpy(texts, all, sizeof(all));
	return n;
}

#define TEXTS_MAX 14

static const char *
keep(char **to, const char *text)
{
	size_t size;
	char *at = *to;

	if (text == NULL)
		return NULL;
	size = strlen(text) + 1;
	memcpy(at, text, size);
	*to += size;
	return at;
}

NetParcel *
campaign_net_parcel_pack(const MailMessage *message)
{
	MailMessage source = *message;
	const char **texts[TEXTS_MAX];
	int n = texts_of(&source, texts);
	int n_references =
		message->n_references < MAIL_REFERENCES_MAX ? message->n_references : MAIL_REFERENCES_MAX;
	NetParcel *parcel;
	size_t size = 0;
	char *to;
	int i;

	for (i = 0; i < n; i++)
		size += *texts[i] == NULL ? 0 : strlen(*texts[i]) + 1;
	for (i = 0; i < n_references; i++)
		size += strlen(message->references[i]) + 1;
	parcel = calloc(1, sizeof(NetParcel) + size);
	if (parcel == NULL)
		return NULL;
	parcel->message = *message;
	to = parcel->texts;
	texts_of(&parcel->message, texts);
	for (i = 0; i < n; i++)
		*texts[i] = keep(&to, *texts[i]);
	for (i = 0; i < n_references; i++)
		parcel->references[i] = keep(&to, message->references[i]);
	parcel->message.references = parcel->references;
	parcel->message.n_references = n_references;
	return parcel;
}

void
campaign_net_parcel_free(void *parcel)
{
	free(parcel);
}

bool
campaign_net_parcel_build(NetMailJob *job, bool eight_bit, bool utf8, char **bytes, size_t *len,
						  char *error, size_t error_size)
{
	NetParcel *parcel = job->arg;
	MailBytes built = {NULL, 0};

	if (!campaign_mime_build(&parcel->message, eight_bit, utf8, &built, error, error_size))
		return false;
	if (!campaign_mime_envelope(parcel->message.from.address, utf8, parcel->from,
								sizeof(parcel->from)) ||
		!campaign_mime_envelope(parcel->message.to.address, utf8, parcel->to, sizeof(parcel->to)))
	{
		campaign_mime_free(&built);
		snprintf(error, error_size,
				 "an address is not ASCII, and the server does not offer SMTPUTF8");
		return false;
	}
	job->from = parcel->from;
	job->to = parcel->to;
	*bytes = built.data;
	*len = built.length;
	return true;
}
