/*
 * adapter_departure.c
 *		A frozen request of an adapter on its way out.
 */
#include "engine/adapter_departure.h"

#include "common/base64.h"
#include "lib/stringinfo.h"

#include "core/template.h"
#include "engine/webhook_signature.h"
#include "store/clock.h"
#include "store/compat.h"

/* Those of Standard Webhooks: id, second, signatures. */
#define SIGNATURE_HEADERS 3

static char *
text_of(Jsonb *request, const char *name)
{
	JsonbValue value;

	if (getKeyJsonValueFromContainer(&request->root, name, (int) strlen(name), &value) == NULL ||
		value.type != jbvString)
		return NULL;
	return pnstrdup(value.val.string.val, value.val.string.len);
}

/* user:password as HTTP writes it down. */
static char *
basic(const char *secret)
{
	int length = (int) strlen(secret);
	char *out = palloc(pg_b64_enc_len(length) + 1);
	int written = pg_b64_encode((const Base64Byte *) secret, length, out, pg_b64_enc_len(length));

	out[Max(written, 0)] = '\0';
	return out;
}

static bool
look_up(void *arg, const char *name, size_t length, const char **value, size_t *value_length)
{
	const char *secret = arg;

	if (secret == NULL)
		return false;
	*value = length > strlen("secret") ? basic(secret) : secret;
	*value_length = strlen(*value);
	return true;
}

static void
append(void *arg, const char *bytes, size_t length)
{
	appendBinaryStringInfo(arg, bytes, (int) length);
}

static void
fill_headers(DeliveryStart *start, JsonbContainer *headers, const char *secret)
{
	JsonbIterator *iterator = JsonbIteratorInit(headers);
	JsonbIteratorToken token;
	JsonbValue item;
	char *name = NULL;

	start->headers = palloc((JsonContainerSize(headers) + SIGNATURE_HEADERS) * sizeof(NetHeader));
	while ((token = JsonbIteratorNext(&iterator, &item, true)) != WJB_DONE)
	{
		StringInfoData value;
		TemplateFault fault;

		if (token == WJB_KEY)
			name = pnstrdup(item.val.string.val, item.val.string.len);
		if (token != WJB_VALUE)
			continue;
		initStringInfo(&value);
		if (campaign_template_render(item.val.string.val, (size_t) item.val.string.len, look_up,
									 unconstify(char *, secret), append, &value, &fault))
			start->headers[start->n_headers++] = (NetHeader){.name = name, .value = value.data};
	}
}

/* By Standard Webhooks: the id is that of all attempts, the time that of this one. */
static void
sign(DeliveryStart *start, const char *secrets)
{
	int64 second = (int64) timestamptz_to_time_t(campaign_clock_now());
	char *signatures = secrets == NULL
						   ? NULL
						   : campaign_webhook_signature_make(secrets, start->key, second,
															 start->body, strlen(start->body));

	if (signatures == NULL)
	{
		start->refused = "sign: the channel has no secret of the form whsec_...";
		return;
	}
	if (start->headers == NULL)
		start->headers = palloc(SIGNATURE_HEADERS * sizeof(NetHeader));
	start->headers[start->n_headers++] = (NetHeader){.name = "webhook-id", .value = start->key};
	start->headers[start->n_headers++] =
		(NetHeader){.name = "webhook-timestamp", .value = psprintf(INT64_FORMAT, second)};
	start->headers[start->n_headers++] =
		(NetHeader){.name = "webhook-signature", .value = signatures};
}

/* The address ends with its host, which nothing that is put behind it may lengthen. */
static bool
ends_with_host(const char *url)
{
	const char *host = strstr(url, "://");

	return host != NULL && strpbrk(host + 3, "/?#") == NULL;
}

void
campaign_adapter_departure_fill(DeliveryStart *start, Jsonb *request, const char *url,
								const char *secret)
{
	size_t length = strlen(url);
	JsonbValue headers;
	char *path = text_of(request, "path");
	char *body = text_of(request, "body");

	/* one slash between them, whoever has written it */
	while (path != NULL && path[0] == '/' && length > 0 && url[length - 1] == '/')
		length--;
	start->method = text_of(request, "method");
	start->key = text_of(request, "key");
	start->url = psprintf("%.*s%s%s", (int) length, url,
						  ends_with_host(url) && path != NULL && path[0] != '/' ? "/" : "",
						  path == NULL ? "" : path);
	start->retry_after_header = text_of(request, "retry_after_header");
	start->content_type = body == NULL ? NULL : text_of(request, "type");
	start->body = body == NULL ? "" : body;
	start->secret = NULL;
	start->by_adapter = true;
	if (getKeyJsonValueFromContainer(&request->root, "headers", strlen("headers"), &headers) !=
			NULL &&
		headers.type == jbvBinary)
		fill_headers(start, headers.val.binary.data, secret);
	if (text_of(request, "sign") != NULL)
		sign(start, secret);
}
