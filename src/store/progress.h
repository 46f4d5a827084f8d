/*
 * progress.h
 *		How far a long call is, for others to see while its transaction is open.
 *
 * Each backend has one entry in shared memory, which it alone writes, without a lock; readers take a
 * copy and look whether it was written meanwhile. An entry is empty again when its call ends, and at
 * the latest with its transaction, whatever becomes of that. Where the library is not preloaded there
 * is no such memory, and nothing is shown.
 *
 * What is shown is said by constants: a phase is a word, not data of anybody's.
 */
#ifndef CAMPAIGN_PROGRESS_H
#define CAMPAIGN_PROGRESS_H

#include "postgres.h"
#include "utils/timestamp.h"

#define PROGRESS_NAME_SIZE 32

typedef struct ProgressShown
{
	int pid;
	Oid database;
	int64 workspace;
	int64 campaign; /* 0 = none */
	char what[PROGRESS_NAME_SIZE];
	char phase[PROGRESS_NAME_SIZE];
	int64 done;
	int64 total; /* 0 = not known */
	TimestampTz started_at;
	TimestampTz phase_at;
} ProgressShown;

/* In _PG_init while preloading: asks for the memory. */
extern void campaign_progress_install(void);

/* A call begins. A call within another one that is shown is a part of that, and says nothing: then false. */
extern bool campaign_progress_begin(const char *what, int64 workspace, int64 campaign);

/* The call that is shown goes on to this phase, of so many rows; nothing if none is shown. */
extern void campaign_progress_phase(const char *phase, int64 total);

/* So much of the phase is done; and one row more, which is shown now and then. */
extern void campaign_progress_done(int64 done);
extern void campaign_progress_row(void);

/* The call that began has ended. */
extern void campaign_progress_end(void);

/* Copies entry i, counted from 0, if a call is shown there; false if there are no more entries. */
extern bool campaign_progress_at(int i, ProgressShown *shown, bool *is_used);

#endif
