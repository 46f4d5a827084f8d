/*
 * letter.c
 *		What an action of channel class email has beside its texts.
 */
#include "engine/letter.h"

#include "lib/stringinfo.h"
#include "mb/pg_wchar.h"

#include "engine/json_push.h"
#include "engine/letter_message.h"
#include "engine/token.h"
#include "net/mail.h"
#include "net/mime.h"

#define CHANNEL_CLASS "email"
#define TOKEN_VARIABLE "{token}"

/* In the place of a token where nothing leaves: nobody is opted out by looking at a preview. */
#define NO_TOKEN "preview"

/* An account whose address is none still has to name its mails. */
#define NO_DOMAIN "campaign.invalid"

static bool
is_mail(const CompiledCampaign *campaign, const QueuedAction *action)
{
	const ActionKind *kind =
		campaign == NULL ? NULL : campaign->definition->steps[action->step].kind;

	return kind != NULL && action->content == NULL &&
		   strcmp(kind->channel_class, CHANNEL_CLASS) == 0;
}

void
campaign_letter_gather(Letters *letters, const Round *round, CompiledCampaigns *campaigns,
					   const QueuedAction *actions, const int64 *accounts, int n_actions)
{
	int i;

	memset(letters, 0, sizeof(*letters));
	letters->round = round;
	letters->keys = palloc(Max(n_actions, 1) * sizeof(LetterKey));
	letters->places = palloc(Max(n_actions, 1) * sizeof(int));
	letters->started = palloc(Max(n_actions, 1) * sizeof(Letter));
	for (i = 0; i < n_actions; i++)
	{
		letters->places[i] = -1;
		if (!is_mail(campaign_compiled_find(campaigns, actions[i].campaign), &actions[i]))
			continue;
		letters->places[i] = letters->n;
		letters->keys[letters->n++] = (LetterKey){actions[i].enrollment, accounts[i]};
	}
	if (letters->n == 0)
		return;
	letters->frames = palloc(letters->n * sizeof(LetterFrame));
	campaign_letters_look(round->workspace, letters->keys, letters->n, letters->frames);
}

const LetterFrame *
campaign_letter_frame(const Letters *letters, int place)
{
	return letters->places[place] < 0 ? NULL : &letters->frames[letters->places[place]];
}

void
campaign_letter_note(Letters *letters, const QueuedAction *action, int64 account, Jsonb *content)
{
	Letter *letter = &letters->started[letters->n_started];
	StringInfoData earlier;
	MailMessage message;
	int i;

	if (!campaign_letter_message(content, &message) || message.to.address == NULL)
		return;
	initStringInfo(&earlier);
	for (i = 0; i < message.n_references; i++)
		appendStringInfo(&earlier, "%s%s", i > 0 ? " " : "", message.references[i]);
	letter->message_id = message.message_id;
	letter->action = action->id;
	letter->enrollment = action->enrollment;
	letter->prospect = action->prospect;
	letter->account = account;
	letter->address = message.to.address;
	letter->subject = message.subject;
	letter->earlier = earlier.len > 0 ? earlier.data : NULL;
	letters->n_started++;
}

void
campaign_letter_write(Letters *letters)
{
	campaign_letters_add(letters->round->workspace, letters->started, letters->n_started,
						 letters->round->now);
}

static char *
valid_address(const Recipient *recipient, const char *column)
{
	char *address = campaign_recipients_column(recipient, column, strlen(column));

	return address != NULL && campaign_mail_address_fault(address) == NULL ? address : NULL;
}

char *
campaign_letter_address(const Recipient *recipient)
{
	char *address = valid_address(recipient, "professional_email");

	return address != NULL ? address : valid_address(recipient, "email");
}

char *
campaign_letter_unsubscribe_url(const ContentSources *sources)
{
	const LetterFrame *frame = sources->letter;
	Token token = {sources->workspace, sources->action->prospect, sources->action->id};
	const char *variable;

	if (frame == NULL || frame->unsubscribe_url == NULL ||
		(frame->key == NULL && token.action != 0))
		return NULL;
	variable = strstr(frame->unsubscribe_url, TOKEN_VARIABLE);
	if (variable == NULL)
		return NULL;
	return psprintf("%.*s%s%s", (int) (variable - frame->unsubscribe_url), frame->unsubscribe_url,
					token.action == 0 ? NO_TOKEN
									  : campaign_token_write(frame->key, frame->key_length, &token),
					variable + strlen(TOKEN_VARIABLE));
}

/* One line of at most so many bytes: what would end it, or cannot be seen, is a blank. */
static char *
one_line(const char *text, int most)
{
	StringInfoData line;
	const char *p;

	initStringInfo(&line);
	for (p = text; *p != '\0'; p++)
	{
		bool blank = (unsigned char) *p <= 0x20 || *p == 0x7f;

		if (!blank)
			appendStringInfoChar(&line, *p);
		else if (line.len > 0 && line.data[line.len - 1] != ' ')
			appendStringInfoChar(&line, ' ');
	}
	if (line.len > 0 && line.data[line.len - 1] == ' ')
		line.data[--line.len] = '\0';
	line.data[pg_mbcliplen(line.data, line.len, most)] = '\0';
	return line.data;
}

