/*
 * admit.c
 *		The cap of active runs of a campaign.
 */
#include "engine/admit.h"

#include "store/fault.h"
#include "store/places.h"
#include "store/wake.h"

/* Requests that one round answers. */
#define REQUESTS_MAX 100
/* Deltas of a campaign that are summed up, where it is looked at anyway. */
#define DELTAS_MAX 64

/* It has not begun yet, and it would now. */
static bool
is_newcomer(const Run *run)
{
	return run->machine.halt == RUN_AT_ENTRY && run->machine.step == 0 && run->machine.lap == 1 &&
		   campaign_runs_moves(run);
}

/* As read again behind whoever else gives away places of the campaign. */
static void
read_locked(const Round *round, Places *places)
{
	campaign_places_lock(places->campaign);
	if (places->deltas > DELTAS_MAX)
		campaign_places_fold(round->workspace, places->campaign);
	campaign_places_read(round->workspace, &places->campaign, 1, places);
}

static const Places *
find(const Places *places, int n, int64 campaign)
{
	int i;

	for (i = 0; i < n; i++)
		if (places[i].campaign == campaign)
			return &places[i];
	return NULL;
}

/* The campaigns of the newcomers, by id, and how it stands with their places; how many. */
static int
read_newcomers(const Runs *runs, Places **places)
{
	const CompiledCampaigns *campaigns = runs->campaigns;
	bool *wanted = palloc0(Max(campaigns->n, 1) * sizeof(bool));
	int64 *ids = palloc(Max(campaigns->n, 1) * sizeof(int64));
	int n = 0;
	int i;

	for (i = 0; i < runs->n; i++)
		if (is_newcomer(&runs->items[i]))
			wanted[runs->items[i].campaign - campaigns->items] = true;
	for (i = 0; i < campaigns->n; i++)
		if (wanted[i])
			ids[n++] = campaigns->items[i].row->id;
	*places = palloc(Max(n, 1) * sizeof(Places));
	if (n > 0)
		campaign_places_read(runs->round->workspace, ids, n, *places);
	return n;
}

static void
block(Ledger *ledger, Run *run)
{
	run->row->status = "blocked";
	run->row->due_at = DT_NOEND;
	run->row->parked_due_at = DT_NOEND;
	run->machine.due_at = DT_NOEND;
	run->changed = true;
	run->campaign->freed++;
	campaign_places_count(&ledger->counters, run->row->campaign, -1);
	campaign_ledger_event(ledger, run, "blocked", 0, ledger->runs->round->now, NULL, NULL);
}

void
campaign_admit_newcomers(Ledger *ledger)
{
	const Runs *runs = ledger->runs;
	Places *places;
	int n = read_newcomers(runs, &places);
	bool full = false;
	int i;

	for (i = 0; i < n; i++)
	{
		int cap = campaign_compiled_find(runs->campaigns, places[i].campaign)->row->active_cap;

		if (places[i].awaited || places[i].taken > cap)
			read_locked(runs->round, &places[i]);
		full |= places[i].taken > cap;
	}
	if (!full)
		return;
	/* all of them: who waits comes in by the order in which they were enrolled, not claimed */
	for (i = 0; i < runs->n; i++)
	{
		Run *run = &runs->items[i];
		const Places *its = is_newcomer(run) ? find(places, n, run->row->campaign) : NULL;

		if (its != NULL && its->taken > run->campaign->row->active_cap)
			block(ledger, run);
	}
}

static void
note_admitted(const Round *round, int64 campaign, const Admitted *admitted, int n)
{
	Counters counters;
	EventLog events;
	int i;

	campaign_counters_init(&counters, round->workspace);
	campaign_places_count(&counters, campaign, n);
	campaign_events_init(&events, round->workspace, round->actor);
	for (i = 0; i < n; i++)
		campaign_events_add(&events, "unblocked", campaign, admitted[i].prospect,
							admitted[i].enrollment, 0, 0, round->now, NULL, NULL);
	campaign_events_write(&events);
	campaign_counters_write(&counters);
}

/* Fills the free places of a campaign without cohorts; how many came in. */
static int
fill(const Round *round, const CampaignRow *campaign)
{
	Places places = {.campaign = campaign->id};
	Admitted *admitted;
	int64 room;
	int n;

	/* engine/cohort lets in who waits for a slot */
	if (campaign->cohort_size >= 0)
		return 0;
	read_locked(round, &places);
	room = campaign->active_cap - places.taken;
	if (room <= 0 || !places.awaited)
		return 0;
	n = campaign_places_fill(round->workspace, campaign->id, (int) Min(room, round->limit),
							 campaign->live, round->now, &admitted);
	if (n == 0)
		return 0;
	note_admitted(round, campaign->id, admitted, n);
	CAMPAIGN_FAULT("admit.filled");
	/* the rest in another round */
	if (n < room && n == round->limit)
		campaign_places_request(round->workspace, &campaign->id, 1);
	campaign_wake_request(WAKE_SCHEDULER);
	return n;
}

int
campaign_admit_freed(const Runs *runs)
{
	const CompiledCampaigns *campaigns = runs->campaigns;
	const CampaignRow **rows = palloc(Max(campaigns->n, 1) * sizeof(CampaignRow *));
	int64 *ids = palloc(Max(campaigns->n, 1) * sizeof(int64));
	Places *places;
	int came = 0;
	int n = 0;
	int i;

	for (i = 0; i < campaigns->n; i++)
	{
		const CompiledCampaign *campaign = &campaigns->items[i];

		if (campaign->freed == 0 || campaign->row->ended)
			continue;
		rows[n] = campaign->row;
		ids[n++] = campaign->row->id;
	}
	if (n == 0)
		return 0;
	places = palloc(n * sizeof(Places));
	campaign_places_read(runs->round->workspace, ids, n, places);
	for (i = 0; i < n; i++)
		if (places[i].awaited)
			came += fill(runs->round, rows[i]);
		else if (places[i].deltas > DELTAS_MAX)
			campaign_places_fold(runs->round->workspace, ids[i]);
	return came;
}

int
campaign_admit_requested(const Round *round, bool *slots_due)
{
	PlaceRequest *requests;
	int n =
		campaign_places_requests(round->workspace, REQUESTS_MAX, round->now, &requests, slots_due);
	CampaignRow *rows;
	int64 *ids;
	int n_rows;
	int came = 0;
	int done = 0;
	int i;
	int j;

	if (n == 0)
		return 0;
	ids = palloc(n * sizeof(int64));
	for (i = 0; i < n; i++)
		ids[i] = requests[i].campaign;
	/* a campaign that a command is just changing is served when that is over */
	n_rows = campaign_campaigns_lock(round->workspace, ids, n, &rows);
	for (i = 0; i < n; i++)
		for (j = 0; j < n_rows; j++)
			if (requests[i].campaign == rows[j].id)
				ids[done++] = requests[i].id;
	campaign_places_answered(round->workspace, ids, done);
	for (j = 0; j < n_rows; j++)
		if (!rows[j].ended)
			came += fill(round, &rows[j]);
	return came;
}

void
campaign_admit_later(const Runs *runs)
{
	const CompiledCampaigns *campaigns = runs->campaigns;
	int64 *ids = palloc(Max(campaigns->n, 1) * sizeof(int64));
	int n = 0;
	int i;

	for (i = 0; i < campaigns->n; i++)
		if (campaigns->items[i].freed > 0 && !campaigns->items[i].row->ended)
			ids[n++] = campaigns->items[i].row->id;
	campaign_places_request(runs->round->workspace, ids, n);
}
