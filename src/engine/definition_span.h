/*
 * definition_span.h
 *		Lengths of time in a definition.
 */
#ifndef CAMPAIGN_DEFINITION_SPAN_H
#define CAMPAIGN_DEFINITION_SPAN_H

#include "engine/definition_build.h"

/* Reads a length of time; what is none is a fault, and leaves 0. The text as written, or NULL. */
extern char *campaign_definition_span_take(DefinitionBuild *build, const JsonbValue *value,
										   const char *path, Instant *length);

#endif
