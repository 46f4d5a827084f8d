/*
 * definition_options.h
 *		What an action step says beside its texts: how late it may be, how often it is tried, and what
 *		follows where it may not be done.
 */
#ifndef CAMPAIGN_DEFINITION_OPTIONS_H
#define CAMPAIGN_DEFINITION_OPTIONS_H

#include "engine/definition_build.h"

/*
 * Takes "max_lateness", "retries" and "on_precondition" of the step that was made last. Call before
 * the step's own next link is made loose: steps of on_precondition go on where the step goes on.
 */
extern void campaign_definition_options_take(DefinitionBuild *build, const WrittenStep *written,
											 int index);

#endif
