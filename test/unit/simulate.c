/*
 * simulate.c
 *		Random runs through random sequences under a virtual clock: simulate [seeds] [first_seed]; or
 *		one told for others to compare with: simulate --scenario SEED [campaign_id prospect_id].
 *
 * A violation is told by its seed, and shown by living it again with a trace. What a life is, is in
 * world.h.
 */
#include "scenario.h"
#include "unit.h"
#include "world.h"

#include <inttypes.h>
#include <stdlib.h>

/* Tells a violation of this manner of life, by living it again with a trace. */
static void
tell(Manner manner, const char *violation)
{
	static World again;

	printf("# seed %" PRIu64 "%s%s%s: %s\n", manner.seed, manner.events_only ? ", events only" : "",
		   manner.loops ? ", loops" : "", manner.late ? ", late" : "", violation);
	manner.trace = true;
	world_live(&again, manner);
}

int
main(int argc, char **argv)
{
	static World world;
	static World other;
	uint64_t n_seeds = argc > 1 ? strtoull(argv[1], NULL, 10) : 2000;
	uint64_t first = argc > 2 ? strtoull(argv[2], NULL, 10) : 1;
	int bad = 0;
	int different = 0;
	int changed_by_lateness = 0;
	bool all_seen = true;
	char name[160];

	if (argc > 2 && strcmp(argv[1], "--scenario") == 0)
	{
		scenario_tell(stdout, strtoull(argv[2], NULL, 10),
					  argc > 3 ? strtoll(argv[3], NULL, 10) : 0,
					  argc > 4 ? strtoll(argv[4], NULL, 10) : 0);
		return 0;
	}
	for (uint64_t seed = first; seed < first + n_seeds; seed++)
	{
		Manner manner = {.seed = seed, .loops = seed % 4 == 0, .late = seed % 3 != 0};

		world_live(&world, manner);
		if (world.violation != NULL && bad++ < 3)
			tell(manner, world.violation);
		world_live(&other, manner);
		different += world.hash != other.hash;

		manner.events_only = true;
		manner.late = false;
		world_live(&world, manner);
		if (world.violation != NULL && bad++ < 3)
			tell(manner, world.violation);
		manner.late = true;
		world_live(&other, manner);
		if (other.violation != NULL && bad++ < 3)
			tell(manner, other.violation);
		if (world.hash != other.hash && changed_by_lateness++ < 1)
		{
			tell(manner, "lateness changes what happens; in time, it is:");
			manner.late = false;
			tell(manner, "as it should be");
		}
	}

	snprintf(name, sizeof(name), "B5: %" PRIu64 " seeds keep every invariant, and end exactly once",
			 n_seeds);
	IS(bad, 0, name);
	IS(different, 0, "the same seed lives the same life");
	IS(changed_by_lateness, 0,
	   "S2.32: what happens by time and events does not depend on lateness");
	for (int i = 0; i <= MACHINE_ENDED; i++)
		all_seen &= world_seen_effects[i] > 0;
	for (int i = END_SUCCESS; i <= END_ARCHIVED; i++)
		all_seen &= world_seen_ends[i] > 0;
	for (int i = 0; i <= GRAPH_END; i++)
		all_seen &= world_seen_kinds[i] > 0;
	OK(all_seen || n_seeds < 100,
	   "every kind of step, every effect and every end came to pass (S2.22, S2.23)");
	return unit_done();
}
