/*
 * fuzz_address.c
 *		Any bytes as an address or an id: what is taken cannot end a header, a command or an address, and
 *		what goes into an envelope is an address again.
 */
#include "fuzz.h"

#include "net/mime.h"

static void
check_plain(const char *text)
{
	const unsigned char *p;

	for (p = (const unsigned char *) text; *p != '\0'; p++)
		hold(*p > 0x20 && *p != 0x7f && strchr("\"(),:;<>\\", *p) == NULL);
}

int
LLVMFuzzerTestOneInput(const unsigned char *bytes, size_t len)
{
	char *text = calloc(len + 1, 1);
	char out[600];

	hold(text != NULL);
	memcpy(text, bytes, len);
	/* as files of the corpus end */
	if (len > 0 && text[len - 1] == '\n')
		text[len - 1] = '\0';
	if (campaign_mail_address_fault(text) == NULL)
	{
		check_plain(text);
		hold(strlen(text) <= 320 && strchr(text, '@') == strrchr(text, '@'));
		hold(campaign_mime_envelope(text, true, out, sizeof(out)) && strcmp(text, out) == 0);
		if (campaign_mime_envelope(text, false, out, sizeof(out)))
			hold(campaign_mail_is_ascii(out) && campaign_mail_address_fault(out) == NULL);
	}
	else
		hold(!campaign_mime_envelope(text, true, out, sizeof(out)) &&
			 !campaign_mime_envelope(text, false, out, sizeof(out)));
	if (campaign_mail_id_fault(text) == NULL)
	{
		check_plain(text);
		hold(campaign_mail_is_ascii(text));
	}
	free(text);
	return 0;
}
