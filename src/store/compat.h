/*
 * compat.h
 *		What the versions of PostgreSQL that campaign is built for, 15 to 18, call by different names.
 *		No other file of the source asks for the server's version.
 */
#ifndef CAMPAIGN_COMPAT_H
#define CAMPAIGN_COMPAT_H

#include "postgres.h"
#include "catalog/pg_database.h"
#include "storage/latch.h"
#include "storage/proc.h"
#include "utils/acl.h"
#include "utils/datetime.h"
#include "utils/guc.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"
#if PG_VERSION_NUM < 170000
#include "storage/backendid.h"
#endif

/* What pg_b64_encode() reads and pg_b64_decode() writes. */
#if PG_VERSION_NUM >= 180000
typedef uint8 Base64Byte;
#else
typedef char Base64Byte;
#endif

/* This backend among all, from 0 to MaxBackends - 1; -1 in a process that is none. */
static inline int
compat_backend_number(void)
{
#if PG_VERSION_NUM >= 170000
	return MyProcNumber;
#else
	return MyBackendId == InvalidBackendId ? -1 : MyBackendId - 1;
#endif
}

/* The transaction of this backend, also one that has written nothing. */
static inline LocalTransactionId
compat_local_transaction(void)
{
#if PG_VERSION_NUM >= 170000
	return MyProc->vxid.lxid;
#else
	return MyProc->lxid;
#endif
}

static inline bool
compat_owns_database(Oid database, Oid user)
{
#if PG_VERSION_NUM >= 160000
	return object_ownercheck(DatabaseRelationId, database, user);
#else
	return pg_database_ownercheck(database, user);
#endif
}

/* One that lasts as long as the process. */
static inline WaitEventSet *
compat_wait_set(int events)
{
#if PG_VERSION_NUM >= 170000
	return CreateWaitEventSet(NULL, events);
#else
	return CreateWaitEventSet(TopMemoryContext, events);
#endif
}

/* An interval without end, which came with 17, and before is no interval. */
static inline bool
compat_endless(const Interval *interval)
{
#if PG_VERSION_NUM >= 170000
	return INTERVAL_NOT_FINITE(interval);
#else
	return false;
#endif
}

/* A setting's own memory: a check hook may put a copy in the place of the value. NULL: no memory. */
static inline char *
compat_setting_copy(const char *value)
{
#if PG_VERSION_NUM >= 160000
	return guc_strdup(LOG, value);
#else
	return strdup(value);
#endif
}

static inline void
compat_setting_free(char *value)
{
#if PG_VERSION_NUM >= 160000
	guc_free(value);
#else
	free(value);
#endif
}

/* DecodeDateTime(), of whose failures nothing is told. */
static inline int
compat_decode_date(char **fields, int *types, int count, int *kind, struct pg_tm *tm,
				   fsec_t *fraction, int *west)
{
#if PG_VERSION_NUM >= 160000
	DateTimeErrorExtra extra;

	return DecodeDateTime(fields, types, count, kind, tm, fraction, west, &extra);
#else
	return DecodeDateTime(fields, types, count, kind, tm, fraction, west);
#endif
}

#endif
