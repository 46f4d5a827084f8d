/*
 * audience.c
 *		What audiences need that SQL cannot say: their rules as conditions, and the reading of their
 *		sources as the role that made them.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/pg_type.h"
#include "common/hashfn.h"
#include "executor/tuptable.h"
#include "fmgr.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

#include "engine/rule.h"
#include "store/settings.h"
#include "store/source.h"

PG_FUNCTION_INFO_V1(campaign_api_rule_condition);
PG_FUNCTION_INFO_V1(campaign_api_read_source);

static char **
texts_of(ArrayType *array, int *n)
{
	Datum *values;
	char **texts;
	int i;

	deconstruct_array(array, TEXTOID, -1, false, TYPALIGN_INT, &values, NULL, n);
	texts = palloc(Max(*n, 1) * sizeof(char *));
	for (i = 0; i < *n; i++)
		texts[i] = TextDatumGetCString(values[i]);
	return texts;
}

/*
 * rule_condition(rule, root, alias, others, columns, types, document, variables): all as RuleTarget has
 * them; others may be empty.
 */
Datum
campaign_api_rule_condition(PG_FUNCTION_ARGS)
{
	RuleTarget target = {0};
	Datum *types;
	Oid *oids;
	int n;
	int i;

	target.root = text_to_cstring(PG_GETARG_TEXT_PP(1));
	target.alias = text_to_cstring(PG_GETARG_TEXT_PP(2));
	target.others = text_to_cstring(PG_GETARG_TEXT_PP(3));
	if (target.others[0] == '\0')
		target.others = NULL;
	target.columns = texts_of(PG_GETARG_ARRAYTYPE_P(4), &target.n_columns);
	deconstruct_array(PG_GETARG_ARRAYTYPE_P(5), OIDOID, sizeof(Oid), true, TYPALIGN_INT, &types,
					  NULL, &n);
	if (n != target.n_columns)
		elog(ERROR, "%d columns have %d types", target.n_columns, n);
	oids = palloc(Max(n, 1) * sizeof(Oid));
	for (i = 0; i < n; i++)
		oids[i] = DatumGetObjectId(types[i]);
	target.types = oids;
	target.document = text_to_cstring(PG_GETARG_TEXT_PP(6));
	target.variables = text_to_cstring(PG_GETARG_TEXT_PP(7));
	target.has_prospect = strcmp(target.root, "prospect") != 0;
	PG_RETURN_TEXT_P(
		cstring_to_text(campaign_rule_condition(text_to_cstring(PG_GETARG_TEXT_PP(0)), &target)));
}

/* ---- keys ---------------------------------------------------------------------- */

/*
 * Keys that were seen, by a hash of 64 bits: that two different keys out of ten million have the same
 * one happens once in 400,000 times, and would be taken for a key that comes twice.
 */
typedef struct SeenKeys
{
	uint64 *places; /* 0 = free */
	uint64 size;    /* a power of two */
	uint64 n;
} SeenKeys;

/* False if it was there already. */
static bool
put(uint64 *places, uint64 size, uint64 hash)
{
	uint64 i = hash & (size - 1);

	while (places[i] != 0)
	{
		if (places[i] == hash)
			return false;
		i = (i + 1) & (size - 1);
	}
	places[i] = hash;
	return true;
}

static void
grow(SeenKeys *seen)
{
	uint64 size = seen->size == 0 ? 1024 : seen->size * 2;
	uint64 *places = MemoryContextAllocExtended(CurrentMemoryContext, size * sizeof(uint64),
												MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
	uint64 i;

	for (i = 0; i < seen->size; i++)
		if (seen->places[i] != 0)
			(void) put(places, size, seen->places[i]);
	if (seen->places != NULL)
		pfree(seen->places);
	seen->places = places;
	seen->size = size;
}

/* Two prospects that share a key would take turns at being the one. */
static void
check_keys(Tuplestorestate *rows, TupleDesc columns)
{
	TupleTableSlot *slot = MakeSingleTupleTableSlot(columns, &TTSOpsMinimalTuple);
	SeenKeys seen = {0};

	while (tuplestore_gettupleslot(rows, true, false, slot))
	{
		bool is_null;
		Datum key = slot_getattr(slot, 1, &is_null);
		text *bytes;
		uint64 hash;

		CHECK_FOR_INTERRUPTS();
		if (is_null)
			continue;
		bytes = DatumGetTextPP(key);
		hash = hash_bytes_extended((unsigned char *) VARDATA_ANY(bytes),
								   (int) VARSIZE_ANY_EXHDR(bytes), 0);
		if (seen.n * 2 >= seen.size)
			grow(&seen);
		seen.n++;
		if (!put(seen.places, seen.size, hash == 0 ? 1 : hash))
			ereport(ERROR, (errcode(ERRCODE_UNIQUE_VIOLATION), errmsg("the source has a key twice"),
							errdetail("It is %s.", TextDatumGetCString(key)),
							errhint("The key column has to tell the rows apart.")));
	}
	ExecDropSingleTupleTableSlot(slot);
	tuplestore_rescan(rows);
}

/*
 * read_source(role, query): the rows of the query, whose first column is the key, as text. The
 * role is named by whoever calls this, so nobody may call it but the functions of this extension.
 */
Datum
campaign_api_read_source(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	SourceRead read = {.role = PG_GETARG_OID(0),
					   .sql = text_to_cstring(PG_GETARG_TEXT_PP(1)),
					   .limit_ms = campaign_settings.source_timeout};

	InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);
	campaign_source_read(&read, result->setResult);
	check_keys(result->setResult, result->setDesc);
	PG_RETURN_NULL();
}
