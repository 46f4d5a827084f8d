/*
 * sentiment.h
 *		How friendly a reply is, as whoever reported it says (S1.23).
 *
 * Nothing here reads texts: a gateway or a person that judges them says so in the detail of the event.
 */
#ifndef CAMPAIGN_SENTIMENT_H
#define CAMPAIGN_SENTIMENT_H

#include "engine/ledger.h"
#include "store/inbox.h"

/* Counts a reply's detail.sentiment, from 0 (hostile) to 1 (glad), in thousandths; what is none is not counted. */
extern void campaign_sentiment_count(Ledger *ledger, const Run *run, const InboxRow *row);

#endif
