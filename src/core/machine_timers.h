/*
 * machine_timers.h
 *		When the timer of a step runs out. For the state machine alone; what others may call is in
 *		machine.h.
 */
#ifndef CAMPAIGN_MACHINE_TIMERS_H
#define CAMPAIGN_MACHINE_TIMERS_H

#include "core/machine.h"

/* When a delay that is entered now ends; INSTANT_NEVER if nobody knows, which only a date can be. */
extern Instant campaign_machine_delay_end(const MachineRun *run, const GraphStep *step);

#endif
