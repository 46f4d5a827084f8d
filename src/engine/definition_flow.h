/*
 * definition_flow.h
 *		Steps that send nothing: they let time pass, ask, or leave. Those that choose a way are in
 *		definition_ways.h.
 */
#ifndef CAMPAIGN_DEFINITION_FLOW_H
#define CAMPAIGN_DEFINITION_FLOW_H

#include "engine/definition_build.h"

extern void campaign_definition_flow_only_if(DefinitionBuild *build, const WrittenStep *written);
extern void campaign_definition_flow_wait(DefinitionBuild *build, const WrittenStep *written);
extern void campaign_definition_flow_end(DefinitionBuild *build, const WrittenStep *written);

#endif
