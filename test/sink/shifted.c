/*
 * shifted.c
 *		A wall clock that a test sets while programs run: preloaded (LD_PRELOAD) into a server, it adds to
 *		each time of day the seconds that stand, as a number of eight bytes, in the file that
 *		CAMPAIGN_CLOCK_SHIFT names. Clocks that nobody can set are as they are.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static const volatile int64_t *shift;

__attribute__((constructor)) static void
find_shift(void)
{
	const char *name = getenv("CAMPAIGN_CLOCK_SHIFT");
	int file = name == NULL ? -1 : open(name, O_RDONLY | O_CLOEXEC);
	void *place;

	if (file < 0)
		return;
	place = mmap(NULL, sizeof(*shift), PROT_READ, MAP_SHARED, file, 0);
	if (place != MAP_FAILED)
		shift = place;
	close(file);
}

static time_t
shifted(time_t seconds)
{
	return shift == NULL ? seconds : seconds + (time_t) *shift;
}

int
clock_gettime(clockid_t clock, struct timespec *now)
{
	int (*real)(clockid_t, struct timespec *);
	int result;

	*(void **) &real = dlsym(RTLD_NEXT, "clock_gettime");
	result = real(clock, now);
	if (result == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE))
		now->tv_sec = shifted(now->tv_sec);
	return result;
}

int
gettimeofday(struct timeval *restrict now, void *restrict zone)
{
	struct timespec exact;

	(void) zone;
	if (clock_gettime(CLOCK_REALTIME, &exact) != 0)
		return -1;
	now->tv_sec = exact.tv_sec;
	now->tv_usec = exact.tv_nsec / 1000;
	return 0;
}

time_t
time(time_t *now)
{
	struct timespec exact;

	(void) clock_gettime(CLOCK_REALTIME, &exact);
	if (now != NULL)
		*now = exact.tv_sec;
	return exact.tv_sec;
}
