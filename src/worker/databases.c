/*
 * databases.c
 *		Which databases of this server may have workers.
 */
#include "worker/databases.h"

#include "access/heapam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "access/tableam.h"
#include "access/xact.h"
#include "catalog/pg_database.h"
#include "utils/snapmgr.h"

/* A DROP DATABASE that was interrupted leaves this limit of connections behind. */
#define INVALID_CONNECTION_LIMIT (-2)

static bool
may_have_workers(Form_pg_database row)
{
	return row->datallowconn && !row->datistemplate &&
		   row->datconnlimit != INVALID_CONNECTION_LIMIT;
}

static int
scan_databases(MemoryContext context, Oid **databases)
{
	Relation catalog = table_open(DatabaseRelationId, AccessShareLock);
	TableScanDesc scan = table_beginscan_catalog(catalog, 0, NULL);
	HeapTuple tuple;
	int room = 64;
	int n = 0;

	*databases = MemoryContextAlloc(context, room * sizeof(Oid));
	while ((tuple = heap_getnext(scan, ForwardScanDirection)) != NULL)
	{
		Form_pg_database row = (Form_pg_database) GETSTRUCT(tuple);

		if (!may_have_workers(row))
			continue;
		if (n == room)
		{
			room *= 2;
			*databases = repalloc(*databases, room * sizeof(Oid));
		}
		(*databases)[n++] = row->oid;
	}
	table_endscan(scan);
	table_close(catalog, AccessShareLock);
	return n;
}

int
campaign_databases_list(Oid **databases)
{
	MemoryContext context = CurrentMemoryContext;
	int n;

	SetCurrentStatementStartTimestamp();
	StartTransactionCommand();
	(void) GetTransactionSnapshot();
	n = scan_databases(context, databases);
	CommitTransactionCommand();
	MemoryContextSwitchTo(context);
	return n;
}
