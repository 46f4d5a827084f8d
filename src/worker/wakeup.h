/*
 * wakeup.h
 *		Waking workers at commit: what store/wake.h was asked for is done here.
 *
 * Nothing is woken at abort. PREPARE TRANSACTION wakes nobody, and the COMMIT PREPARED neither: the
 * safety poll covers it. Without preloading there is nobody to wake.
 */
#ifndef CAMPAIGN_WAKEUP_H
#define CAMPAIGN_WAKEUP_H

#include "store/wake.h"

/* Once in a process: the transaction callback, and a wake-up when the extension is dropped. */
extern void campaign_wakeup_install(void);

#endif
