/*
 * solicitations.h
 *		Whom other campaigns of the same name and program have reached (D16).
 */
#ifndef CAMPAIGN_SOLICITATIONS_H
#define CAMPAIGN_SOLICITATIONS_H

#include "postgres.h"

typedef enum Solicited
{
	SOLICITED_NOT,
	SOLICITED_UNDER_WAY, /* what one of them sends has no outcome yet */
	SOLICITED_SENT
} Solicited;

/* A run that is about to be sent something. */
typedef struct SolicitedRun
{
	int64 campaign;
	int64 prospect;
	int64 enrollment;
} SolicitedRun;

/* Of each run; SOLICITED_NOT of one that has reached its person itself already. */
extern void campaign_solicitations_find(int64 workspace, const SolicitedRun *runs, int n,
										Solicited *found);

#endif
