/*
 * enrollment_accounts.h
 *		Rows of campaign.enrollment_account: the account that a run uses for a channel class.
 */
#ifndef CAMPAIGN_ENROLLMENT_ACCOUNTS_H
#define CAMPAIGN_ENROLLMENT_ACCOUNTS_H

#include "postgres.h"

typedef struct EnrollmentAccount
{
	int64 enrollment;
	const char *channel_class;
	int64 account;
} EnrollmentAccount;

/* Of these enrollments, ordered by enrollment. */
extern int campaign_enrollment_accounts_read(int64 workspace, const int64 *enrollments, int n,
											 EnrollmentAccount **rows);

/* Of runs that are locked in this transaction; they have none for these classes yet. */
extern void campaign_enrollment_accounts_add(int64 workspace, const EnrollmentAccount *rows, int n);

#endif
