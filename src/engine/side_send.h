/*
 * side_send.h
 *		One message that leaves by the network beside the queue: a text that is sent for trial, or what a
 *		member is told. It takes no place, waits for no quota, counts nothing and reports to no run.
 */
#ifndef CAMPAIGN_SIDE_SEND_H
#define CAMPAIGN_SIDE_SEND_H

#include "postgres.h"
#include "utils/jsonb.h"

#include "engine/deliver.h"
#include "store/lanes.h"

typedef struct SideSend
{
	DeliveryForm form;
	int64 id;
	int attempt;
	const char *key;
	Jsonb *content;
	const ReadyLane *lane; /* what its channel needs */
} SideSend;

#endif
