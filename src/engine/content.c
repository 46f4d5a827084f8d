/*
 * content.c
 *		What an action says.
 *
 * The document is built in one order and stored as jsonb, whose text form is the same each time it is
 * written out: that is how the bytes of a second attempt are those of the first.
 */
#include "engine/content.h"

#include "common/cryptohash.h"
#include "common/sha2.h"
#include "lib/stringinfo.h"
#include "utils/builtins.h"
#include "utils/numeric.h"

#include "core/template.h"
#include "engine/json_push.h"
#include "engine/letter.h"

/* What an invitation says, where the account can say anything. */
#define NOTE "note"

/* The texts of a mail that are not taken as they are. */
#define SUBJECT "subject"
#define BODY "body"
#define HTML "html"

/* The columns of a prospect that a gateway is told. */
static const char *const told[] = {"external_id", "email",        "professional_email",
								   "phone",       "linkedin_url", "first_name",
								   "last_name",   "company",      "job_title"};

/* A scalar of an object as text, or NULL: absent, null, or not a scalar. */
static char *
scalar_text(Jsonb *object, const char *name, size_t length)
{
	JsonbValue value;

	if (object == NULL || getKeyJsonValueFromContainer(&object->root, name, length, &value) == NULL)
		return NULL;
	switch (value.type)
	{
		case jbvString:
			return pnstrdup(value.val.string.val, value.val.string.len);
		case jbvNumeric:
			return DatumGetCString(
				DirectFunctionCall1(numeric_out, NumericGetDatum(value.val.numeric)));
		case jbvBool:
			return pstrdup(value.val.boolean ? "true" : "false");
		default:
			return NULL;
	}
}

/* A column that is set, else an attribute of that name. */
static char *
prospect_text(const Recipient *recipient, const char *name, size_t length)
{
	char *text = campaign_recipients_column(recipient, name, length);

	return text != NULL ? text : scalar_text(recipient->attributes, name, length);
}

static bool
is_name(const char *name, size_t length, const char *expected)
{
	return strlen(expected) == length && memcmp(name, expected, length) == 0;
}

static char *
first_word(const char *text)
{
	return text == NULL ? NULL : pnstrdup(text, strcspn(text, " "));
}

/* What {{sender.x}} stands for: the member behind the account, and how the account presents him. */
static char *
sender_text(const ReadyLane *lane, const char *name, size_t length)
{
	const char *shown;

	if (lane == NULL)
		return NULL;
	shown = lane->display_name != NULL ? lane->display_name : lane->member;
	if (is_name(name, length, "name"))
		return pstrdup(shown);
	if (is_name(name, length, "first_name"))
		return first_word(shown);
	if (is_name(name, length, "address"))
		return pstrdup(lane->address);
	return NULL;
}

/* A name alone is of the prospect, then of the row; of a mail, there is one that no data stands for. */
static char *
own_text(const ContentSources *sources, const char *name, size_t length)
{
	char *text = NULL;

	if (is_name(name, length, "unsubscribe_url"))
		text = campaign_letter_unsubscribe_url(sources);
	if (text == NULL)
		text = prospect_text(sources->recipient, name, length);
	return text != NULL ? text : scalar_text(sources->recipient->row, name, length);
}

void
campaign_content_escape(StringInfo out, const char *text, size_t length)
{
	size_t i;

	for (i = 0; i < length; i++)
		switch (text[i])
		{
			case '&':
				appendStringInfoString(out, "&amp;");
				break;
			case '<':
				appendStringInfoString(out, "&lt;");
				break;
			case '>':
				appendStringInfoString(out, "&gt;");
				break;
			case '"':
				appendStringInfoString(out, "&quot;");
				break;
			case '\'':
				appendStringInfoString(out, "&#39;");
				break;
			default:
				appendStringInfoChar(out, text[i]);
		}
}

/* What the variables of one text are filled from. */
typedef struct Filling
{
	const ContentSources *sources;
	bool html; /* what is inserted must stay text */
} Filling;

