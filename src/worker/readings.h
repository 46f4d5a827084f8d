/*
 * readings.h
 *		The mailboxes that a dispatcher is reading.
 *
 * A reading goes through the dispatcher's network loop; no transaction is open while it waits. What it
 * brings is applied message by message, each in a transaction of its own that also remembers how far
 * the mailbox was read: a process that dies in between finds the rest there.
 */
#ifndef CAMPAIGN_READINGS_H
#define CAMPAIGN_READINGS_H

#include "net/loop.h"
#include "worker/process.h"

typedef struct Readings Readings;

/* In the current context. */
extern Readings *campaign_readings_open(Process *process, NetLoop *loop);

/* Applies what has come, and begins what is due; after each turn of the loop. No transaction is open. */
extern void campaign_readings_turn(Readings *readings);

/* When the next call is due, if the descriptor does not become readable before. */
extern TimestampTz campaign_readings_next(const Readings *readings, TimestampTz now);

/* The clock was set back: mailboxes are looked for at once, and nothing waits for longer than it would from now. */
extern void campaign_readings_hasten(Readings *readings, TimestampTz now);

#endif
