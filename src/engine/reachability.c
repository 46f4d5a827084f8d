/*
 * reachability.c
 *		Whether attempts get through to the servers of channels.
 */
#include "engine/reachability.h"

#include "core/retry_mail.h"
#include "store/channel_faults.h"

typedef enum Reach
{
	REACH_UNKNOWN,
	REACH_FAILED, /* nobody was there, or nobody who could be trusted */
	REACH_THROUGH
} Reach;

/* What the outcomes say of one channel. */
typedef struct ChannelReach
{
	ChannelFault fault;
	bool reached;
	bool doubted; /* it could not be reached when one of them was started */
} ChannelReach;

static Reach
reach_of_mail(const DeliveredMail *mail, int status)
{
	if (mail->end != RETRY_MAIL_BEFORE_DOT || status != 0)
		return REACH_THROUGH;
	return mail->stage == RETRY_MAIL_OF_SESSION ? REACH_FAILED : REACH_UNKNOWN;
}

static Reach
reach_of(const DeliveryOutcome *outcome)
{
	if (outcome->mail != NULL)
		return reach_of_mail(outcome->mail, outcome->status);
	switch ((RetryTransport) outcome->transport)
	{
		case RETRY_TRANSPORT_NOT_CONNECTED:
			return REACH_FAILED;
		case RETRY_TRANSPORT_OK:
		case RETRY_TRANSPORT_CUT:
		case RETRY_TRANSPORT_TOO_LARGE:
			return REACH_THROUGH;
		case RETRY_TRANSPORT_OTHER:
			break;
	}
	return REACH_UNKNOWN;
}

static ChannelReach *
find_channel(ChannelReach *channels, int *n, int64 id)
{
	int i;

	for (i = 0; i < *n; i++)
		if (channels[i].fault.channel == id)
			return &channels[i];
	channels[i] = (ChannelReach){.fault = {.channel = id}};
	(*n)++;
	return &channels[i];
}

static bool
is_news(const DeliveryOutcome *outcome)
{
	Reach reach = reach_of(outcome);

	return reach == REACH_FAILED || (reach == REACH_THROUGH && outcome->doubted);
}

/* Of each channel that there is news of: in a batch of which one got through, it was reached. */
static int
gather(const DeliveryOutcome *outcomes, int n, ChannelReach *channels)
{
	int n_channels = 0;
	int i;

	for (i = 0; i < n; i++)
		if (is_news(&outcomes[i]))
		{
			ChannelReach *channel = find_channel(channels, &n_channels, outcomes[i].channel);

			if (reach_of(&outcomes[i]) == REACH_FAILED)
			{
				channel->fault.failures++;
				channel->fault.detail = outcomes[i].detail;
			}
			channel->doubted |= outcomes[i].doubted;
		}
	if (n_channels == 0)
		return 0;
	for (i = 0; i < n; i++)
		if (reach_of(&outcomes[i]) == REACH_THROUGH)
			find_channel(channels, &n_channels, outcomes[i].channel)->reached = true;
	return n_channels;
}

void
campaign_reachability_note(int64 workspace, const DeliveryOutcome *outcomes, int n, TimestampTz now)
{
	ChannelReach *channels = palloc(Max(n, 1) * sizeof(ChannelReach));
	ChannelFault *failed = palloc(Max(n, 1) * sizeof(ChannelFault));
	int64 *reached = palloc(Max(n, 1) * sizeof(int64));
	int n_channels = gather(outcomes, n, channels);
	int n_failed = 0;
	int n_reached = 0;
	int i;

	for (i = 0; i < n_channels; i++)
	{
		if (!channels[i].reached)
			failed[n_failed++] = channels[i].fault;
		else if (channels[i].doubted)
			reached[n_reached++] = channels[i].fault.channel;
	}
	campaign_channel_faults_note(workspace, failed, n_failed, now);
	campaign_channel_faults_forget(workspace, reached, n_reached);
}
