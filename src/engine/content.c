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

/* What an invitation says, where the account can say anything. */
#define NOTE "note"

/* The columns of a prospect that a gateway is told. */
static const char *const told[] = {"external_id", "email",        "professional_email",
								   "phone",       "linkedin_url", "first_name",
								   "last_name",   "company",      "job_title"};

static void
push_key(JsonbParseState **state, const char *key)
{
	JsonbValue value;

	value.type = jbvString;
	value.val.string.val = unconstify(char *, key);
	value.val.string.len = strlen(key);
	pushJsonbValue(state, WJB_KEY, &value);
}

static void
push_bytes(JsonbParseState **state, const char *key, const char *bytes, size_t length)
{
	JsonbValue value;

	push_key(state, key);
	value.type = jbvString;
	value.val.string.val = unconstify(char *, bytes);
	value.val.string.len = length;
	pushJsonbValue(state, WJB_VALUE, &value);
}

static void
push_text(JsonbParseState **state, const char *key, const char *text)
{
	if (text != NULL)
		push_bytes(state, key, text, strlen(text));
}

static void
push_id(JsonbParseState **state, const char *key, int64 id)
{
	push_text(state, key, psprintf(INT64_FORMAT, id));
}

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

static bool
look_up(void *arg, const char *name, size_t length, const char **value, size_t *value_length)
{
	const ContentSources *sources = arg;
	const char *dot = memchr(name, '.', length);
	char *text = NULL;

	if (dot == NULL)
	{
		text = prospect_text(sources->recipient, name, length);
		if (text == NULL)
			text = scalar_text(sources->recipient->row, name, length);
	}
	else
	{
		size_t scope = dot - name;
		size_t rest = length - scope - 1;

		if (is_name(name, scope, "sender"))
			text = sender_text(sources->lane, dot + 1, rest);
		else if (is_name(name, scope, "run"))
			text = scalar_text(sources->recipient->payload, dot + 1, rest);
		else if (is_name(name, scope, "row"))
			text = scalar_text(sources->recipient->row, dot + 1, rest);
		else if (is_name(name, scope, "prospect"))
			text = prospect_text(sources->recipient, dot + 1, rest);
		else if (is_name(name, scope, "campaign") && is_name(dot + 1, rest, "name"))
			text = pstrdup(sources->campaign->row->name);
	}
	if (text == NULL)
		return false;
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

	return !sources->lane->can_send_note && step->kind->creates_relation &&
		   getKeyJsonValueFromContainer(&step->content->root, NOTE, strlen(NOTE), &note) != NULL;
}

char *
campaign_content_text(const ContentSources *sources, const char *text, size_t length,
					  char **missing)
{
	StringInfoData rendered;
	TemplateFault fault;

	initStringInfo(&rendered);
	if (campaign_template_render(text, length, look_up, unconstify(ContentSources *, sources),
								 append, &rendered, &fault))
		return rendered.data;
	*missing = fault.name == NULL ? NULL : pnstrdup(fault.name, fault.name_length);
	return NULL;
}

/* Renders the texts of the step under "content"; false at a variable without a value. */
static bool
push_content(JsonbParseState **state, const ContentSources *sources, char **missing)
{
	Jsonb *texts = sources->campaign->definition->steps[sources->action->step].content;
	JsonbIterator *iterator = JsonbIteratorInit(&texts->root);
	JsonbIteratorToken token;
	JsonbValue item;
	char *name = NULL;
	bool drops_note = campaign_content_drops_note(sources);

	push_key(state, "content");
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
		rendered = campaign_content_text(sources, item.val.string.val, (size_t) item.val.string.len,
										 missing);
		if (rendered == NULL)
		{
			*missing = *missing == NULL ? pstrdup(name) : *missing;
			return false;
		}
		push_text(state, name, rendered);
	}
	pushJsonbValue(state, WJB_END_OBJECT, NULL);
	return true;
}

static void
push_people(JsonbParseState **state, const ContentSources *sources)
{
	size_t i;

	push_key(state, "prospect");
	pushJsonbValue(state, WJB_BEGIN_OBJECT, NULL);
	push_id(state, "id", sources->action->prospect);
	for (i = 0; i < lengthof(told); i++)
		push_text(state, told[i], prospect_text(sources->recipient, told[i], strlen(told[i])));
	pushJsonbValue(state, WJB_END_OBJECT, NULL);

	push_key(state, "sender");
	pushJsonbValue(state, WJB_BEGIN_OBJECT, NULL);
	push_id(state, "account_id", sources->lane->account);
	push_text(state, "address", sources->lane->address);
	push_text(state, "name", sender_text(sources->lane, "name", strlen("name")));
	pushJsonbValue(state, WJB_END_OBJECT, NULL);
}

Jsonb *
campaign_content_render(const ContentSources *sources, char **missing)
{
	JsonbParseState *state = NULL;

	pushJsonbValue(&state, WJB_BEGIN_OBJECT, NULL);
	if (sources->action->id != 0)
		push_id(&state, "action_id", sources->action->id);
	push_text(&state, "kind", sources->lane->kind);
	push_text(&state, "key", sources->key);
	push_key(&state, "campaign");
	pushJsonbValue(&state, WJB_BEGIN_OBJECT, NULL);
	push_id(&state, "id", sources->action->campaign);
	push_text(&state, "name", sources->campaign->row->name);
	pushJsonbValue(&state, WJB_END_OBJECT, NULL);
	push_people(&state, sources);
	if (!push_content(&state, sources, missing))
		return NULL;
	return JsonbValueToJsonb(pushJsonbValue(&state, WJB_END_OBJECT, NULL));
}

#define KEY_BYTES 16

char *
campaign_content_key(const char *instance, int64 enrollment, int step, int occurrence)
{
	pg_cryptohash_ctx *context = pg_cryptohash_create(PG_SHA256);
	char *text = psprintf("%s:" INT64_FORMAT ":%d:%d", instance, enrollment, step, occurrence);
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
