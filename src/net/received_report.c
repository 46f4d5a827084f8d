/*
 * received_report.c
 *		Reports that machines send.
 */
#include "net/received_report.h"

#include <string.h>
#include <strings.h>

#include "net/received_text.h"

/* Bytes of a report that are read, and its parts. */
#define REPORT_MAX ((size_t) 32 * 1024)
#define PARTS_MAX 8

/* ---- small things ------------------------------------------------------------------------------ */

const char *
campaign_net_received_id(const char *text, char *id, size_t size)
{
	size_t n = 0;

	id[0] = '\0';
	text = strchr(text, '<');
	if (text == NULL)
		return NULL;
	for (text++; *text != '\0' && *text != '>' && *text != '<'; text++)
	{
		/* long ones are folded, within the brackets too */
		if (*text == ' ' || *text == '\t' || *text == '\r' || *text == '\n')
			continue;
		if (n + 1 >= size || (unsigned char) *text <= 0x20 || (unsigned char) *text >= 0x7f)
			n = size; /* too long, or nothing of ours: passed over */
		else
			id[n++] = *text;
		if (n == size)
			break;
	}
	id[n < size && *text == '>' ? n : 0] = '\0';
	return text;
}

ReceivedFate
campaign_net_received_fate(const char *status)
{
	/* of class 5, what is not about the address, beside the subjects 3, 5, 6 and 7 */
	static const char *const passing[] = {"5.1.7", "5.1.8", "5.2.2", "5.2.3",
										  "5.4.5", "5.4.6", "5.4.7"};
	size_t i;

	if (status[0] != '5' || status[1] != '.')
		return RECEIVED_FATE_SOFT;
	if (strchr("3567", status[2]) != NULL && status[3] == '.')
		return RECEIVED_FATE_SOFT;
	for (i = 0; i < sizeof(passing) / sizeof(passing[0]); i++)
		if (strcmp(status, passing[i]) == 0)
			return RECEIVED_FATE_SOFT;
	return RECEIVED_FATE_HARD;
}

/* The address of a field such as "rfc822; ada@example.com" or "<ada@example.com>". */
static void
copy_address(char *to, size_t size, const char *value)
{
	const char *address = strchr(value, ';');
	char line[RECEIVED_ADDRESS + 16];
	char *start;
	size_t len;

	campaign_net_received_line(line, sizeof(line), address != NULL ? address + 1 : value);
	start = line + strspn(line, " <");
	len = strcspn(start, " >");
	start[len] = '\0';
	if (len < size && strchr(start, '@') != NULL)
		memcpy(to, start, len + 1);
}

static ReceivedRecipient *
add_recipient(Received *received)
{
	ReceivedRecipient *recipient;

	if (received->n_recipients == RECEIVED_RECIPIENTS)
		return NULL;
	recipient = &received->recipients[received->n_recipients++];
	memset(recipient, 0, sizeof(*recipient));
	return recipient;
}

/* ---- fields, one a line, groups of them parted by empty lines ----------------------------------- */

typedef struct Report
{
	Received *received;
	ReceivedRecipient *open; /* the one that the present group is about */
} Report;

/* A field; NULL, NULL for the end of a group. */
typedef void (*TakeField)(Report *report, const char *name, const char *value);

/* Cuts the first line, with those that continue it, off; NULL at the end. Lines end in \n or \r\n. */
static char *
next_field(char **text)
{
	char *line = *text;
	char *end = line;

	if (*line == '\0')
		return NULL;
	for (;;)
	{
		end += strcspn(end, "\n");
		if (end > line && end[-1] == '\r')
			end[-1] = ' ';
		if (*end == '\0' || end == line || (end[1] != ' ' && end[1] != '\t'))
			break;
		*end = ' ';
	}
	*text = *end == '\0' ? end : end + 1;
	*end = '\0';
	return line;
}

static void
read_fields(Received *received, GMimeObject *part, TakeField take)
{
	char *content = campaign_net_received_content(part, REPORT_MAX);
	Report report = {received, NULL};
	char *rest = content;
	char *line;

	while (content != NULL && (line = next_field(&rest)) != NULL)
	{
		char *colon = strchr(line, ':');

		if (line[strspn(line, " \t")] == '\0')
			take(&report, NULL, NULL);
		else if (colon != NULL)
		{
			*colon = '\0';
			line[strcspn(line, " \t")] = '\0';
			take(&report, line, colon + 1 + strspn(colon + 1, " \t"));
		}
	}
	take(&report, NULL, NULL);
	g_free(content);
}

