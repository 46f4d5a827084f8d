/*
 * identity.c
 *		Ids and time, as SQL sees them: new_id() and clock().
 *
 * Who may act where is in rights.c.
 */
#include "postgres.h"

#include "fmgr.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/lsyscache.h"
#include "utils/timestamp.h"

#include "store/clock.h"
#include "store/ids.h"

PG_FUNCTION_INFO_V1(campaign_api_new_id);
PG_FUNCTION_INFO_V1(campaign_api_clock);

/*
 * The next number of a sequence with the node's group above it. Any sequence can be named, so the
 * caller needs the rights that nextval() asks for.
 */
Datum
campaign_api_new_id(PG_FUNCTION_ARGS)
{
	Oid sequence = PG_GETARG_OID(0);
	AclResult result = pg_class_aclcheck(sequence, GetUserId(), ACL_USAGE | ACL_UPDATE);

	if (result != ACLCHECK_OK)
		aclcheck_error(result, OBJECT_SEQUENCE, get_rel_name(sequence));
	PG_RETURN_INT64(campaign_ids_next(sequence));
}

Datum
campaign_api_clock(PG_FUNCTION_ARGS)
{
	PG_RETURN_TIMESTAMPTZ(campaign_clock_now());
}
