/*
 * dial.h
 *		How a place comes by its connection: which addresses it may use, and up to when a request may
 *		still begin on it.
 */
#ifndef CAMPAIGN_NET_DIAL_H
#define CAMPAIGN_NET_DIAL_H

#include "net/place.h"

/* Sets the callbacks of a new handle. */
extern bool campaign_net_dial_set(NetPlace *place);

/* Forgets the last request's connection and sets the time that connecting may take. */
extern bool campaign_net_dial_reset(NetPlace *place, const NetLimits *limits);

/*
 * Keeps libcurl from judging a TLS handshake by the clock before it reads what has come for it: for a
 * loop that comes back late. The caller judges afterwards.
 */
extern void campaign_net_dial_spare(NetPlace *place, int64_t now);

#endif
