/*
 * definition_ways.h
 *		Steps from which several ways lead on, or one that is not the next: branch, split, goto.
 */
#ifndef CAMPAIGN_DEFINITION_WAYS_H
#define CAMPAIGN_DEFINITION_WAYS_H

#include "engine/definition_build.h"

/* [{"when": CONDITION, "then": [steps]}, ..., {"else": [steps]}] */
extern void campaign_definition_ways_branch(DefinitionBuild *build, const WrittenStep *written);

/* [{"percent": 50, "then": [steps]}, ...] */
extern void campaign_definition_ways_split(DefinitionBuild *build, const WrittenStep *written);

/* The name of any step, before or after; looked up when all names are known. */
extern void campaign_definition_ways_goto(DefinitionBuild *build, const WrittenStep *written);

#endif
