/*
 * definition_message.h
 *		The messages of a stage: which template, when it is sent, and to whom.
 */
#ifndef CAMPAIGN_DEFINITION_MESSAGE_H
#define CAMPAIGN_DEFINITION_MESSAGE_H

#include "engine/definition_build.h"

/*
 * [{"template": NAME, "delivery": MODE, "if": CONDITION}, ...]: each is a step off the walk, right after
 * the stage. pair is NULL where there are none.
 */
extern void campaign_definition_messages(DefinitionBuild *build, int stage, const char *stage_name,
										 const JsonPair *pair, const char *path);

/* The name under "template" among contents, or NULL if there is none; what is no name is a fault. */
extern char *campaign_definition_message_template(DefinitionBuild *build, const JsonPair *pairs,
												  int n, const char *path);

#endif
