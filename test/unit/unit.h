/*
 * unit.h
 *		The harness of the unit tests: checks that print TAP. One program is one test file; it ends
 *		with "return unit_done();".
 *
 * The name of a check states the claim that it shows. A failure prints where it stands and what was
 * found, and the program goes on.
 */
#ifndef CAMPAIGN_UNIT_H
#define CAMPAIGN_UNIT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

static int unit_count;
static int unit_failures;

static inline bool
unit_report(bool good, const char *file, int line, const char *name)
{
	unit_count++;
	printf("%s %d - %s\n", good ? "ok" : "not ok", unit_count, name);
	if (!good)
	{
		unit_failures++;
		printf("# failed at %s:%d\n", file, line);
	}
	fflush(stdout);
	return good;
}

static inline bool
unit_report_int(int64_t got, int64_t wanted, const char *file, int line, const char *name)
{
	bool good = unit_report(got == wanted, file, line, name);

	if (!good)
		printf("#    got: %lld\n# wanted: %lld\n", (long long) got, (long long) wanted);
	return good;
}

static inline bool
unit_report_text(const char *got, const char *wanted, const char *file, int line, const char *name)
{
	bool same = got == NULL || wanted == NULL ? got == wanted : strcmp(got, wanted) == 0;
	bool good = unit_report(same, file, line, name);

	if (!good)
		printf("#    got: %s\n# wanted: %s\n", got ? got : "(null)", wanted ? wanted : "(null)");
	return good;
}

/* Prints the plan; what main() returns. */
static inline int
unit_done(void)
{
	printf("1..%d\n", unit_count);
	if (unit_failures > 0)
		printf("# %d of %d failed\n", unit_failures, unit_count);
	return unit_failures > 0 ? 1 : 0;
}

#define OK(condition, name) unit_report((condition), __FILE__, __LINE__, (name))
#define IS(got, wanted, name)                                                                      \
	unit_report_int((int64_t) (got), (int64_t) (wanted), __FILE__, __LINE__, (name))
#define IS_TEXT(got, wanted, name) unit_report_text((got), (wanted), __FILE__, __LINE__, (name))

#endif
