/*
 * definition_delay.h
 *		Steps that let time pass: a length of time, business days, to the next day, to a date.
 */
#ifndef CAMPAIGN_DEFINITION_DELAY_H
#define CAMPAIGN_DEFINITION_DELAY_H

#include "engine/definition_build.h"

extern void campaign_definition_delay(DefinitionBuild *build, const WrittenStep *written);

#endif
