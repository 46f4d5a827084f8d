/*
 * attributes.h
 *		Attributes of prospects: reading what texts are made of, and writing keys.
 */
#ifndef CAMPAIGN_ATTRIBUTES_H
#define CAMPAIGN_ATTRIBUTES_H

#include "postgres.h"
#include "utils/jsonb.h"

/* A prospect as texts see him, and the payload of his run. */
typedef struct AttributeSource
{
	int64 prospect;
	int64 enrollment;
	Jsonb *document; /* columns, and attributes beside them */
	Jsonb *payload;  /* NULL = none */
} AttributeSource;

/* Fills in documents and payloads; prospects that are gone have a NULL document. */
extern void campaign_attributes_read(int64 workspace, AttributeSource *sources, int n);

/*
 * Adds these objects to the attributes of these prospects, each named once. Waits for whoever has one
 * of the rows locked.
 */
extern void campaign_attributes_write(int64 workspace, const int64 *prospects,
									  Jsonb *const *attributes, int n);

#endif
