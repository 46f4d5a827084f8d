/*
 * fuzz_received.c
 *		Any bytes as a received message: nothing breaks, and all that is kept is bounded UTF-8.
 */
#include "fuzz.h"

#include <glib.h>

#include "net/received.h"

static void
check_text(const char *text, size_t size)
{
	hold(memchr(text, '\0', size) != NULL);
	hold(g_utf8_validate(text, -1, NULL));
}

int
LLVMFuzzerTestOneInput(const unsigned char *bytes, size_t len)
{
	static Received received;
	int i;

	campaign_net_received_read(&received, (const char *) bytes, len);
	check_text(received.from, sizeof(received.from));
	check_text(received.message_id, sizeof(received.message_id));
	check_text(received.subject, sizeof(received.subject));
	check_text(received.text, sizeof(received.text));
	check_text(received.original_id, sizeof(received.original_id));
	hold(received.n_to >= 0 && received.n_to <= RECEIVED_TO);
	for (i = 0; i < received.n_to; i++)
		check_text(received.to[i], sizeof(received.to[i]));
	hold(received.n_ids >= 0 && received.n_ids <= RECEIVED_IDS);
	for (i = 0; i < received.n_ids; i++)
	{
		check_text(received.ids[i], sizeof(received.ids[i]));
		hold(received.ids[i][0] != '\0');
	}
	hold(received.n_recipients >= 0 && received.n_recipients <= RECEIVED_RECIPIENTS);
	for (i = 0; i < received.n_recipients; i++)
	{
		check_text(received.recipients[i].address, sizeof(received.recipients[i].address));
		check_text(received.recipients[i].status, sizeof(received.recipients[i].status));
		check_text(received.recipients[i].diagnostic, sizeof(received.recipients[i].diagnostic));
	}
	return 0;
}
