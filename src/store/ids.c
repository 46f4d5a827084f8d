/*
 * ids.c
 *		Ids: a sequence of the node, and the node's group above it.
 *
 * On a cluster a sequence that belongs to an extension counts on each node by itself, so the group
 * of the node stands in the high 16 bits; on one server it is 0 and ids are plain small numbers.
 */
#include "store/ids.h"

#include "catalog/namespace.h"
#include "catalog/pg_namespace.h"
#include "commands/sequence.h"
#include "executor/spi.h"
#include "utils/lsyscache.h"

#define GROUP_SHIFT 48

/* Looked up once in a process: a node does not change its group while it runs. */
static int64
node_group(void)
{
	static int64 group = -1;
	int64 found = 0;

	if (group >= 0)
		return group;
	if (OidIsValid(get_relname_relid("pg_dist_local_group", PG_CATALOG_NAMESPACE)))
	{
		SPI_connect();
		if (SPI_execute("SELECT groupid FROM pg_catalog.pg_dist_local_group", true, 1) ==
				SPI_OK_SELECT &&
			SPI_processed == 1)
		{
			bool is_null;
			Datum value = SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &is_null);

			found = is_null ? 0 : DatumGetInt32(value);
		}
		SPI_finish();
	}
	group = found;
	return group;
}

int64
campaign_ids_next(Oid sequence)
{
	return (node_group() << GROUP_SHIFT) | nextval_internal(sequence, false);
}

Oid
campaign_ids_sequence(const char *name)
{
	Oid schema = get_namespace_oid("campaign", false);
	Oid sequence = get_relname_relid(name, schema);

	if (!OidIsValid(sequence))
		elog(ERROR, "sequence campaign.%s does not exist", name);
	return sequence;
}

int
campaign_ids_compare(const void *a, const void *b)
{
	int64 left = *(const int64 *) a;
	int64 right = *(const int64 *) b;

	return left < right ? -1 : left > right;
}
