/*
 * arming.c
 *		May anything leave this database?
 */
#include "store/arming.h"

#include <unistd.h>

#include "access/xlog.h"
#include "access/xlogrecovery.h"
#include "catalog/pg_type.h"
#include "common/cryptohash.h"
#include "common/sha2.h"
#include "miscadmin.h"
#include "storage/fd.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

#include "store/plan.h"
#include "store/settings.h"

/* Made when the system was installed; containers often have none. */
#define MACHINE_ID "/etc/machine-id"

/* Bytes of a digest that name a node. */
#define NODE_BYTES 16

/* A disarmed database stays so wherever it goes; one that was never armed has launched nothing. */
static StorePlan look_plan = {
	.sql = "SELECT i.is_virtual, CASE WHEN a.disarmed_at IS NOT NULL THEN 'disarmed'"
		   " WHEN i.launched_at IS NULL THEN NULL"
		   " WHEN a.id IS NULL THEN 'not_armed'"
		   " WHEN a.system_identifier <> $1 THEN 'other_server'"
		   " WHEN a.database_id <> $2 THEN 'other_database'"
		   " WHEN $4 = ANY (a.nodes) THEN NULL"
		   " WHEN a.node <> $4 THEN 'other_node'"
		   " WHEN a.timeline <> $3 THEN 'other_timeline' END, a.reason"
		   " FROM campaign.instance i FULL JOIN campaign.arming a ON a.id = i.id",
	.n_args = 4,
	.types = {INT8OID, OIDOID, INT4OID, TEXTOID}};

static const struct
{
	const char *code;
	const char *words;
} faults[] = {
	{"not_armed", "it was restored from a dump, and not armed since"},
	{"other_server", "it was armed on another server"},
	{"other_database", "it is a copy of the database that was armed"},
	{"other_node", "it was armed on another node"},
	{"other_timeline", "its history is another than that of the server that was armed"},
};

/* Its first line; empty if it cannot be read. */
static void
read_machine_id(char *id, size_t size)
{
	FILE *file = AllocateFile(MACHINE_ID, "r");

	id[0] = '\0';
	if (file == NULL)
		return;
	if (fgets(id, (int) size, file) == NULL)
		id[0] = '\0';
	id[strcspn(id, "\n")] = '\0';
	FreeFile(file);
}

/* Of the text, so that a token cannot be read from it. */
static char *
digest_of(const char *kind, const char *text)
{
	uint8 digest[PG_SHA256_DIGEST_LENGTH];
	char hex[2 * NODE_BYTES + 1];
	pg_cryptohash_ctx *context = pg_cryptohash_create(PG_SHA256);

	if (context == NULL || pg_cryptohash_init(context) < 0 ||
		pg_cryptohash_update(context, (const uint8 *) text, strlen(text)) < 0 ||
		pg_cryptohash_final(context, digest, sizeof(digest)) < 0)
		ereport(ERROR, errcode(ERRCODE_INTERNAL_ERROR), errmsg("could not compute a digest"),
				errdetail("Of what names this node."));
	pg_cryptohash_free(context);
	hex_encode((const char *) digest, NODE_BYTES, hex);
	hex[2 * NODE_BYTES] = '\0';
	return psprintf("%s:%s", kind, hex);
}

static char *
name_node(void)
{
	char machine[128];

	if (campaign_settings.instance_token[0] != '\0')
		return digest_of("token", campaign_settings.instance_token);
	read_machine_id(machine, sizeof(machine));
	return digest_of("machine", psprintf("%s\n%s", machine, DataDir));
}

const ArmingPlace *
campaign_arming_place(void)
{
	static ArmingPlace place;
	MemoryContext before;
	TimeLineID timeline;

	/* a session may have begun before its standby was promoted */
	if (RecoveryInProgress())
		(void) GetXLogReplayRecPtr(&timeline);
	else
		timeline = GetWALInsertionTimeLine();
	place.timeline = (int32) timeline;
	if (place.node != NULL)
		return &place;
	before = MemoryContextSwitchTo(TopMemoryContext);
	place.system_identifier = (int64) GetSystemIdentifier();
	place.database = MyDatabaseId;
	place.node = name_node();
	MemoryContextSwitchTo(before);
	return &place;
}

static const char *
words_of(const char *code, const char *reason)
{
	size_t i;

	for (i = 0; i < lengthof(faults); i++)
		if (strcmp(faults[i].code, code) == 0)
			return faults[i].words;
	return psprintf("it was disarmed: %s", reason);
}

void
campaign_arming_look(Arming *arming)
{
	const ArmingPlace *place = campaign_arming_place();
	Datum values[4] = {Int64GetDatum(place->system_identifier), ObjectIdGetDatum(place->database),
					   Int32GetDatum(place->timeline), CStringGetTextDatum(place->node)};

	memset(arming, 0, sizeof(*arming));
	if (campaign_plan_run(&look_plan, values, NULL, false) == 0)
		return;
	arming->is_virtual = campaign_plan_bool(0, 1, false);
	arming->fault = campaign_plan_text(0, 2);
	if (arming->fault != NULL)
		arming->detail = words_of(arming->fault, campaign_plan_text(0, 3));
}
