/*
 * nearest.c
 *		What somebody may have meant by a name that is not there: nearest(), for hints of errors.
 */
#include "postgres.h"

#include "catalog/pg_collation.h"
#include "catalog/pg_type.h"
#include "fmgr.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/formatting.h"
#include "utils/varlena.h"

PG_FUNCTION_INFO_V1(campaign_api_nearest);

/* The server's own measure takes no more, and nobody mistypes a name of that length. */
#define NAME_MAX_BYTES 255

/* How many characters may be wrong: two that are exchanged, and more only in long names. */
static int
slips_of(int length)
{
	return length < 4 ? 1 : Max(2, length / 6);
}

static char *
lower_of(Datum name, int *length)
{
	text *value = DatumGetTextPP(name);
	char *lower = str_tolower(VARDATA_ANY(value), VARSIZE_ANY_EXHDR(value), DEFAULT_COLLATION_OID);

	*length = (int) strlen(lower);
	return lower;
}

/* (name text, known text[]): the one of known that differs least, case aside; NULL if none is near. */
Datum
campaign_api_nearest(PG_FUNCTION_ARGS)
{
	Datum *known;
	bool *nulls;
	int n;
	int length;
	char *name = lower_of(PG_GETARG_DATUM(0), &length);
	int best = 0;
	int limit = slips_of(length);

	if (length > NAME_MAX_BYTES)
		PG_RETURN_NULL();
	deconstruct_array(PG_GETARG_ARRAYTYPE_P(1), TEXTOID, -1, false, TYPALIGN_INT, &known, &nulls,
					  &n);
	for (int i = 0; i < n; i++)
	{
		int other_length;
		char *other;
		int distance;

		if (nulls[i])
			continue;
		other = lower_of(known[i], &other_length);
		if (other_length > NAME_MAX_BYTES)
			continue;
		distance =
			varstr_levenshtein_less_equal(name, length, other, other_length, 1, 1, 1, limit, true);
		if (distance <= limit)
		{
			/* from now on only a nearer one is better */
			best = i + 1;
			limit = distance - 1;
			if (limit < 0)
				break;
		}
	}
	if (best == 0)
		PG_RETURN_NULL();
	PG_RETURN_DATUM(known[best - 1]);
}