char *
campaign_content_value(const ContentSources *sources, const char *name, size_t length)
{
	const char *dot = memchr(name, '.', length);
	size_t scope;
	size_t rest;

	if (dot == NULL)
		return own_text(sources, name, length);
	scope = dot - name;
	rest = length - scope - 1;
	if (is_name(name, scope, "sender"))
		return sender_text(sources->lane, dot + 1, rest);
	if (is_name(name, scope, "run"))
		return scalar_text(sources->recipient->payload, dot + 1, rest);
	if (is_name(name, scope, "row"))
		return scalar_text(sources->recipient->row, dot + 1, rest);
	if (is_name(name, scope, "prospect"))
		return prospect_text(sources->recipient, dot + 1, rest);
	if (is_name(name, scope, "campaign") && is_name(dot + 1, rest, "name"))
		return pstrdup(sources->campaign->row->name);
	return NULL;
}

static bool
look_up(void *arg, const char *name, size_t length, const char **value, size_t *value_length)
{
	const Filling *filling = arg;
	char *text = campaign_content_value(filling->sources, name, length);

	if (text == NULL)
		return false;
	if (filling->html)
	{
		StringInfoData escaped;

		initStringInfo(&escaped);
		campaign_content_escape(&escaped, text, strlen(text));
		text = escaped.data;
	}
	*value = text;
	*value_length = strlen(text);
	return true;
}

static void
append(void *arg, const char *bytes, size_t length)
{
	appendBinaryStringInfo(arg, bytes, (int) length);
}

bool
campaign_content_drops_note(const ContentSources *sources)
{
	const StepContent *step = &sources->campaign->definition->steps[sources->action->step];
	JsonbValue note;

	return !sources->lane->can_send_note && step->kind != NULL && step->kind->creates_relation &&
		   getKeyJsonValueFromContainer(&step->content->root, NOTE, strlen(NOTE), &note) != NULL;
}

char *
campaign_content_fill(const ContentSources *sources, const char *text, size_t length, bool html,
					  char **missing)
{
	Filling filling = {sources, html};
	StringInfoData rendered;
	TemplateFault fault;

	initStringInfo(&rendered);
	if (campaign_template_render(text, length, look_up, &filling, append, &rendered, &fault))
		return rendered.data;
	*missing = fault.name == NULL ? NULL : pnstrdup(fault.name, fault.name_length);
	return NULL;
}

char *
campaign_content_text(const ContentSources *sources, const char *text, size_t length,
					  char **missing)
{
	return campaign_content_fill(sources, text, length, false, missing);
}

/* One text of the step as it leaves; NULL as campaign_content_text(). */
static char *
render(const ContentSources *sources, const char *name, const JsonbValue *text, char **missing)
{
	bool html = strcmp(name, HTML) == 0;
	char *rendered = campaign_content_fill(sources, text->val.string.val,
										   (size_t) text->val.string.len, html, missing);

	if (rendered == NULL)
	{
		*missing = *missing == NULL ? pstrdup(name) : *missing;
		return NULL;
	}
	if (sources->letter != NULL && (html || strcmp(name, BODY) == 0))
		return campaign_letter_with_footer(sources, html, rendered, missing);
	return rendered;
}

/* The subject of a mail that has none of its own is that of its thread; a preview may be of no thread. */
static bool
push_subject(JsonbParseState **state, const ContentSources *sources, const char *rendered,
			 char **missing)
{
	char *subject = campaign_letter_subject(sources->letter, rendered);

	campaign_json_push_text(state, SUBJECT, subject);
	*missing = pstrdup(SUBJECT);
	return subject != NULL || sources->key == NULL;
}

