/*
 * message_templates.h
 *		The texts that contents refer to by {"template": NAME}.
 */
#ifndef CAMPAIGN_MESSAGE_TEMPLATES_H
#define CAMPAIGN_MESSAGE_TEMPLATES_H

#include "postgres.h"
#include "utils/jsonb.h"

/* The channel class of a template, or NULL if there is none of that name. workspace 0 = the caller's. */
extern char *campaign_message_templates_class(int64 workspace, const char *name);

/* The texts of each of these templates: an object of subject, body and html; NULL where there is none. */
extern void campaign_message_templates_texts(int64 workspace, const char **names, int n,
											 Jsonb **texts);

#endif
