/*
 * source_rows.c
 *		The rows of users' own tables that prospects stand for.
 */
#include "engine/source_rows.h"

#include "miscadmin.h"
#include "utils/builtins.h"

#include "store/settings.h"
#include "store/source_keys.h"

/* A source that was slow or failed is not read again by rounds for so long. */
#define REST_USEC (60 * USECS_PER_SEC)

/* Whom an audience is asked about. */
typedef struct Asked
{
	SourceReading reading;
	int *items; /* places among all that were given */
	int64 *prospects;
	int n;
} Asked;

TimestampTz
campaign_source_rows_retry(TimestampTz now)
{
	return now + REST_USEC;
}

static void
gather(Asked *asked, int64 audience, const CampaignRow **campaigns, const int64 *prospects, int n)
{
	int i;

	asked->items = palloc(n * sizeof(int));
	asked->prospects = palloc(n * sizeof(int64));
	asked->n = 0;
	for (i = 0; i < n; i++)
	{
		if (campaigns[i] == NULL || campaigns[i]->audience != audience)
			continue;
		asked->prospects[asked->n] = prospects[i];
		asked->items[asked->n++] = i;
	}
}

static void
fail(const Asked *asked, SourceRow *rows, const char *fault)
{
	int i;

	for (i = 0; i < asked->n; i++)
	{
		rows[asked->items[i]].governed = true;
		rows[asked->items[i]].fault = fault;
	}
}

static int
compare_key(const void *left, const void *right)
{
	return strcmp(((const SourceKey *) left)->key, ((const SourceKey *) right)->key);
}

/* Several may have one key: runs of a prospect in several campaigns with the same audience. */
static void
take_over(const Asked *asked, SourceRow *rows, const SourceKey *keys, int n_keys,
		  const SourceFound *found, int n_found)
{
	int i;

	for (i = 0; i < n_keys; i++)
	{
		rows[asked->items[keys[i].item]].governed = true;
		rows[asked->items[keys[i].item]].of_source = asked->reading.prospect_source != NULL;
	}
	for (i = 0; i < n_found; i++)
	{
		SourceKey wanted = {.key = found[i].key};
		const SourceKey *key = bsearch(&wanted, keys, n_keys, sizeof(SourceKey), compare_key);

		if (key == NULL)
			continue;
		while (key > keys && strcmp(key[-1].key, wanted.key) == 0)
			key--;
		for (; key < keys + n_keys && strcmp(key->key, wanted.key) == 0; key++)
		{
			rows[asked->items[key->item]].row = found[i].row;
			rows[asked->items[key->item]].matches = found[i].matches;
		}
	}
}

/* Beside those of prospects: who is none stands for a row of his own; how many there are then. */
static int
imagine_keys(const ImaginedProspects *imagined, const Asked *asked, SourceKey *keys, int n)
{
	int i;

	for (i = 0; i < asked->n && imagined != NULL; i++)
		if (asked->prospects[i] < 0)
			keys[n++] =
				(SourceKey){campaign_imagined_find(imagined, asked->prospects[i])->external_id, i};
	return n;
}

/* All that this round asks of one audience. */
static void
read_audience(const Round *round, int64 audience, Asked *asked, SourceRow *rows)
{
	SourceKey *keys;
	SourceFound *found;
	const char *code;
	char *detail;
	bool in_earnest = round->imagined == NULL;
	int n_keys;
	int n_found;

	campaign_source_keys_reading(round->workspace, audience, round->now, &asked->reading);
	if (asked->reading.fault != NULL)
	{
		fail(asked, rows, asked->reading.fault);
		return;
	}
	n_keys = campaign_source_keys_of(round->workspace, asked->reading.prospect_source,
									 asked->prospects, asked->n, &keys);
	n_keys = imagine_keys(round->imagined, asked, keys, n_keys);
	if (n_keys == 0)
		return;
	qsort(keys, n_keys, sizeof(SourceKey), compare_key);
	if (!campaign_source_keys_read(&asked->reading, keys, n_keys,
								   in_earnest ? campaign_settings.source_patience
											  : campaign_settings.source_timeout,
								   &found, &n_found, &code, &detail))
	{
		if (in_earnest)
			campaign_source_keys_rest(round->workspace, audience,
									  campaign_source_rows_retry(round->now), detail);
		fail(asked, rows, code);
		return;
	}
	take_over(asked, rows, keys, n_keys, found, n_found);
}

SourceRow *
campaign_source_rows_read(const Round *round, const CampaignRow **campaigns, const int64 *prospects,
						  int n)
{
	SourceRow *rows = palloc0(Max(n, 1) * sizeof(SourceRow));
	int i;
	int k;

	for (i = 0; i < n; i++)
	{
		int64 audience = campaigns[i] == NULL ? 0 : campaigns[i]->audience;
		Asked asked;

		for (k = 0; k < i && audience != 0; k++)
			if (campaigns[k] != NULL && campaigns[k]->audience == audience)
				break;
		/* the first of each audience stands for all of it */
		if (audience == 0 || k < i)
			continue;
		gather(&asked, audience, campaigns, prospects, n);
		read_audience(round, audience, &asked, rows);
	}
	return rows;
}
