/*
 * compiled_cache.c
 *		Compiled steps of campaigns, kept by the process from round to round within bounds.
 */
#include "engine/compiled_cache.h"

#include "catalog/namespace.h"
#include "lib/ilist.h"
#include "utils/hsearch.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"

#include "store/action_kinds.h"
#include "store/compat.h"
#include "store/settings.h"

typedef struct CacheKey
{
	int64 workspace;
	int64 campaign;
	int64
		table; /* the table that it was read from: another one after the extension was made anew */
} CacheKey;

typedef struct CacheEntry
{
	CacheKey key;
	dlist_node place;
	int revision;
	TransactionId version; /* as in CampaignRow */
	LocalTransactionId used_by;
	MemoryContext context; /* holds what it points to */
	Size size;
	CompiledSteps steps;
} CacheEntry;

typedef struct Cache
{
	HTAB *entries;
	dlist_head used; /* the last used first */
	Size size;
} Cache;

/* The one cache of the process: compiled steps are the same whoever asks. */
static Cache cache;

static const char *
relation_class_of(const Definition *definition)
{
	int i;

	for (i = 0; i < definition->graph.n_steps; i++)
	{
		const ActionKind *kind = definition->steps[i].kind;

		if (kind != NULL && (kind->requires == GRAPH_REQUIRES_CONNECTED ||
							 kind->requires == GRAPH_REQUIRES_NOT_CONNECTED))
			return kind->channel_class;
	}
	return NULL;
}

/* In a context of their own, under that of the caller, so that an error leaves nothing behind. */
static void
compile(CacheEntry *entry, const CampaignRow *row)
{
	MemoryContext context =
		AllocSetContextCreate(CurrentMemoryContext, "campaign definition", ALLOCSET_SMALL_SIZES);
	MemoryContext before = MemoryContextSwitchTo(context);
	char **known;
	int n_known;
	Jsonb *json;
	Jsonb *settings;
	ActionKinds *kinds;

	n_known = campaign_campaigns_facts(entry->key.workspace, entry->key.campaign, &known);
	json = campaign_campaigns_definition(entry->key.workspace, entry->key.campaign, &settings);
	kinds = campaign_action_kinds_load();
	entry->steps.definition =
		campaign_definition_compile(json, kinds, known, n_known, settings, entry->key.workspace);
	MemoryContextSwitchTo(before);
	if (entry->steps.definition->n_errors > 0)
		ereport(ERROR,
				(errcode(ERRCODE_DATA_CORRUPTED),
				 errmsg("steps of campaign \"%s\" are not valid any more", row->name),
				 errhint("Run validate_sequence() on its steps: a kind of action may be gone.")));
	entry->context = context;
	entry->size = MemoryContextMemAllocated(context, true);
	entry->revision = row->revision;
	entry->version = row->version;
	entry->steps.relation_class = relation_class_of(entry->steps.definition);
}

static void
open_cache(void)
{
	HASHCTL control = {
		.keysize = sizeof(CacheKey), .entrysize = sizeof(CacheEntry), .hcxt = CacheMemoryContext};

	if (cache.entries != NULL)
		return;
	cache.entries =
		hash_create("compiled campaigns", 64, &control, HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
	dlist_init(&cache.used);
}

static void
drop(CacheEntry *entry)
{
	MemoryContext context = entry->context;

	dlist_delete(&entry->place);
	cache.size -= entry->size;
	(void) hash_search(cache.entries, &entry->key, HASH_REMOVE, NULL);
	MemoryContextDelete(context);
}

/* What this transaction has used is at the front. */
static void
make_room(Size limit)
{
	while (cache.size > limit)
	{
		CacheEntry *last = dlist_tail_element(CacheEntry, place, &cache.used);

		if (last->used_by == compat_local_transaction())
			return;
		drop(last);
	}
}

/* Takes over what was compiled. */
static CacheEntry *
keep(const CacheEntry *compiled)
{
	CacheEntry *entry = hash_search(cache.entries, &compiled->key, HASH_ENTER, NULL);

	*entry = *compiled;
	MemoryContextSetParent(entry->context, CacheMemoryContext);
	dlist_push_head(&cache.used, &entry->place);
	cache.size += entry->size;
	return entry;
}

const CompiledSteps *
campaign_compiled_cache_get(int64 workspace, const CampaignRow *row)
{
	CacheEntry compiled = {
		.key = {workspace, row->id,
				get_relname_relid("campaign", get_namespace_oid("campaign", false))}};
	CacheEntry *entry;

	open_cache();
	entry = hash_search(cache.entries, &compiled.key, HASH_FIND, NULL);
	if (entry != NULL && (entry->revision != row->revision || entry->version != row->version))
	{
		drop(entry);
		entry = NULL;
	}
	if (entry == NULL)
	{
		compile(&compiled, row);
		entry = keep(&compiled);
	}
	entry->used_by = compat_local_transaction();
	dlist_move_head(&cache.used, &entry->place);
	make_room((Size) campaign_settings.compiled_memory * 1024);
	return &entry->steps;
}
