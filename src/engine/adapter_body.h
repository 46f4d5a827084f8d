/*
 * adapter_body.h
 *		The body of a request of an adapter: a tree of templates as JSON, as a form or in parts.
 */
#ifndef CAMPAIGN_ADAPTER_BODY_H
#define CAMPAIGN_ADAPTER_BODY_H

#include "engine/adapter_text.h"

/* The bytes, and their type; NULL if a variable has no value, which text->missing names. */
extern char *campaign_adapter_body(AdapterText *text, const char *format, Jsonb *tree,
								   const char *key, char **type);

#endif
