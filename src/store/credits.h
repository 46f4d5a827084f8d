/*
 * credits.h
 *		Enrichment credits of a workspace: tables credit and credit_total.
 */
#ifndef CAMPAIGN_CREDITS_H
#define CAMPAIGN_CREDITS_H

#include "postgres.h"
#include "utils/timestamp.h"

typedef struct CreditBooking
{
	int64 action;
	int amount; /* below 0: spent */
} CreditBooking;

/* What is left of the workspace's credits. False if it counts none. */
extern bool campaign_credits_read(int64 workspace, int64 *left);

/* Locks the workspace's credits against other bookings; what is left. False if it counts none. */
extern bool campaign_credits_lock(int64 workspace, int64 *left);

/* Books what actions spend or get back. The caller holds the lock where it spends. */
extern void campaign_credits_book(int64 workspace, const CreditBooking *bookings, int n,
								  const char *reason, TimestampTz now);

/*
 * Gives back what these actions have spent, since they certainly came to nothing, and lets actions go on
 * that were held for want of it.
 */
extern void campaign_credits_refund(int64 workspace, const int64 *actions, int n, TimestampTz now);

#endif