/* ---- what they say ------------------------------------------------------------------------------ */

static void
copy_status(ReceivedRecipient *recipient, const char *value)
{
	size_t len = strspn(value, "0123456789.");

	if (len >= 5 && len < sizeof(recipient->status))
	{
		memcpy(recipient->status, value, len);
		recipient->status[len] = '\0';
	}
}

static ReceivedFate
action_named(const char *value)
{
	if (strncasecmp(value, "failed", 6) == 0)
		return RECEIVED_FATE_SOFT; /* until the status says more */
	if (strncasecmp(value, "delayed", 7) == 0)
		return RECEIVED_FATE_DELAYED;
	if (strncasecmp(value, "delivered", 9) == 0 || strncasecmp(value, "relayed", 7) == 0 ||
		strncasecmp(value, "expanded", 8) == 0)
		return RECEIVED_FATE_DELIVERED;
	return RECEIVED_FATE_UNKNOWN;
}

static bool
is_of_recipient(const char *name)
{
	return strcasecmp(name, "Original-Recipient") == 0 ||
		   strcasecmp(name, "Final-Recipient") == 0 || strcasecmp(name, "Action") == 0 ||
		   strcasecmp(name, "Status") == 0 || strcasecmp(name, "Diagnostic-Code") == 0;
}

static void
end_recipient(Report *report)
{
	ReceivedRecipient *recipient = report->open;

	if (recipient != NULL && recipient->fate == RECEIVED_FATE_SOFT)
		recipient->fate = campaign_net_received_fate(recipient->status);
	report->open = NULL;
}

static void
take_delivery(Report *report, const char *name, const char *value)
{
	ReceivedRecipient *recipient;

	if (name == NULL)
	{
		end_recipient(report);
		return;
	}
	if (!is_of_recipient(name))
		return;
	if (report->open == NULL)
		report->open = add_recipient(report->received);
	recipient = report->open;
	if (recipient == NULL)
		return;
	if (strcasecmp(name, "Original-Recipient") == 0 ||
		(strcasecmp(name, "Final-Recipient") == 0 && recipient->address[0] == '\0'))
		copy_address(recipient->address, sizeof(recipient->address), value);
	else if (strcasecmp(name, "Action") == 0)
		recipient->fate = action_named(value);
	else if (strcasecmp(name, "Status") == 0)
		copy_status(recipient, value);
	else if (strcasecmp(name, "Diagnostic-Code") == 0)
		campaign_net_received_line(recipient->diagnostic, sizeof(recipient->diagnostic), value);
}

static ReceivedFeedback
feedback_named(const char *value)
{
	if (strncasecmp(value, "not-spam", 8) == 0)
		return RECEIVED_FEEDBACK_NOT_SPAM;
	if (strncasecmp(value, "opt-out", 7) == 0)
		return RECEIVED_FEEDBACK_OPT_OUT;
	if (strncasecmp(value, "auth-failure", 12) == 0 || strncasecmp(value, "dmarc", 5) == 0)
		return RECEIVED_FEEDBACK_TECHNICAL;
	return RECEIVED_FEEDBACK_ABUSE;
}

static void
take_feedback(Report *report, const char *name, const char *value)
{
	ReceivedRecipient *recipient;

	if (name == NULL)
		return;
	if (strcasecmp(name, "Feedback-Type") == 0)
		report->received->feedback = feedback_named(value);
	else if (strcasecmp(name, "Original-Rcpt-To") == 0 &&
			 (recipient = add_recipient(report->received)) != NULL)
		copy_address(recipient->address, sizeof(recipient->address), value);
}

void
campaign_net_received_failed(Received *received, const char *addresses)
{
	char **each = g_strsplit(addresses, ",", RECEIVED_RECIPIENTS + 1);
	ReceivedRecipient *recipient;
	int i;

	received->kind = RECEIVED_DELIVERY;
	for (i = 0; each[i] != NULL && (recipient = add_recipient(received)) != NULL; i++)
	{
		copy_address(recipient->address, sizeof(recipient->address), each[i]);
		recipient->fate = RECEIVED_FATE_SOFT;
	}
	g_strfreev(each);
}

/* ---- the message that came back ----------------------------------------------------------------- */

