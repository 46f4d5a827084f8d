/*
 * isolation.h
 *		Work on many things of which one may fail by itself: it is found and held, the others go on.
 */
#ifndef CAMPAIGN_ISOLATION_H
#define CAMPAIGN_ISOLATION_H

#include "postgres.h"

/*
 * Does work in a subtransaction. NULL if it went well; else everything of it is undone, and what is
 * returned says why ("23514: ..."). A fault of the round is thrown on, and the caller's transaction
 * fails as a whole: connection, transaction state, deadlock, names, resources, limits, locks, shutdown,
 * system, corruption.
 */
extern char *campaign_isolation_try(void (*work)(void *arg), void *arg);

typedef struct IsolatedWork
{
	/* Does the work on things first .. first + n - 1. Called again for parts of them: changes none. */
	int (*apply)(void *arg, int first, int n);
	/* This one fails by itself: takes it out of the way. */
	void (*hold)(void *arg, int which, const char *reason);
	void *arg;
} IsolatedWork;

/* Applies work to n things, bisecting to those that fail by themselves; how much was done. */
extern int campaign_isolation_bisect(const IsolatedWork *work, int n);

#endif
