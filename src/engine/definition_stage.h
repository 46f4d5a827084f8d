/*
 * definition_stage.h
 *		Stages: steps at which a run stands until a person, or an event, lets it go on.
 */
#ifndef CAMPAIGN_DEFINITION_STAGE_H
#define CAMPAIGN_DEFINITION_STAGE_H

#include "engine/definition_build.h"

/* {"title": TEXT, "phase": PHASE, "promoted_by": ACTOR, "on_event": KIND, "messages": [...], ...} */
extern void campaign_definition_stage(DefinitionBuild *build, const WrittenStep *written);

#endif
