/*
 * test_frequency.c
 *		How soon a person may be contacted again (B15).
 */
#include "core/frequency.h"
#include "unit.h"

int
main(void)
{
	static const Instant days[] = {1 * INSTANT_DAY, 3 * INSTANT_DAY, 4 * INSTANT_DAY};
	FrequencyRule none = {0, 0, 0};
	FrequencyRule gap = {2 * INSTANT_DAY, 0, 0};
	FrequencyRule cap = {0, 2, 7 * INSTANT_DAY};
	FrequencyRule both = {6 * INSTANT_DAY, 2, 5 * INSTANT_DAY};

	IS(campaign_frequency_earliest(&none, days, 3, 5), 5, "without a rule, now");
	IS(campaign_frequency_earliest(&gap, days, 0, 5), 5, "the first contact is never too early");
	IS(campaign_frequency_earliest(&gap, days, 3, 4 * INSTANT_DAY + 1), 6 * INSTANT_DAY,
	   "B15: a gap counts from the last, to the microsecond");
	IS(campaign_frequency_earliest(&gap, days, 3, 6 * INSTANT_DAY), 6 * INSTANT_DAY,
	   "and is over when it is over");
	IS(campaign_frequency_earliest(&gap, days, 3, 0), 6 * INSTANT_DAY,
	   "also where the clock has gone back");
	IS(campaign_frequency_earliest(&cap, days, 1, 2 * INSTANT_DAY), 2 * INSTANT_DAY,
	   "below the cap, now");
	IS(campaign_frequency_earliest(&cap, days, 3, 5 * INSTANT_DAY), 10 * INSTANT_DAY,
	   "B15: at the cap, when the last but one is a week old");
	IS(campaign_frequency_earliest(&both, days, 3, 5 * INSTANT_DAY), 10 * INSTANT_DAY,
	   "of a gap and a cap the later holds");
	return unit_done();
}
