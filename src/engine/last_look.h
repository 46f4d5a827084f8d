/*
 * last_look.h
 *		The question that is asked once more before a run gives up waiting for a connection.
 *
 * Acceptances are told late (by Unipile up to eight hours), so that a deadline alone does not mean that
 * there was none. The asking itself is engine/relation_answers.
 */
#ifndef CAMPAIGN_LAST_LOOK_H
#define CAMPAIGN_LAST_LOOK_H

#include "engine/runs.h"

/*
 * Which of these due runs are not to be moved yet, since a service that lists relations has not been
 * asked since their deadline: they are looked at again soon. Asks nothing where none waits for one.
 */
extern bool *campaign_last_look(const Round *round, Runs *runs);

#endif
