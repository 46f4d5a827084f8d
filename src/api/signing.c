/*
 * signing.c
 *		Signatures, as SQL needs them: of links to opt out, of what providers report, and of what they are
 *		sent.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "common/sha2.h"
#include "fmgr.h"
#include "utils/array.h"
#include "utils/builtins.h"

#include "engine/token.h"
#include "engine/webhook_signature.h"
#include "net/signature.h"

PG_FUNCTION_INFO_V1(campaign_api_read_token);
PG_FUNCTION_INFO_V1(campaign_api_hmac);
PG_FUNCTION_INFO_V1(campaign_api_same_bytes);
PG_FUNCTION_INFO_V1(campaign_api_webhook_signature);
PG_FUNCTION_INFO_V1(campaign_api_is_signed_by);

/* read_token(token, key): workspace, prospect and action of a token of this key, or NULL. */
Datum
campaign_api_read_token(PG_FUNCTION_ARGS)
{
	text *token = PG_GETARG_TEXT_PP(0);
	bytea *key = PG_GETARG_BYTEA_PP(1);
	Datum ids[3];
	Token read;

	if (!campaign_token_read((const uint8 *) VARDATA_ANY(key), (int) VARSIZE_ANY_EXHDR(key),
							 VARDATA_ANY(token), VARSIZE_ANY_EXHDR(token), &read))
		PG_RETURN_NULL();
	ids[0] = Int64GetDatum(read.workspace);
	ids[1] = Int64GetDatum(read.prospect);
	ids[2] = Int64GetDatum(read.action);
	PG_RETURN_ARRAYTYPE_P(
		construct_array(ids, 3, INT8OID, sizeof(int64), FLOAT8PASSBYVAL, TYPALIGN_DOUBLE));
}

/* hmac(key, message): HMAC-SHA-256. */
Datum
campaign_api_hmac(PG_FUNCTION_ARGS)
{
	bytea *key = PG_GETARG_BYTEA_PP(0);
	bytea *message = PG_GETARG_BYTEA_PP(1);
	bytea *digest = palloc(VARHDRSZ + PG_SHA256_DIGEST_LENGTH);

	SET_VARSIZE(digest, VARHDRSZ + PG_SHA256_DIGEST_LENGTH);
	campaign_token_sign((const uint8 *) VARDATA_ANY(key), (int) VARSIZE_ANY_EXHDR(key),
						(const uint8 *) VARDATA_ANY(message), (int) VARSIZE_ANY_EXHDR(message),
						(uint8 *) VARDATA(digest));
	PG_RETURN_BYTEA_P(digest);
}

/* same_bytes(one, other), in a time that does not tell where they differ. */
Datum
campaign_api_same_bytes(PG_FUNCTION_ARGS)
{
	bytea *one = PG_GETARG_BYTEA_PP(0);
	bytea *other = PG_GETARG_BYTEA_PP(1);

	PG_RETURN_BOOL(VARSIZE_ANY_EXHDR(one) == VARSIZE_ANY_EXHDR(other) &&
				   campaign_token_same((const uint8 *) VARDATA_ANY(one),
									   (const uint8 *) VARDATA_ANY(other),
									   (int) VARSIZE_ANY_EXHDR(one)));
}

/* webhook_signature(secrets, id, second, body): NULL if one of the secrets is none. */
Datum
campaign_api_webhook_signature(PG_FUNCTION_ARGS)
{
	bytea *body = PG_GETARG_BYTEA_PP(3);
	char *signatures = campaign_webhook_signature_make(
		text_to_cstring(PG_GETARG_TEXT_PP(0)), text_to_cstring(PG_GETARG_TEXT_PP(1)),
		PG_GETARG_INT64(2), VARDATA_ANY(body), VARSIZE_ANY_EXHDR(body));

	if (signatures == NULL)
		PG_RETURN_NULL();
	PG_RETURN_TEXT_P(cstring_to_text(signatures));
}

/* is_signed_by(key, message, signature): by the private key of which this is the public one. */
Datum
campaign_api_is_signed_by(PG_FUNCTION_ARGS)
{
	text *key = PG_GETARG_TEXT_PP(0);
	bytea *message = PG_GETARG_BYTEA_PP(1);
	bytea *signature = PG_GETARG_BYTEA_PP(2);

	PG_RETURN_BOOL(campaign_net_signature_holds(text_to_cstring(key), VARDATA_ANY(message),
												VARSIZE_ANY_EXHDR(message), VARDATA_ANY(signature),
												VARSIZE_ANY_EXHDR(signature)));
}