char *
campaign_letter_subject(const LetterFrame *frame, const char *rendered)
{
	char *subject = rendered == NULL ? NULL : one_line(rendered, MAIL_SUBJECT_MAX);

	if (subject != NULL && subject[0] != '\0')
		return subject;
	if (frame->previous == NULL)
		return NULL;
	return pg_strncasecmp(frame->subject, "re:", 3) == 0
			   ? frame->subject
			   : one_line(psprintf("Re: %s", frame->subject), MAIL_SUBJECT_MAX);
}

/* What is written as text, as HTML. */
static char *
as_html(const char *text)
{
	StringInfoData html;

	initStringInfo(&html);
	for (; *text != '\0'; text++)
		if (*text == '\n')
			appendStringInfoString(&html, "<br>\n");
		else
			campaign_content_escape(&html, text, 1);
	return html.data;
}

/* Where the body of an HTML text ends. */
static const char *
body_end(const char *html)
{
	const char *end = html + strlen(html);
	const char *p;

	for (p = end; p > html; p--)
		if (pg_strncasecmp(p - 1, "</body", strlen("</body")) == 0)
			return p - 1;
	return end;
}

char *
campaign_letter_with_footer(const ContentSources *sources, bool html, const char *rendered,
							char **missing)
{
	const LetterFrame *frame = sources->letter;
	const char *footer = html && frame->footer_html != NULL ? frame->footer_html : frame->footer;
	char *shown;
	const char *end;

	if (footer == NULL)
		return unconstify(char *, rendered);
	shown = campaign_content_fill(sources, footer, strlen(footer), footer == frame->footer_html,
								  missing);
	if (shown == NULL)
	{
		*missing = *missing == NULL ? pstrdup("footer") : *missing;
		return NULL;
	}
	if (!html)
		return psprintf("%s\n\n%s", rendered, shown);
	if (footer != frame->footer_html)
		shown = psprintf("<p>%s</p>", as_html(shown));
	end = body_end(rendered);
	return psprintf("%.*s\n%s\n%s", (int) (end - rendered), rendered, shown, end);
}

/* The id of the mail: its key at the sender's domain. */
static char *
message_id(const ContentSources *sources)
{
	const char *address = sources->lane->address;
	char ascii[MAIL_NAME_MAX + 1];
	const char *domain = NO_DOMAIN;

	if (campaign_mime_envelope(address, false, ascii, sizeof(ascii)))
		domain = strchr(ascii, '@') + 1;
	return psprintf("%s@%s", sources->key, domain);
}

static void
push_address(JsonbParseState **state, const char *key, const char *address, const char *name)
{
	if (address == NULL)
		return;
	campaign_json_push_object(state, key);
	campaign_json_push_text(state, "address", address);
	if (name != NULL && name[0] != '\0')
		campaign_json_push_text(state, "name", name);
	campaign_json_push_end(state);
}

static char *
recipient_name(const Recipient *recipient)
{
	char *first = campaign_recipients_column(recipient, "first_name", strlen("first_name"));
	char *last = campaign_recipients_column(recipient, "last_name", strlen("last_name"));

	return one_line(psprintf("%s %s", first == NULL ? "" : first, last == NULL ? "" : last),
					MAIL_NAME_MAX);
}

static void
push_id_value(JsonbParseState **state, const char *id, int length)
{
	JsonbValue value;

	value.type = jbvString;
	value.val.string.val = unconstify(char *, id);
	value.val.string.len = length;
	pushJsonbValue(state, WJB_ELEM, &value);
}

/* All that went before in the thread; of a long one the first, and the last ones. */
static void
push_thread(JsonbParseState **state, const LetterFrame *frame)
{
	const char *earlier = frame->earlier == NULL ? "" : frame->earlier;
	int left = 1;
	int i;

	if (frame->previous == NULL)
		return;
	campaign_json_push_text(state, "in_reply_to", frame->previous);
	campaign_json_push_key(state, "references");
	pushJsonbValue(state, WJB_BEGIN_ARRAY, NULL);
	for (i = 0; earlier[i] != '\0'; i++)
		left += i == 0 || earlier[i] == ' ';
	for (i = 0; *earlier != '\0'; i++, left--)
	{
		int length = (int) strcspn(earlier, " ");

		if (i == 0 || left < MAIL_REFERENCES_MAX)
			push_id_value(state, earlier, length);
		earlier += length;
		earlier += *earlier == ' ';
	}
	push_id_value(state, frame->previous, (int) strlen(frame->previous));
	pushJsonbValue(state, WJB_END_ARRAY, NULL);
}

void
campaign_letter_push(JsonbParseState **state, const ContentSources *sources)
{
	const LetterFrame *frame = sources->letter;
	const ReadyLane *lane = sources->lane;
	const char *shown = lane->display_name != NULL ? lane->display_name : lane->member;

	campaign_json_push_object(state, "mail");
	push_address(state, "from", lane->address, one_line(shown, MAIL_NAME_MAX));
	push_address(state, "to", campaign_letter_address(sources->recipient),
				 recipient_name(sources->recipient));
	campaign_json_push_text(state, "reply_to", frame->reply_to);
	if (sources->key != NULL)
		campaign_json_push_text(state, "message_id", message_id(sources));
	push_thread(state, frame);
	campaign_json_push_text(state, "unsubscribe_url", campaign_letter_unsubscribe_url(sources));
	campaign_json_push_text(state, "unsubscribe_mailto", frame->unsubscribe_mailto);
	campaign_json_push_number(state, "date", timestamptz_to_time_t(sources->now));
	campaign_json_push_end(state);
}
