/*
 * relation_answers.h
 *		Relations that services are asked for: who has accepted an invitation without anybody telling.
 */
#ifndef CAMPAIGN_RELATION_ANSWERS_H
#define CAMPAIGN_RELATION_ANSWERS_H

#include "engine/deliver.h"

/* Questions that are due, as starts without a key, in the current memory context; how many. */
extern int campaign_relations_ask(const Round *round, int limit, DeliveryStart **starts);

/* Reports whom the answers name; how many answers were of use. */
extern int campaign_relations_record(const Round *round, const DeliveryOutcome *outcomes, int n);

#endif
