/*
 * sentiment.c
 *		How friendly a reply is, as whoever reported it says.
 */
#include "engine/sentiment.h"

#include "utils/builtins.h"
#include "utils/jsonb.h"
#include "utils/numeric.h"

#define THOUSANDTHS 1000

/* False if the row says nothing of it, or what is not between 0 and 1. */
static bool
read_sentiment(const InboxRow *row, double *sentiment)
{
	JsonbValue value;

	if (strcmp(row->kind, "replied") != 0 || row->detail == NULL ||
		!JB_ROOT_IS_OBJECT(row->detail) ||
		getKeyJsonValueFromContainer(&row->detail->root, "sentiment", strlen("sentiment"),
									 &value) == NULL ||
		value.type != jbvNumeric)
		return false;
	*sentiment = DatumGetFloat8(
		DirectFunctionCall1(numeric_float8_no_overflow, NumericGetDatum(value.val.numeric)));
	return *sentiment >= 0 && *sentiment <= 1;
}

void
campaign_sentiment_count(Ledger *ledger, const Run *run, const InboxRow *row)
{
	double sentiment;

	if (!read_sentiment(row, &sentiment))
		return;
	campaign_ledger_count(ledger, run, "scored", 1);
	campaign_ledger_count(ledger, run, "score", (int64) rint(sentiment * THOUSANDTHS));
}
