/*
 * channel_faults.h
 *		Rows of campaign.channel_fault: channels whose server was not reached by the last attempts.
 */
#ifndef CAMPAIGN_CHANNEL_FAULTS_H
#define CAMPAIGN_CHANNEL_FAULTS_H

#include "postgres.h"
#include "utils/timestamp.h"

typedef struct ChannelFault
{
	int64 channel;
	int failures;       /* attempts in a row that did not get through */
	const char *detail; /* why the last one did not; redacted */
} ChannelFault;

/* These could not be reached, beside what is known of them. */
extern void campaign_channel_faults_note(int64 workspace, const ChannelFault *faults, int n,
										 TimestampTz at);

/* These were reached. */
extern void campaign_channel_faults_forget(int64 workspace, const int64 *channels, int n);

#endif
