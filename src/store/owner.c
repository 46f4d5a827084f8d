/*
 * owner.c
 *		Acting as the extension's owner.
 */
#include "store/owner.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "catalog/pg_extension.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/guc.h"
#include "utils/rel.h"

static void
read_row(Relation catalog, HeapTuple tuple, OwnerExtension *extension)
{
	Form_pg_extension row = (Form_pg_extension) GETSTRUCT(tuple);
	bool is_null;
	Datum version;

	extension->id = row->oid;
	extension->owner = row->extowner;
	extension->version[0] = '\0';
	version =
		heap_getattr(tuple, Anum_pg_extension_extversion, RelationGetDescr(catalog), &is_null);
	if (!is_null)
		text_to_cstring_buffer(DatumGetTextPP(version), extension->version,
							   sizeof(extension->version));
}

/* There is no catalog cache of pg_extension, hence no stale answer either. */
bool
campaign_owner_find(OwnerExtension *extension)
{
	Relation catalog = table_open(ExtensionRelationId, AccessShareLock);
	SysScanDesc scan;
	ScanKeyData key;
	HeapTuple tuple;
	bool found;

	ScanKeyInit(&key, Anum_pg_extension_extname, BTEqualStrategyNumber, F_NAMEEQ,
				CStringGetDatum("campaign"));
	scan = systable_beginscan(catalog, ExtensionNameIndexId, true, NULL, 1, &key);
	tuple = systable_getnext(scan);
	found = HeapTupleIsValid(tuple);
	if (found)
		read_row(catalog, tuple, extension);
	systable_endscan(scan);
	table_close(catalog, AccessShareLock);
	return found;
}

Oid
campaign_owner_id(void)
{
	OwnerExtension extension;

	if (!campaign_owner_find(&extension))
		ereport(ERROR, errcode(ERRCODE_UNDEFINED_OBJECT),
				errmsg("extension \"campaign\" is not in this database"),
				errhint("Run CREATE EXTENSION campaign."));
	return extension.owner;
}

void
campaign_owner_enter(OwnerScope *scope)
{
	Oid owner = campaign_owner_id();

	GetUserIdAndSecContext(&scope->user, &scope->context);
	scope->settings = NewGUCNestLevel();
	(void) set_config_option("search_path", "pg_catalog, pg_temp", PGC_USERSET, PGC_S_SESSION,
							 GUC_ACTION_SAVE, true, 0, false);
	SetUserIdAndSecContext(owner, scope->context | SECURITY_LOCAL_USERID_CHANGE |
									  SECURITY_RESTRICTED_OPERATION);
}

void
campaign_owner_leave(const OwnerScope *scope)
{
	SetUserIdAndSecContext(scope->user, scope->context);
	AtEOXact_GUC(true, scope->settings);
}
