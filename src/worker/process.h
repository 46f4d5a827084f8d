/*
 * process.h
 *		A worker process: how it starts, what it shows of itself, how it rests and leaves.
 *
 * Exit codes: 0 = not needed here any more, or not needed yet; 1 = ended by a signal or an error, to
 * be started again; never more, since the postmaster takes that for a crash of the server.
 */
#ifndef CAMPAIGN_PROCESS_H
#define CAMPAIGN_PROCESS_H

#include "postgres.h"
#include "storage/latch.h"
#include "store/arming.h"
#include "utils/timestamp.h"
#include "worker/jumps.h"
#include "worker/shared.h"

/* What the launcher tells a worker, in bgw_extra. */
typedef struct ProcessTicket
{
	ProcessKind kind;
	Oid database;
	int index;
	uint32 generation; /* of the slot; of the launcher's, none */
} ProcessTicket;

typedef struct Process
{
	ProcessTicket ticket;
	ProcessSlot *slot;
	char database_name[NAMEDATALEN];
	MemoryContext life;  /* as long as the process */
	MemoryContext turn;  /* reset at each rest */
	MemoryContext round; /* reset at each transaction's beginning */
	WaitEventSet *wait;
	Oid extension;   /* InvalidOid until it was seen */
	uint32 requests; /* campaign_shared_requests when the extension was last looked for */
	ProcessCounts counts;
	int last_fault; /* SQLSTATE of the fault that was logged last */
	TimestampTz last_fault_at;
	TimestampTz trimmed_at;
	Jumps jumps;
	bool set_back; /* the clock, and the process has not asked yet */
	char status[SHARED_STATUS_SIZE];
} Process;

/*
 * Starts up the process of MyBgworkerEntry: signals, slot, connection, settings. Returns in the
 * process's context, or not at all if the launcher expects another process in its place.
 */
extern Process *campaign_process_start(void);

/* Waits for this descriptor too from now on. */
extern void campaign_process_watch(Process *process, pgsocket descriptor);

/* What is shown of this process until it says otherwise. */
extern void campaign_process_says(Process *process, const char *format, ...)
	pg_attribute_printf(2, 3);

/* That it is idle; and if nothing may leave this database, why. */
extern void campaign_process_says_arming(Process *process, const Arming *arming);

/* Was this process woken since it last asked? To be asked before it looks for work. */
extern bool campaign_process_woken(Process *process);

/*
 * Publishes state and counts, forgets the memory of the turn, and waits until then, for a wake-up
 * or for the descriptor. Does not wait if it was woken already.
 */
extern void campaign_process_rest(Process *process, TimestampTz until);

/*
 * Was the clock set back since the process last asked? Then it asks for all at once, and forgets until when it
 * wanted to leave something alone.
 */
extern bool campaign_process_set_back(Process *process);

/* The safety poll after a look at that instant. */
extern TimestampTz campaign_process_poll(TimestampTz looked_at);

/* Which part of the work that schedulers or dispatchers of a database share is this process's. */
typedef struct WorkShare
{
	uint32 members; /* bits by index */
	int parts;      /* how many they are */
	int part;       /* which of them this is, from 0; 0 also does what one alone is to do */
} WorkShare;

/* From now on it does its part. */
extern void campaign_process_join(Process *process);

/* Who is at work now; true if that has changed. */
extern bool campaign_process_regroup(const Process *process, WorkShare *share);

/* Publishes the incarnation of a dispatcher. */
extern void campaign_process_incarnate(Process *process, int64 incarnation);

#endif
