/*
 * definition_step.h
 *		Arrays of steps, and what all kinds of step have in common.
 */
#ifndef CAMPAIGN_DEFINITION_STEP_H
#define CAMPAIGN_DEFINITION_STEP_H

#include "engine/definition_build.h"

/*
 * Compiles the steps of an array. The loose ends of the build lead to the first of them, and what
 * leads on from the last is loose afterwards; an empty array changes nothing.
 */
extern void campaign_definition_step_array(DefinitionBuild *build, JsonbContainer *array,
										   const char *path);

#endif
