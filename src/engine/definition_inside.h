/*
 * definition_inside.h
 *		Steps by which something is done inside the database alone: set, enroll.
 */
#ifndef CAMPAIGN_DEFINITION_INSIDE_H
#define CAMPAIGN_DEFINITION_INSIDE_H

#include "engine/definition_build.h"

/* {"tag": T}: keys of the prospect's attributes */
extern void campaign_definition_inside_set(DefinitionBuild *build, const WrittenStep *written);

/* The name of a campaign, which need not exist yet. */
extern void campaign_definition_inside_enroll(DefinitionBuild *build, const WrittenStep *written);

#endif
