/*
 * test_scenario.c
 *		Scenarios are told the same each time, and tell something.
 */
#include "scenario.h"
#include "unit.h"

#include <stdlib.h>

#define SEEDS 500

static char *
told(uint64_t seed, int64_t prospect, int *lines)
{
	char *text = NULL;
	size_t length = 0;
	FILE *out = open_memstream(&text, &length);

	*lines = scenario_tell(out, seed, 1000, prospect);
	fclose(out);
	return text;
}

int
main(void)
{
	static const char *const parts[] = {
		"action_executed", "delay_started",    "wait_started",   "wait_timed_out",
		"split_drawn",     "action_prevented", "end=success",    "end=failure",
		"end=end",         "end=error",        "end=removed",    "code=replied",
		"business days",   "next day",         "attributes_set", "\"goto\""};
	int seen[sizeof(parts) / sizeof(parts[0])] = {0};
	int different = 0;
	int other_way = 0;
	int silent = 0;

	for (uint64_t seed = 1; seed <= SEEDS; seed++)
	{
		int lines;
		char *first = told(seed, 1000, &lines);
		char *second = told(seed, 1000, &lines);
		char *third = told(seed, 1001, &lines);

		different += strcmp(first, second) != 0;
		other_way += strcmp(first, third) != 0;
		silent += lines == 0;
		for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
			seen[i] += strstr(first, parts[i]) != NULL;
		free(first);
		free(second);
		free(third);
	}
	IS(different, 0, "a scenario is told the same each time");
	IS(silent, 0, "each has a trace");
	OK(other_way > 0, "another prospect may be drawn another way (B14)");
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		OK(seen[i] > 0, parts[i]);
	return unit_done();
}
