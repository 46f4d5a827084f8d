/*
 * reply.c
 *		A reply of an SMTP server.
 */
#include "net/reply.h"

#include <string.h>

void
campaign_net_reply_begin(NetReply *reply)
{
	memset(reply, 0, sizeof(*reply));
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* How many digits begin here, 0 if none or more than three. */
static size_t
digits(const char *text, size_t len)
{
	size_t n = 0;

	while (n < len && is_digit(text[n]))
		n++;
	return n <= 3 ? n : 0;
}

/* The length of an enhanced code "5.1.1" at the beginning of the text, 0 if there is none. */
static size_t
enhanced_length(const char *text, size_t len, char hundred)
{
	size_t subject;
	size_t detail;
	size_t n;

	if (len < 5 || text[0] != hundred || hundred == '3' || text[1] != '.')
		return 0;
	subject = digits(text + 2, len - 2);
	n = 2 + subject;
	if (subject == 0 || n >= len || text[n] != '.')
		return 0;
	detail = digits(text + n + 1, len - n - 1);
	n += 1 + detail;
	if (detail == 0 || (n < len && text[n] != ' '))
		return 0;
	return n;
}

static void
keep_text(NetReply *reply, const char *text, size_t len)
{
	size_t room = sizeof(reply->text) - 1 - reply->text_len;

	if (reply->text_len > 0 && room > 0)
	{
		reply->text[reply->text_len++] = ' ';
		room--;
	}
	if (len > room)
		len = room;
	memcpy(reply->text + reply->text_len, text, len);
	reply->text_len += len;
	reply->text[reply->text_len] = '\0';
}

/* Of the text of a reply, anything but control bytes. */
static bool
is_text(const char *text, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		if (((unsigned char) text[i] < 0x20 && text[i] != '\t') || text[i] == 0x7f)
			return false;
	return true;
}

NetReplyProgress
campaign_net_reply_line(NetReply *reply, const char *line, size_t len)
{
	int status;
	size_t code;

	if (len < 3 || len > NET_REPLY_LINE_MAX || line[0] < '2' || line[0] > '5' || line[1] < '0' ||
		line[1] > '5' || !is_digit(line[2]) || (len > 3 && line[3] != ' ' && line[3] != '-') ||
		!is_text(line, len) || reply->lines == NET_REPLY_LINES_MAX)
		return NET_REPLY_MALFORMED;
	status = (line[0] - '0') * 100 + (line[1] - '0') * 10 + (line[2] - '0');
	if (reply->lines > 0 && status != reply->status)
		return NET_REPLY_MALFORMED;
	reply->status = status;
	reply->lines++;
	if (len > 4)
	{
		code = enhanced_length(line + 4, len - 4, line[0]);
		/* the last one counts: a reply of several lines repeats it, or speaks of the last recipient */
		if (code > 0 && code < sizeof(reply->enhanced))
		{
			memcpy(reply->enhanced, line + 4, code);
			reply->enhanced[code] = '\0';
		}
		if (code > 0 && code < len - 4)
			code++;
		keep_text(reply, line + 4 + code, len - 4 - code);
	}
	return len > 3 && line[3] == '-' ? NET_REPLY_MORE : NET_REPLY_WHOLE;
}
