/*
 * definition_text.h
 *		Texts with variables in a definition: only whether they can be rendered at all. Which
 *		variables have a value is known when a message is rendered.
 */
#ifndef CAMPAIGN_DEFINITION_TEXT_H
#define CAMPAIGN_DEFINITION_TEXT_H

#include "engine/definition_build.h"

/* Notes a fault if the text, found at path, is no template. */
extern void campaign_definition_text_check(DefinitionBuild *build, const char *text,
										   const char *path);

#endif
