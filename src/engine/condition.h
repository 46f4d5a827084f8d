/*
 * condition.h
 *		Conditions of a definition, and of the settings of a campaign: a named fact or an SQL/JSON
 *		path, or "not" and one of them.
 */
#ifndef CAMPAIGN_CONDITION_H
#define CAMPAIGN_CONDITION_H

#include "engine/definition_build.h"

/*
 * Compiles the condition found at path; what is none is a fault of the build, and the condition is
 * then as if it were absent. A kind of event that is named for the first time gets the next bit, and
 * so does a path.
 */
extern GraphCondition campaign_condition_compile(DefinitionBuild *build, const JsonbValue *value,
												 const char *path);

/* What a condition calls the state of this bit (GraphState); NULL if none has it. */
extern const char *campaign_condition_state_name(int bit);

/* The condition that an event of this kind has come, be it in table event_kind or not. */
extern GraphCondition campaign_condition_event(DefinitionBuild *build, const char *kind,
											   const char *path);

/*
 * Takes over what the settings of a campaign say of all its runs: exit_on_reply, reply_goal, goal, exit_if,
 * hold_if. Other settings are passed over.
 */
extern void campaign_condition_settings(DefinitionBuild *build, Jsonb *settings);

#endif
