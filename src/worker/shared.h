/*
 * shared.h
 *		What the processes of campaign know of each other: shared memory, and nothing in it that does
 *		not hold for every process (no descriptor, no pointer into a process).
 *
 * One entry for each database that has the extension or is being looked at, with a slot for each
 * process that it may have. A slot outlives its process: it carries how often the process failed and
 * when the launcher may start it again. All of it is guarded by one lock; functions below that want
 * it held assert so. Only work_pending is atomic and set by sessions that commit.
 *
 * Life of a slot: free -> starting (the launcher has registered a worker) -> running (the worker has
 * attached) -> free. generation is raised at each start, so that a worker that comes too late, or
 * leaves late, does not touch its successor's slot.
 */
#ifndef CAMPAIGN_SHARED_H
#define CAMPAIGN_SHARED_H

#include "postgres.h"
#include "port/atomics.h"
#include "storage/lwlock.h"
#include "storage/proc.h"
#include "store/settings.h"
#include "utils/timestamp.h"

#define SHARED_STATUS_SIZE 96
/* In this order: schedulers, dispatchers, the two readers. */
#define SHARED_SLOTS_EACH (SETTINGS_SCHEDULERS_MAX + SETTINGS_DISPATCHERS_MAX + 2)

/* Databases that are looked at, beside campaign.max_databases that are served. */
#define SHARED_PROBES 4

typedef enum ProcessKind
{
	PROCESS_LAUNCHER,
	PROCESS_SCHEDULER,
	PROCESS_DISPATCHER,
	PROCESS_READER,        /* of audiences that are quick to look at, */
	PROCESS_LENGTHY_READER /* and of those that are not */
} ProcessKind;

/* As users meet it: launcher, scheduler, dispatcher, reader, lengthy reader. */
extern const char *campaign_shared_kind_name(ProcessKind kind);

typedef enum SlotState
{
	SLOT_FREE,
	SLOT_STARTING,
	SLOT_RUNNING
} SlotState;

typedef struct ProcessCounts
{
	int64 rounds; /* transactions that did work or looked for it */
	int64 steps;  /* rows that rounds took */
	int64 sends;  /* requests handed to the network */
	int64 errors; /* rounds that failed */
} ProcessCounts;

typedef struct ProcessSlot
{
	SlotState state;
	uint32 generation;
	ProcessKind kind;
	Oid database;
	int index;    /* among those of its kind in the database */
	bool wanted;  /* should run; shown although it does not */
	pid_t pid;    /* while running */
	PGPROC *proc; /* while running */
	TimestampTz reserved_at;
	TimestampTz started_at;
	TimestampTz heartbeat;
	TimestampTz not_before; /* the launcher starts it no earlier */
	int failures;           /* starts in a row that came to nothing */
	bool no_place;          /* max_worker_processes was used up when it was to be started last */
	bool settled;           /* this process has done a round: what ends it now is no failed start */
	bool member;            /* does its part of the work that those of its kind share */
	int64 incarnation;      /* of a dispatcher */
	ProcessCounts counts;
	char status[SHARED_STATUS_SIZE];
	pg_atomic_uint32 work_pending;
} ProcessSlot;

typedef enum DatabaseState
{
	DATABASE_UNKNOWN, /* its scheduler is to find out */
	DATABASE_PRESENT, /* has the extension */
	DATABASE_ABSENT   /* has not: the launcher forgets the entry when the processes have left */
} DatabaseState;

typedef struct DatabaseEntry
{
	Oid database; /* InvalidOid = free */
	DatabaseState state;
	pg_atomic_uint32 requests; /* how often somebody asked to look again */
	pg_atomic_uint32 limits;   /* how often what may be sent has changed */
	pg_atomic_uint32 departed; /* how many dispatchers have ended */
	bool reads;                /* campaigns have used audiences: there is to be a reader, */
	bool reads_lengthy;        /* and one of those that are lengthy */
	ProcessSlot slots[SHARED_SLOTS_EACH];
} DatabaseEntry;

typedef struct SharedState
{
	LWLock *lock;
	bool look_everywhere; /* a request found no free entry */
	ProcessSlot launcher;
	int n_entries;
	DatabaseEntry entries[FLEXIBLE_ARRAY_MEMBER];
} SharedState;

/* In _PG_init while preloading: asks for the memory. */
extern void campaign_shared_install(void);

/* NULL if the library was not preloaded. */
extern SharedState *campaign_shared_state(void);

extern void campaign_shared_lock(LWLockMode mode);
extern void campaign_shared_unlock(void);

/* The lock has to be held for the following, exclusively where they write. */
extern DatabaseEntry *campaign_shared_find(Oid database);
extern DatabaseEntry *campaign_shared_add(Oid database); /* NULL = no entry is free */
extern void campaign_shared_remove(DatabaseEntry *entry);
extern bool campaign_shared_is_quiet(const DatabaseEntry *entry); /* no process has it */
extern ProcessSlot *campaign_shared_slot(ProcessKind kind, Oid database, int index);
extern void campaign_shared_wake(ProcessSlot *slot);

/* A scheduler or dispatcher has come or gone: the others share the work anew, and see to what it left. */
extern void campaign_shared_regroup(const ProcessSlot *slot, bool gone);

/*
 * When a process may be started again that was ended, or that has failed to start so many times in a
 * row. Not before DROP DATABASE, which ends the processes of a database and then waits 5 s for them
 * to be gone, has had its chance.
 */
extern TimestampTz campaign_shared_restart_at(int failures);

/* These take the lock themselves. */

/* The clock was set back: nothing was reserved later than now, nor is to wait for longer. */
extern void campaign_shared_hasten(TimestampTz now);

/* How often was it asked to look again for the extension in this database? */
extern uint32 campaign_shared_requests(Oid database);

/* How often has what may be sent from this database changed? */
extern uint32 campaign_shared_limits(Oid database);

/*
 * Which schedulers or dispatchers of this database are at work, as bits by their index: those that are
 * wanted, and have come as far as to do their part. Who is not there is not waited for.
 */
extern uint32 campaign_shared_members(ProcessKind kind, Oid database);

/* How many dispatchers of this database have ended? */
extern uint32 campaign_shared_departed(Oid database);

/* Campaigns of this database use audiences: the launcher is to start this reader of them, if it has none. */
extern void campaign_shared_read(Oid database, ProcessKind reader);

/* Is this process wanting because there is no place for it? */
extern bool campaign_shared_no_place(ProcessKind kind, Oid database);

/*
 * What a process found: the extension is there (false: campaign.max_databases are served already), or
 * it is not. The latter counts only if nobody has asked since: an older process that leaves late says
 * nothing of an extension that has been made anew meanwhile.
 */
extern bool campaign_shared_present(Oid database);
extern void campaign_shared_absent(Oid database, uint32 requests);

#endif
