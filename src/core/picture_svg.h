/*
 * picture_svg.h
 *		A picture that has been arranged, written as SVG: an image of its own, and a part of a page.
 *
 * It brings its colours, for light and for dark, and nothing from elsewhere: no script, no font, no id.
 */
#ifndef CAMPAIGN_PICTURE_SVG_H
#define CAMPAIGN_PICTURE_SVG_H

#include "core/picture.h"
#include "core/picture_text.h"

/* title says in words what the picture is of, told: what it shows, for those who do not see it. */
extern void campaign_picture_svg_write(const Picture *picture, const char *title, const char *told,
									   PictureAppend append, void *arg);

#endif
