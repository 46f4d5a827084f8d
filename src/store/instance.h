/*
 * instance.h
 *		The row that tells this instance of the extension from others.
 */
#ifndef CAMPAIGN_INSTANCE_H
#define CAMPAIGN_INSTANCE_H

#include "postgres.h"

/* Its uuid as text, in the current memory context; the row is made when first asked for. */
extern char *campaign_instance_uuid(void);

#endif
