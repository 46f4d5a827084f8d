/*
 * fault.c
 *		Places in the code where a test can have the process fail.
 */
#include "store/fault.h"

#ifdef CAMPAIGN_FAULTS

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include "miscadmin.h"
#include "storage/fd.h"
#include "utils/memutils.h"

/* Processes run in the data directory. */
#define PLAN "campaign.faults"
#define PLAN_NEXT "campaign.faults.next"
#define PLAN_MAX 4096

/* The whole plan as text; false if there is none. */
static bool
read_plan(char *plan)
{
	int fd = OpenTransientFile(PLAN, O_RDONLY | PG_BINARY);
	ssize_t length;

	if (fd < 0)
		return false;
	length = read(fd, plan, PLAN_MAX - 1);
	CloseTransientFile(fd);
	plan[Max(length, 0)] = '\0';
	return length > 0;
}

/* Whoever looks meanwhile sees the old plan or the new one. */
static void
write_plan(const char *plan)
{
	int fd;

	if (plan[0] == '\0')
	{
		(void) unlink(PLAN);
		return;
	}
	fd = OpenTransientFile(PLAN_NEXT, O_WRONLY | O_CREAT | O_TRUNC | PG_BINARY);
	if (fd < 0 || write(fd, plan, strlen(plan)) < 0)
		elog(PANIC, "could not write %s: %m", PLAN_NEXT);
	CloseTransientFile(fd);
	if (rename(PLAN_NEXT, PLAN) != 0)
		elog(PANIC, "could not rename %s: %m", PLAN_NEXT);
}

/* ---- memory of what knows no PostgreSQL ---------------------------------------- */

/* The linker gives our calls of these to the first of each pair, see Makefile. */
extern void *__wrap_malloc(size_t size);
extern void *__wrap_calloc(size_t n, size_t size);
extern void *__wrap_realloc(void *old, size_t size);
extern char *__wrap_strdup(const char *text);
extern void *__real_malloc(size_t size);
extern void *__real_calloc(size_t n, size_t size);
extern void *__real_realloc(void *old, size_t size);
extern char *__real_strdup(const char *text);

/* Of the process, as the allocator is: the next request is to be refused, or was. */
static enum { MEMORY_GIVEN, MEMORY_TO_REFUSE, MEMORY_REFUSED } memory = MEMORY_GIVEN;

static bool
refuses(void)
{
	if (memory != MEMORY_TO_REFUSE)
		return false;
	memory = MEMORY_REFUSED;
	errno = ENOMEM;
	return true;
}

void *
__wrap_malloc(size_t size)
{
	return refuses() ? NULL : __real_malloc(size);
}

void *
__wrap_calloc(size_t n, size_t size)
{
	return refuses() ? NULL : __real_calloc(n, size);
}

void *
__wrap_realloc(void *old, size_t size)
{
	return refuses() ? NULL : __real_realloc(old, size);
}

char *
__wrap_strdup(const char *text)
{
	return refuses() ? NULL : __real_strdup(text);
}

/* ---- striking ------------------------------------------------------------------ */

static void
strike(const char *kind, const char *point)
{
	ereport(LOG, errmsg("fault at %s: %s", point, kind));
	if (strcmp(kind, "malloc") == 0)
	{
		memory = MEMORY_TO_REFUSE;
		return;
	}
	/* more than there is: the allocator itself says so */
	if (strcmp(kind, "memory") == 0)
		(void) MemoryContextAllocHuge(CurrentMemoryContext, MaxAllocHugeSize / 2);
	if (strcmp(kind, "kill") == 0)
	{
		(void) kill(MyProcPid, SIGKILL);
		for (;;)
			pause();
	}
	if (strcmp(kind, "fatal") == 0)
		ereport(FATAL, errcode(ERRCODE_INTERNAL_ERROR), errmsg("planned failure at %s", point));
	ereport(ERROR, errcode(ERRCODE_INTERNAL_ERROR), errmsg("planned failure at %s", point));
}

void
campaign_fault_pass(const char *point)
{
	char plan[PLAN_MAX];
	char kind[16];
	char armed[64];
	char *rest;
	int passes = 0;

	if (memory == MEMORY_REFUSED)
	{
		memory = MEMORY_GIVEN;
		ereport(LOG, errmsg("memory was refused"));
	}
	if (!read_plan(plan))
		return;
	rest = strchr(plan, '\n');
	if (rest == NULL)
		return;
	*rest++ = '\0';
	if (sscanf(plan, "%15s %63s %d", kind, armed, &passes) < 2 || strcmp(armed, point) != 0)
		return;
	if (passes > 0)
	{
		char next[PLAN_MAX + 128];

		snprintf(next, sizeof(next), "%s %s %d\n%s", kind, armed, passes - 1, rest);
		write_plan(next);
		return;
	}
	write_plan(rest);
	strike(kind, point);
}

void
campaign_fault_pass_committed(const char *activity)
{
	char point[64];
	const char *name = strchr(activity, ' ');

	snprintf(point, sizeof(point), "%s.committed", name == NULL ? activity : name + 1);
	campaign_fault_pass(point);
}

#endif
