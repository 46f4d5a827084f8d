/*
 * accounts.h
 *		Rows of campaign.account, as far as the system itself changes them.
 */
#ifndef CAMPAIGN_ACCOUNTS_H
#define CAMPAIGN_ACCOUNTS_H

#include "postgres.h"

/*
 * Servers do not let them in, for what codes say, each in its place: nothing more is sent from them until somebody connects them again. One
 * that a user has locked is passed over: the next refusal says the same.
 */
extern void campaign_accounts_disconnect(int64 workspace, const int64 *ids,
										 const char *const *codes, int n);

#endif
