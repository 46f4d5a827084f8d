/*
 * picture.c
 *		The rows of a picture: which box stands in which, how large boxes are, what leads back, and by
 *		which rail.
 *
 * A box stands one row below the lowest of those that lead to it. Where it stands within its row is
 * said by picture_place.c.
 */
#include "core/picture.h"

#include <string.h>

#include "core/picture_place.h"
#include "core/picture_text.h"

/* Whether a box has been walked to. */
typedef enum Walked
{
	NOT_YET,
	ON_THE_WAY, /* the walk has come through it, and may come back to it */
	WALKED
} Walked;

/* The least width of a box that is no end. */
#define BOX_MIN 96

static const char *const shape_names[] = {"action", "timer",   "wait",    "choice", "stage",
										  "note",   "success", "failure", "end",    "jump"};

#define N_SHAPES ((int) (sizeof(shape_names) / sizeof(shape_names[0])))

PictureShape
campaign_picture_shape(const char *name)
{
	for (int i = 0; i < N_SHAPES; i++)
		if (strcmp(shape_names[i], name) == 0)
			return (PictureShape) i;
	return PICTURE_NOTE;
}

const char *
campaign_picture_shape_name(PictureShape shape)
{
	return shape_names[shape];
}

static void
measure(PictureBox *box)
{
	const char *line = box->text;
	int lines = 0;
	int widest = 0;

	for (;;)
	{
		const char *end = campaign_picture_text_line(line);
		int width = campaign_picture_text_width(line, end);

		/* the title is bold */
		if (lines++ == 0)
			width += width / 14;
		if (width > widest)
			widest = width;
		if (*end == '\0')
			break;
		line = end + 1;
	}
	box->width = widest + 2 * PICTURE_PADDING;
	if (box->shape < PICTURE_SUCCESS && box->width < BOX_MIN)
		box->width = BOX_MIN;
	/* what has several ways has slanted sides */
	if (box->shape == PICTURE_CHOICE)
		box->width += 2 * PICTURE_PADDING;
	box->height = lines * PICTURE_LINE + PICTURE_PADDING;
}

/* What a walk over the arrows has found so far. */
typedef struct Walk
{
	Picture *picture;
	Walked *walked;
	int *first;  /* by box: its first arrow in next, -1 = none */
	int *next;   /* by arrow: the next one of the same box */
	int *behind; /* boxes, each after all that it leads to */
	int n_behind;
} Walk;

/* Arrows that come back to where the walk has come through are jumps. */
static void
walk_from(Walk *walk, int box)
{
	walk->walked[box] = ON_THE_WAY;
	for (int i = walk->first[box]; i >= 0; i = walk->next[i])
	{
		PictureArrow *arrow = &walk->picture->arrows[i];

		if (arrow->jump)
			continue;
		if (walk->walked[arrow->to] == ON_THE_WAY)
			arrow->jump = true;
		else if (walk->walked[arrow->to] == NOT_YET)
			walk_from(walk, arrow->to);
	}
	walk->walked[box] = WALKED;
	walk->behind[walk->n_behind++] = box;
}

static void
set_rows(Walk *walk)
{
	PictureBox *boxes = walk->picture->boxes;

	for (int i = walk->n_behind - 1; i >= 0; i--)
		for (int j = walk->first[walk->behind[i]]; j >= 0; j = walk->next[j])
		{
			const PictureArrow *arrow = &walk->picture->arrows[j];

			if (!arrow->jump && boxes[arrow->to].row <= boxes[arrow->from].row)
				boxes[arrow->to].row = boxes[arrow->from].row + 1;
		}
}

/* Whether two jumps would lie upon each other on one rail. */
static bool
overlap(const Picture *picture, const PictureArrow *one, const PictureArrow *other)
{
	int from = picture->boxes[one->from].row;
	int to = picture->boxes[one->to].row;
	int first = picture->boxes[other->from].row;
	int last = picture->boxes[other->to].row;

	return !((from < to ? to : from) < (first < last ? first : last) ||
			 (first < last ? last : first) < (from < to ? from : to));
}

static void
lay_rails(Picture *picture)
{
	picture->n_rails = 0;
	for (int i = 0; i < picture->n_arrows; i++)
	{
		PictureArrow *arrow = &picture->arrows[i];

		if (!arrow->jump)
			continue;
		arrow->rail = 0;
		for (int j = 0; j < i; j++)
		{
			const PictureArrow *other = &picture->arrows[j];

			/* those before it on this rail may lie on a later one too: begin again */
			if (other->jump && other->rail == arrow->rail && overlap(picture, arrow, other))
			{
				arrow->rail++;
				j = -1;
			}
		}
		if (arrow->rail >= picture->n_rails)
			picture->n_rails = arrow->rail + 1;
	}
}

static bool
acceptable(const Picture *picture)
{
	if (picture->n_boxes > PICTURE_MAX_BOXES || picture->n_arrows > PICTURE_MAX_ARROWS)
		return false;
	for (int i = 0; i < picture->n_arrows; i++)
	{
		const PictureArrow *arrow = &picture->arrows[i];

		if (arrow->from < 0 || arrow->from >= picture->n_boxes || arrow->to < 0 ||
			arrow->to >= picture->n_boxes)
			return false;
	}
	return true;
}

bool
campaign_picture_arrange(Picture *picture)
{
	size_t boxes = (size_t) picture->n_boxes + 1;
	Walk walk = {picture, NULL, NULL, NULL, NULL, 0};

	if (!acceptable(picture))
		return false;
	walk.walked = picture->memory(picture->memory_arg, boxes * sizeof(Walked));
	walk.first = picture->memory(picture->memory_arg, boxes * sizeof(int));
	walk.behind = picture->memory(picture->memory_arg, boxes * sizeof(int));
	walk.next =
		picture->memory(picture->memory_arg, ((size_t) picture->n_arrows + 1) * sizeof(int));
	for (int i = 0; i < picture->n_boxes; i++)
	{
		measure(&picture->boxes[i]);
		picture->boxes[i].row = 0;
		walk.walked[i] = NOT_YET;
		walk.first[i] = -1;
	}
	/* from the last, so that each list is in the order of the arrows */
	for (int i = picture->n_arrows - 1; i >= 0; i--)
	{
		walk.next[i] = walk.first[picture->arrows[i].from];
		walk.first[picture->arrows[i].from] = i;
	}
	for (int i = 0; i < picture->n_boxes; i++)
		if (walk.walked[i] == NOT_YET)
			walk_from(&walk, i);
	set_rows(&walk);
	lay_rails(picture);
	campaign_picture_place(picture, walk.first, walk.next);
	return true;
}
