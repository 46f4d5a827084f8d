/*
 * transaction.h
 *		One transaction of a worker, with all that has to hold before a round may run in it.
 *
 * The extension is locked against DROP EXTENSION (which wins: we never queue behind it), is the one
 * that this process began with, and has the version of this library; the current user is its owner.
 * An error is logged, counted and swallowed: the caller backs off.
 */
#ifndef CAMPAIGN_TRANSACTION_H
#define CAMPAIGN_TRANSACTION_H

#include "worker/process.h"

typedef enum TransactionResult
{
	TRANSACTION_DONE,    /* committed */
	TRANSACTION_FAILED,  /* rolled back by an error */
	TRANSACTION_BUSY,    /* not begun: somebody alters or drops the extension */
	TRANSACTION_UNFIT,   /* not begun: library and extension are of different versions */
	TRANSACTION_GONE,    /* not begun: no such extension here */
	TRANSACTION_REPLACED /* not begun: it was dropped and made anew */
} TransactionResult;

/* Runs in the round's context, whose contents live until the next transaction begins. */
typedef void (*TransactionBody)(void *arg);

/*
 * Returns in the turn's context. durable: the commit is on disk, and with a synchronous standby,
 * when this returns.
 */
extern TransactionResult campaign_transaction_run(Process *process, const char *activity,
												  bool durable, TransactionBody body, void *arg);

/*
 * For results that a loop does not go on with: waits a little (BUSY), until the safety poll (UNFIT),
 * or ends the process (GONE, REPLACED). Gives the instant to try again; not for DONE and FAILED.
 */
extern TimestampTz campaign_transaction_retreat(Process *process, TransactionResult result);

#endif
