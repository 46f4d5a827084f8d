/*
 * condition.h
 *		Conditions of a definition: a named fact, or "not" and a named fact.
 */
#ifndef CAMPAIGN_CONDITION_H
#define CAMPAIGN_CONDITION_H

#include "engine/definition_build.h"

/*
 * Compiles the condition found at path; what is none is a fault of the build, and the condition is
 * then as if it were absent. A kind of event that is named for the first time gets the next bit.
 */
extern GraphCondition campaign_condition_compile(DefinitionBuild *build, const JsonbValue *value,
												 const char *path);

#endif
