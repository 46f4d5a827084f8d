/*
 * jumps.c
 *		Whether the wall clock has been set meanwhile.
 */
#include "worker/jumps.h"

#include <time.h>

#include "utils/timestamp.h"

/* Clocks are kept right by little all the time. */
#define LITTLE_USEC USECS_PER_SEC

#ifdef CLOCK_BOOTTIME
#define STEADY_CLOCK CLOCK_BOOTTIME
#else
#define STEADY_CLOCK CLOCK_MONOTONIC
#endif

int64
campaign_jumps_look(Jumps *jumps)
{
	Jumps before = *jumps;
	struct timespec steady;
	int64 jump;

	clock_gettime(STEADY_CLOCK, &steady);
	jumps->steady = (int64) steady.tv_sec * USECS_PER_SEC + steady.tv_nsec / 1000;
	jumps->wall = GetCurrentTimestamp();
	if (before.steady == 0)
		return 0;
	jump = (jumps->wall - before.wall) - (jumps->steady - before.steady);
	return jump > LITTLE_USEC || jump < -LITTLE_USEC ? jump : 0;
}
