/*
 * adapter_text.h
 *		Texts of an adapter's rows with their variables filled in, as the place they stand in needs them.
 */
#ifndef CAMPAIGN_ADAPTER_TEXT_H
#define CAMPAIGN_ADAPTER_TEXT_H

#include "engine/content.h"

/* What variables are filled from, and the first that had no value. */
typedef struct AdapterText
{
	Jsonb *document;
	const ContentSources *content; /* asked for what the document has not; NULL = nobody is */
	Jsonb *finds;                  /* of the request: {{found.NAME}} */
	char *missing;                 /* set when a text could not be rendered */
} AdapterText;

typedef enum AdapterTextPlace
{
	ADAPTER_TEXT_PLAIN,
	ADAPTER_TEXT_ADDRESS, /* what is inserted is percent-encoded */
	ADAPTER_TEXT_HEADER   /* {{secret}} is left as it stands, to be filled in when it leaves */
} AdapterTextPlace;

/* NULL if a variable has neither value nor fallback. */
extern char *campaign_adapter_text_render(AdapterText *text, const char *template, size_t length,
										  AdapterTextPlace place);

/* The name of the variable that the template consists of; NULL if it is anything else. */
extern const char *campaign_adapter_text_alone(const char *template, size_t length,
											   size_t *name_length);

/* Appends text so that an address, or a form, may hold it. */
extern void campaign_adapter_text_encode(StringInfo out, const char *text, size_t length);

#endif