static void
take_original(Report *report, const char *name, const char *value)
{
	Received *received = report->received;
	ReceivedRecipient *recipient;

	if (name == NULL)
		return;
	/* a relay that gives mails ids of its own says in the other header what it found */
	if ((strcasecmp(name, "Message-ID") == 0 && received->original_id[0] == '\0') ||
		strcasecmp(name, "X-Microsoft-Original-Message-ID") == 0)
		campaign_net_received_id(value, received->original_id, sizeof(received->original_id));
	/* reports on complaints may keep the recipient back in their own fields */
	else if (strcasecmp(name, "To") == 0 && received->n_recipients == 0 &&
			 received->kind == RECEIVED_COMPLAINT && (recipient = add_recipient(received)) != NULL)
	{
		const char *address = strrchr(value, '<');

		copy_address(recipient->address, sizeof(recipient->address),
					 address != NULL ? address : value);
	}
}

/* Either the message as such or its headers as a text. */
static void
read_original(Received *received, GMimeObject *part)
{
	Report report = {received, NULL};
	GMimeMessage *message;

	if (!GMIME_IS_MESSAGE_PART(part))
	{
		read_fields(received, part, take_original);
		return;
	}
	message = g_mime_message_part_get_message(GMIME_MESSAGE_PART(part));
	if (message != NULL)
	{
		GMimeHeaderList *headers = g_mime_object_get_header_list(GMIME_OBJECT(message));
		int n = g_mime_header_list_get_count(headers);
		int i;

		for (i = 0; i < n; i++)
		{
			GMimeHeader *header = g_mime_header_list_get_header_at(headers, i);
			const char *value = g_mime_header_get_raw_value(header);

			if (value != NULL)
				take_original(&report, g_mime_header_get_name(header), value);
		}
	}
}

/* ---- finding them ------------------------------------------------------------------------------- */

static bool
is_type(GMimeObject *part, const char *type, const char *subtype)
{
	GMimeContentType *own = g_mime_object_get_content_type(part);

	return own != NULL && g_mime_content_type_is_type(own, type, subtype);
}

/* Reads one part; whether it is what makes a message a report. */
static bool
read_part(Received *received, GMimeObject *part)
{
	if (is_type(part, "message", "delivery-status") ||
		is_type(part, "message", "global-delivery-status"))
	{
		received->kind = RECEIVED_DELIVERY;
		read_fields(received, part, take_delivery);
		return true;
	}
	if (is_type(part, "message", "feedback-report"))
	{
		received->kind = RECEIVED_COMPLAINT;
		read_fields(received, part, take_feedback);
		return true;
	}
	if (is_type(part, "message", "disposition-notification") ||
		is_type(part, "message", "global-disposition-notification"))
	{
		received->kind = RECEIVED_AUTOMATIC;
		received->sign = RECEIVED_SIGN_RECEIPT;
		return true;
	}
	return false;
}

/* The part of the report comes before that of the message that came back. */
static bool
read_parts(Received *received, GMimeMultipart *report)
{
	int n = g_mime_multipart_get_count(report);
	bool found = false;
	int i;

	for (i = 0; i < n && i < PARTS_MAX; i++)
	{
		GMimeObject *part = g_mime_multipart_get_part(report, i);

		if (part == NULL)
			continue;
		if (!found)
			found = read_part(received, part);
		else if (GMIME_IS_MESSAGE_PART(part) || is_type(part, "text", "rfc822-headers") ||
				 is_type(part, "message", "rfc822-headers") ||
				 is_type(part, "message", "global-headers"))
			read_original(received, part);
	}
	return found;
}

bool
campaign_net_received_report(Received *received, GMimeObject *root)
{
	int n;
	int i;

	if (root == NULL || !GMIME_IS_MULTIPART(root))
		return false;
	if (is_type(root, "multipart", "report"))
		return read_parts(received, GMIME_MULTIPART(root));
	/* some relays add a footer, and thereby a layer */
	if (!is_type(root, "multipart", "mixed"))
		return false;
	n = g_mime_multipart_get_count(GMIME_MULTIPART(root));
	for (i = 0; i < n && i < PARTS_MAX; i++)
	{
		GMimeObject *part = g_mime_multipart_get_part(GMIME_MULTIPART(root), i);

		if (part != NULL && GMIME_IS_MULTIPART(part) && is_type(part, "multipart", "report"))
			return read_parts(received, GMIME_MULTIPART(part));
	}
	return false;
}
