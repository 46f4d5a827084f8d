/*
 * subtransaction.h
 *		Work that may fail without the transaction around it.
 */
#ifndef CAMPAIGN_SUBTRANSACTION_H
#define CAMPAIGN_SUBTRANSACTION_H

#include "postgres.h"

/*
 * Does work in a subtransaction. NULL if it went well; else everything of it is undone, and what is
 * returned is the error, in the current context, which the caller may throw on by ReThrowError().
 */
extern ErrorData *campaign_subtransaction_try(void (*work)(void *arg), void *arg);

#endif
