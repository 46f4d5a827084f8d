/*
 * away.h
 *		Until when somebody is away, as far as an automatic reply says so without words of a language.
 *
 * No standard has a field for it. What is recognised are dates that cannot be misread, in the subject
 * and the text: 2026-12-01 and 01.12.2026. A date such as 12/01/2026 is one day to some and another to
 * others, and is passed over, as are all names of months.
 */
#ifndef CAMPAIGN_NET_AWAY_H
#define CAMPAIGN_NET_AWAY_H

#include <stdint.h>

/*
 * The end (UTC) of the latest day named in the text that lies after the instant now and within a year
 * of it; 0 if none. Both are seconds since 1970. Of several days the latest is the one of returning.
 */
extern int64_t campaign_net_away_until(const char *text, int64_t now);

#endif
