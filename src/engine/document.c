/*
 * document.c
 *		Asking for many runs at once what the paths of their campaigns say of their prospects.
 */
#include "engine/document.h"

#include "lib/stringinfo.h"
#include "port/pg_bitutils.h"
#include "utils/json.h"

#include "engine/condition.h"

void
campaign_document_open(Documents *documents, const Round *round, int max)
{
	memset(documents, 0, sizeof(*documents));
	documents->round = round;
	documents->max = max;
}

static void
add_name(StringInfo json, const char *name)
{
	if (json->len > 1)
		appendStringInfoChar(json, ',');
	escape_json(json, name);
}

/* The names of the states that hold, and of the events that have come, as far as they have bits. */
static const char *
facts_of(const Definition *definition, MachineStates states, uint64 events)
{
	StringInfoData json;
	const char *name;
	int i;

	initStringInfo(&json);
	appendStringInfoChar(&json, '[');
	for (i = 0; i < GRAPH_FIRST_PATH; i++)
	{
		name = (states & (UINT64CONST(1) << i)) ? campaign_condition_state_name(i) : NULL;
		if (name != NULL)
			add_name(&json, name);
	}
	for (i = 0; i < definition->n_facts; i++)
		if ((events & (UINT64CONST(1) << i)) != 0 && definition->fact_kinds[i] != NULL)
			add_name(&json, definition->fact_kinds[i]);
	appendStringInfoChar(&json, ']');
	return json.data;
}

void
campaign_document_add(Documents *documents, const CompiledCampaign *campaign,
					  const DocumentKey *key, MachineStates states, uint64 events, uint64 paths,
					  MachineStates *answer)
{
	int i = documents->n;

	if (paths == 0)
		return;
	if (i == 0)
	{
		documents->keys = palloc(documents->max * sizeof(DocumentKey));
		documents->paths = palloc(documents->max * sizeof(uint64));
		documents->campaigns = palloc(documents->max * sizeof(CompiledCampaign *));
		documents->answers = palloc(documents->max * sizeof(MachineStates *));
	}
	Assert(i < documents->max);
	documents->keys[i] = *key;
	documents->keys[i].facts = facts_of(campaign->definition, states, events);
	documents->paths[i] = paths;
	documents->campaigns[i] = campaign;
	documents->answers[i] = answer;
	documents->n++;
}

void
campaign_document_ask(Documents *documents)
{
	DocumentQuestion *questions;
	uint64 *bits;
	int n = 0;
	int i;

	if (documents->n == 0)
		return;
	for (i = 0; i < documents->n; i++)
		n += pg_popcount64(documents->paths[i]);
	questions = palloc(n * sizeof(DocumentQuestion));
	bits = palloc(n * sizeof(uint64));
	n = 0;
	for (i = 0; i < documents->n; i++)
	{
		uint64 left = documents->paths[i];

		for (; left != 0; left &= left - 1)
		{
			int bit = pg_rightmost_one_pos64(left);

			questions[n].document = i;
			questions[n].path = documents->campaigns[i]->definition->paths[bit - GRAPH_FIRST_PATH];
			bits[n++] = UINT64CONST(1) << bit;
		}
	}
	campaign_documents_ask(documents->round->workspace, documents->round->now, documents->keys,
						   documents->n, questions, n);
	for (i = 0; i < documents->n; i++)
		*documents->answers[i] |= GRAPH_STATE_PATHS_KNOWN;
	for (i = 0; i < n; i++)
		if (questions[i].holds)
			*documents->answers[questions[i].document] |= bits[i];
}
