/*
 * definition_action.h
 *		Steps by which something leaves: their kind, and the texts that they have.
 */
#ifndef CAMPAIGN_DEFINITION_ACTION_H
#define CAMPAIGN_DEFINITION_ACTION_H

#include "engine/definition_build.h"

/* {"message": {"body": T}}, whose key is a row of action_kind */
extern void campaign_definition_action_short(DefinitionBuild *build, const WrittenStep *written);

/* {"action": "message", "payload": {"body": T}} */
extern void campaign_definition_action_named(DefinitionBuild *build, const WrittenStep *written);

#endif
