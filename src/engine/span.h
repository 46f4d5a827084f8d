/*
 * span.h
 *		Lengths of time as written in definitions: "3 days", "12 hours 30 minutes".
 *
 * They are multiples of a fixed second: a day is 24 hours. Months and years, which are not, are
 * refused; so is what is not longer than nothing.
 */
#ifndef CAMPAIGN_SPAN_H
#define CAMPAIGN_SPAN_H

#include "postgres.h"
#include "core/instant.h"

/* What to write instead of a span that was refused. */
#define SPAN_HINT                                                                                  \
	"Write weeks, days, hours, minutes or seconds, such as \"3 days\" or \"12 hours\"."

/* Reads a span. NULL if it is one, else what is wrong: the rest of a sentence that begins with the text. */
extern const char *campaign_span_read(const char *text, Instant *length);

#endif