/* Renders the texts of the step under "content"; false at a variable without a value. */
static bool
push_content(JsonbParseState **state, const ContentSources *sources, char **missing)
{
	Jsonb *texts = sources->recipient->texts != NULL
					   ? sources->recipient->texts
					   : sources->campaign->definition->steps[sources->action->step].content;
	JsonbIterator *iterator = JsonbIteratorInit(&texts->root);
	JsonbIteratorToken token;
	JsonbValue item;
	char *name = NULL;
	char *subject = NULL;
	bool drops_note = campaign_content_drops_note(sources);

	if (sources->recipient->missing_template != NULL)
	{
		*missing = psprintf("template %s", sources->recipient->missing_template);
		return false;
	}

	campaign_json_push_key(state, "content");
	pushJsonbValue(state, WJB_BEGIN_OBJECT, NULL);
	while ((token = JsonbIteratorNext(&iterator, &item, true)) != WJB_DONE)
	{
		char *rendered;

		if (token == WJB_KEY)
			name = pnstrdup(item.val.string.val, item.val.string.len);
		if (token != WJB_VALUE || item.type != jbvString)
			continue;
		if (drops_note && strcmp(name, NOTE) == 0)
			continue;
		rendered = render(sources, name, &item, missing);
		if (rendered == NULL)
			return false;
		if (sources->letter != NULL && strcmp(name, SUBJECT) == 0)
			subject = rendered;
		else
			campaign_json_push_text(state, name, rendered);
	}
	if (sources->letter != NULL && !push_subject(state, sources, subject, missing))
		return false;
	pushJsonbValue(state, WJB_END_OBJECT, NULL);
	return true;
}

static void
push_people(JsonbParseState **state, const ContentSources *sources)
{
	size_t i;

	campaign_json_push_key(state, "prospect");
	pushJsonbValue(state, WJB_BEGIN_OBJECT, NULL);
	campaign_json_push_id(state, "id", sources->action->prospect);
	for (i = 0; i < lengthof(told); i++)
		campaign_json_push_text(state, told[i],
								prospect_text(sources->recipient, told[i], strlen(told[i])));
	pushJsonbValue(state, WJB_END_OBJECT, NULL);

	campaign_json_push_key(state, "sender");
	pushJsonbValue(state, WJB_BEGIN_OBJECT, NULL);
	campaign_json_push_id(state, "account_id", sources->lane->account);
	campaign_json_push_text(state, "address", sources->lane->address);
	campaign_json_push_text(state, "name", sender_text(sources->lane, "name", strlen("name")));
	pushJsonbValue(state, WJB_END_OBJECT, NULL);
}

Jsonb *
campaign_content_render(const ContentSources *sources, char **missing)
{
	JsonbParseState *state = NULL;

	pushJsonbValue(&state, WJB_BEGIN_OBJECT, NULL);
	if (sources->action->id != 0)
		campaign_json_push_id(&state, "action_id", sources->action->id);
	campaign_json_push_text(&state, "kind", sources->lane->kind);
	campaign_json_push_text(&state, "key", sources->key);
	campaign_json_push_key(&state, "campaign");
	pushJsonbValue(&state, WJB_BEGIN_OBJECT, NULL);
	campaign_json_push_id(&state, "id", sources->action->campaign);
	campaign_json_push_text(&state, "name", sources->campaign->row->name);
	pushJsonbValue(&state, WJB_END_OBJECT, NULL);
	push_people(&state, sources);
	if (sources->letter != NULL)
		campaign_letter_push(&state, sources);
	if (!push_content(&state, sources, missing))
		return NULL;
	return JsonbValueToJsonb(pushJsonbValue(&state, WJB_END_OBJECT, NULL));
}

#define KEY_BYTES 16

char *
campaign_content_digest(const char *text)
{
	pg_cryptohash_ctx *context = pg_cryptohash_create(PG_SHA256);
	uint8 digest[PG_SHA256_DIGEST_LENGTH];
	char *key = palloc(KEY_BYTES * 2 + 1);

	if (context == NULL || pg_cryptohash_init(context) < 0 ||
		pg_cryptohash_update(context, (const uint8 *) text, strlen(text)) < 0 ||
		pg_cryptohash_final(context, digest, sizeof(digest)) < 0)
		elog(ERROR, "could not compute an idempotency key");
	pg_cryptohash_free(context);
	key[hex_encode((const char *) digest, KEY_BYTES, key)] = '\0';
	return key;
}

char *
campaign_content_key(const char *instance, int64 enrollment, int step, int occurrence)
{
	return campaign_content_digest(
		psprintf("%s:" INT64_FORMAT ":%d:%d", instance, enrollment, step, occurrence));
}
