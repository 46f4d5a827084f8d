/*
 * incarnation.h
 *		The name of one life of a dispatcher, which actions in processing bear.
 *
 * It is an id that no other life ever has, held as a session lock: the server lets go of it when the
 * process ends, however that happens, and so anybody can see whether that life still goes on.
 */
#ifndef CAMPAIGN_INCARNATION_H
#define CAMPAIGN_INCARNATION_H

#include "postgres.h"

/* Takes a new one for this process; in a transaction that has to commit durably before it is used. */
extern int64 campaign_incarnation_take(void);

/*
 * Does this life still go on? In a transaction. Where it does not, whoever asks first has it for himself
 * until his transaction ends; to others it goes on so long.
 */
extern bool campaign_incarnation_is_alive(int64 incarnation);

#endif
