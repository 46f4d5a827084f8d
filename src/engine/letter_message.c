/*
 * letter_message.c
 *		What was frozen of a mail, as what net builds its bytes from.
 */
#include "engine/letter_message.h"

#include "mb/pg_wchar.h"
#include "utils/builtins.h"
#include "utils/numeric.h"

/* The value of a key, or NULL. */
static JsonbValue *
value_of(JsonbContainer *object, const char *key, JsonbValue *value)
{
	if (object == NULL || !JsonContainerIsObject(object))
		return NULL;
	return getKeyJsonValueFromContainer(object, key, strlen(key), value);
}

static JsonbContainer *
container_of(JsonbContainer *object, const char *key)
{
	JsonbValue value;

	return value_of(object, key, &value) != NULL && value.type == jbvBinary ? value.val.binary.data
																			: NULL;
}

/* A text in UTF-8, as mails are, whatever the encoding of the database. */
static char *
utf8(const JsonbValue *value)
{
	char *text;
	char *converted;

	if (value == NULL || value->type != jbvString)
		return NULL;
	text = pnstrdup(value->val.string.val, value->val.string.len);
	converted = pg_server_to_any(text, value->val.string.len, PG_UTF8);
	return converted;
}

static char *
text_of(JsonbContainer *object, const char *key)
{
	JsonbValue value;

	return utf8(value_of(object, key, &value));
}

static MailAddress
address_of(JsonbContainer *mail, const char *key)
{
	JsonbContainer *object = container_of(mail, key);
	MailAddress address = {text_of(object, "name"), text_of(object, "address")};

	return address;
}

static void
read_references(JsonbContainer *array, MailMessage *message)
{
	const char **ids = palloc(MAIL_REFERENCES_MAX * sizeof(char *));
	uint32 i;

	if (array == NULL || !JsonContainerIsArray(array))
		return;
	for (i = 0; i < JsonContainerSize(array) && i < MAIL_REFERENCES_MAX; i++)
	{
		ids[i] = utf8(getIthJsonbValueFromContainer(array, i));
		if (ids[i] == NULL)
			return;
		message->n_references++;
	}
	message->references = ids;
}

bool
campaign_letter_message(Jsonb *content, MailMessage *message)
{
	JsonbContainer *mail = container_of(&content->root, "mail");
	JsonbContainer *texts = container_of(&content->root, "content");
	JsonbValue date;

	memset(message, 0, sizeof(*message));
	if (mail == NULL || texts == NULL)
		return false;
	message->key = text_of(&content->root, "key");
	message->from = address_of(mail, "from");
	message->to = address_of(mail, "to");
	message->reply_to.address = text_of(mail, "reply_to");
	message->subject = text_of(texts, "subject");
	message->text = text_of(texts, "body");
	message->html = text_of(texts, "html");
	message->message_id = text_of(mail, "message_id");
	message->in_reply_to = text_of(mail, "in_reply_to");
	read_references(container_of(mail, "references"), message);
	message->unsubscribe_url = text_of(mail, "unsubscribe_url");
	message->unsubscribe_mailto = text_of(mail, "unsubscribe_mailto");
	if (value_of(mail, "date", &date) != NULL && date.type == jbvNumeric)
		message->date =
			DatumGetInt64(DirectFunctionCall1(numeric_int8, NumericGetDatum(date.val.numeric)));
	return true;
}
