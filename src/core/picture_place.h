/*
 * picture_place.h
 *		Where the boxes of a picture stand within their rows, and what places arrows go through.
 *
 * Called by campaign_picture_arrange() alone, which has found rows, jumps and rails.
 */
#ifndef CAMPAIGN_PICTURE_PLACE_H
#define CAMPAIGN_PICTURE_PLACE_H

#include "core/picture.h"

/* first: by box, its first arrow, -1 = none; next: by arrow, the next one of the same box. */
extern void campaign_picture_place(Picture *picture, const int *first, const int *next);

#endif
