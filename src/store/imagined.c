/*
 * imagined.c
 *		Prospects that are not there: whom rows of a source would become.
 */
#include "store/imagined.h"

#include "executor/executor.h"
#include "utils/builtins.h"
#include "utils/formatting.h"

static char *
text_of(HeapTupleHeader row, const char *column)
{
	bool is_null;
	Datum value = GetAttributeByName(row, column, &is_null);

	return is_null ? NULL : TextDatumGetCString(value);
}

static ImaginedProspect
prospect_of(Datum columns, Datum document)
{
	HeapTupleHeader row = DatumGetHeapTupleHeader(columns);
	ImaginedProspect prospect = {.columns = columns,
								 .document = DatumGetJsonbP(document),
								 .external_id = text_of(row, "external_id"),
								 .person = text_of(row, "person_key"),
								 .email = text_of(row, "email"),
								 .professional_email = text_of(row, "professional_email"),
								 .country = text_of(row, "country")};
	bool is_null;

	prospect.opted_in = DatumGetBool(GetAttributeByName(row, "opted_in", &is_null));
	if (prospect.country != NULL)
		prospect.country = asc_tolower(prospect.country, strlen(prospect.country));
	return prospect;
}

ImaginedProspects *
campaign_imagined_make(const Datum *rows, const Datum *documents, int n)
{
	ImaginedProspects *all = palloc(sizeof(ImaginedProspects));
	int i;

	all->items = palloc(Max(n, 1) * sizeof(ImaginedProspect));
	all->n = n;
	for (i = 0; i < n; i++)
		all->items[i] = prospect_of(rows[i], documents[i]);
	return all;
}

const ImaginedProspect *
campaign_imagined_find(const ImaginedProspects *all, int64 prospect)
{
	if (all == NULL || prospect >= 0)
		return NULL;
	Assert(-prospect <= all->n);
	return &all->items[-prospect - 1];
}
