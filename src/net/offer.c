/*
 * offer.c
 *		How a mail is said to a server that makes these offers.
 */
#include "net/offer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "net/envelope.h"

/* Whether an address or a header is not ASCII. */
static bool
needs_utf8(const NetMailJob *job, const char *bytes, size_t len)
{
	const char *body = memmem(bytes, len, "\r\n\r\n", 4);
	size_t headers = body == NULL ? len : (size_t) (body - bytes);

	return !campaign_net_envelope_is_ascii(job->from, strlen(job->from)) ||
		   !campaign_net_envelope_is_ascii(job->to, strlen(job->to)) ||
		   !campaign_net_envelope_is_ascii(bytes, headers);
}

/* Why these bytes cannot be said there, or NULL. */
static const char *
fault_of(const NetGreeting *offers, const NetMailJob *job, const char *bytes, size_t len,
		 const char **code)
{
	const char *fault = campaign_net_envelope_fault(job->from, offers->offers_utf8);

	*code = "unfit";
	if (fault == NULL)
		fault = campaign_net_envelope_fault(job->to, offers->offers_utf8);
	if (fault == NULL)
		fault = campaign_net_envelope_content_fault(
			bytes, len, offers->offers_eight_bit || offers->offers_utf8);
	if (fault != NULL)
		return fault;
	if (offers->size_max > 0 && len > offers->size_max)
	{
		*code = "too_large";
		return "the message is larger than the server takes";
	}
	if (!offers->offers_utf8 && needs_utf8(job, bytes, len))
	{
		*code = "utf8_not_offered";
		return "the message has headers that are not ASCII, and the server does not offer SMTPUTF8";
	}
	return NULL;
}

static void
set_parameters(const NetGreeting *offers, const NetMailJob *job, NetOffered *offered)
{
	const char *content = offered->content;
	size_t len = offered->content_len;
	char size[40] = "";

	if (offers->limits_size)
		snprintf(size, sizeof(size), " SIZE=%zu", len);
	snprintf(offered->parameters, sizeof(offered->parameters), "%s%s%s", size,
			 offers->offers_eight_bit && !campaign_net_envelope_is_ascii(content, len)
				 ? " BODY=8BITMIME"
				 : "",
			 needs_utf8(job, content, len) ? " SMTPUTF8" : "");
}

bool
campaign_net_offer_meet(const NetGreeting *offers, NetMailJob *job, NetOffered *offered)
{
	const char *fault;
	char *bytes = NULL;
	size_t len = 0;

	memset(offered, 0, sizeof(*offered));
	offered->code = "unfit";
	if (!job->build(job, offers->offers_eight_bit, offers->offers_utf8, &bytes, &len,
					offered->reason, sizeof(offered->reason)))
		return false;
	fault = fault_of(offers, job, bytes, len, &offered->code);
	if (fault == NULL)
	{
		offered->content = campaign_net_envelope_stuff(bytes, len, &offered->content_len);
		offered->code = "out_of_memory";
		fault = offered->content == NULL ? "no memory" : NULL;
	}
	free(bytes);
	if (fault != NULL)
	{
		snprintf(offered->reason, sizeof(offered->reason), "%s", fault);
		return false;
	}
	set_parameters(offers, job, offered);
	return true;
}
