/*
 * document.h
 *		Asking for many runs at once what the paths of their campaigns say of their prospects.
 *
 * Order of use: open, add for each run that has to know, ask once, and take the answers. Nothing is
 * read where nothing was added, which is so for campaigns whose conditions are all named facts.
 */
#ifndef CAMPAIGN_DOCUMENT_H
#define CAMPAIGN_DOCUMENT_H

#include "postgres.h"

#include "core/machine.h"
#include "engine/compiled.h"
#include "engine/round.h"
#include "store/documents.h"

typedef struct Documents
{
	const Round *round;
	int max; /* so many may be added */
	int n;
	DocumentKey *keys;
	uint64 *paths; /* which each is asked, as bits of states */
	const CompiledCampaign **campaigns;
	MachineStates **answers; /* where each answer goes */
} Documents;

/* Room for so many runs; takes no memory before the first is added. */
extern void campaign_document_open(Documents *documents, const Round *round, int max);

/*
 * Asks these paths (bits of states) for a run, whose states and events the document tells of. The
 * bits that hold are added to *answer when asked, with GRAPH_STATE_PATHS_KNOWN. key without facts.
 */
extern void campaign_document_add(Documents *documents, const CompiledCampaign *campaign,
								  const DocumentKey *key, MachineStates states, uint64 events,
								  uint64 paths, MachineStates *answer);

/* One statement for all that were added; none if there were none. */
extern void campaign_document_ask(Documents *documents);

#endif
