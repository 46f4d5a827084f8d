/*
 * picture.h
 *		A picture of boxes and arrows: where each of them stands, and how wide and high it all is.
 *
 * Boxes stand in rows, the first one at the top, and arrows lead down. What an arrow says has a place of
 * its own between the rows, so that nothing lies upon anything else. An arrow that leads back is a
 * jump: it goes around by the side and moves nobody. What a box or an arrow means is not known here;
 * picture_svg.h draws it.
 *
 * Lengths are whole units, one of them a pixel of a picture that is shown as large as it is.
 */
#ifndef CAMPAIGN_PICTURE_H
#define CAMPAIGN_PICTURE_H

#include <stdbool.h>
#include <stddef.h>

/* How a box looks; the names by which SQL knows them are those of campaign_picture_shape(). */
typedef enum PictureShape
{
	PICTURE_ACTION, /* something leaves */
	PICTURE_TIMER,  /* time passes */
	PICTURE_WAIT,   /* something is awaited */
	PICTURE_CHOICE, /* several ways lead on */
	PICTURE_STAGE,  /* somebody lets go on */
	PICTURE_NOTE,   /* something is written down */
	PICTURE_SUCCESS,
	PICTURE_FAILURE,
	PICTURE_END,
	PICTURE_JUMP /* goes on elsewhere */
} PictureShape;

/* More boxes or arrows than these are refused, so that the work is bounded. */
#define PICTURE_MAX_BOXES 4000
#define PICTURE_MAX_ARROWS 4000

typedef struct PictureBox
{
	PictureShape shape;
	const char *text; /* lines, the first one its title; UTF-8 */

	/* made by campaign_picture_arrange() */
	int row;
	int width;
	int height;
	int x;          /* of its middle */
	int y;          /* of its upper edge */
	int row_y;      /* of the upper edge of its row, */
	int row_bottom; /* and of the lower one */
} PictureBox;

/* A place that an arrow goes through, straight down from y to bottom. */
typedef struct PictureBend
{
	int x;
	int y;
	int bottom;
} PictureBend;

typedef struct PictureArrow
{
	int from;
	int to;
	const char *text; /* NULL = none; one line */
	bool jump;        /* leads back, or elsewhere: set by the caller or found */

	/* made by campaign_picture_arrange() */
	int rail;           /* of a jump: how far out at the side, from 0 */
	PictureBend *bends; /* of others: one at least; the text stands at the first */
	int n_bends;
} PictureArrow;

/* Gives memory that lives as long as the picture, and does not return without. */
typedef void *(*PictureMemory)(void *arg, size_t size);

typedef struct Picture
{
	PictureBox *boxes;
	int n_boxes;
	PictureArrow *arrows;
	int n_arrows;
	PictureMemory memory;
	void *memory_arg;

	/* made by campaign_picture_arrange() */
	int n_rails;
	int width;
	int height;
} Picture;

/* Free space around the picture, and between the rails of jumps. */
#define PICTURE_MARGIN 12
#define PICTURE_RAIL 14

/* What stands between the edge of a box and its text, how high a line is, and how high an arrow's text. */
#define PICTURE_PADDING 12
#define PICTURE_LINE 18
#define PICTURE_LABEL 18

/* Finds a place for everything. False if an arrow leads to no box, or there are too many of either. */
extern bool campaign_picture_arrange(Picture *picture);

/* The shape of this name, PICTURE_NOTE if there is none. */
extern PictureShape campaign_picture_shape(const char *name);

/* "action", ... */
extern const char *campaign_picture_shape_name(PictureShape shape);

#endif
