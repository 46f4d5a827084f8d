/*
 * picture_place.c
 *		Places in layers: a layer for each row of boxes, and one for texts between it and the next.
 *
 * Whatever stands in a layer has a place there: a box, or an arrow on its way through. The order in a
 * layer is that in which a walk comes by, which has no crossings where ways part and meet again as
 * branches do. Then each layer goes as near as it can to what it is joined with in the next, again and
 * again, by the least sum of squares that keeps order and distances.
 */
#include "core/picture_place.h"

#include <string.h>

#include "core/picture_text.h"

#define BETWEEN_PLACES 22
#define BETWEEN_LAYERS 13

/* How often all layers are gone through: until nothing moves any more, of pictures that can be looked at. */
#define TURNS 150
#define TURNS_OF_MANY 10
#define MANY_PLACES 20000

/* An arrow that goes through is rather kept straight than a box is kept in the middle. */
#define BOX_WEIGHT 1.0
#define THROUGH_WEIGHT 4.0

typedef struct Place
{
	int box;   /* -1 = an arrow's */
	int arrow; /* -1 = a box's */
	int bend;  /* of the arrow */
	int layer;
	int width;
	double x;
} Place;

/* Two places of neighbouring layers that an arrow joins. */
typedef struct Joint
{
	int upper;
	int lower;
	double weight;
} Joint;

typedef struct Layer
{
	int n;
	int *places; /* from left to right */
	int n_joints;
	int *joints; /* with the layer above */
	int height;
	int y;
} Layer;

/* Places that have been pushed together: they keep their distances. */
typedef struct Block
{
	int first; /* of the layer's places */
	double weight;
	double sum; /* of weight times where the first of them wants to stand */
} Block;

typedef struct Placing
{
	Picture *picture;
	const int *first;
	const int *next;
	Place *places;
	int n_places;
	int *of_box; /* the place of each box; -1 = not walked to yet */
	Joint *joints;
	int n_joints;
	Layer *layers;
	int n_layers;
	double *wish;   /* by place: where it wants to stand, times weight */
	double *weight; /* by place: how much it wants that */
	double *offset; /* by place of a layer: from the first one of it */
	Block *blocks;
} Placing;

static void *
memory_for(const Placing *placing, int n, size_t size)
{
	void *memory = placing->picture->memory(placing->picture->memory_arg, ((size_t) n + 1) * size);

	memset(memory, 0, ((size_t) n + 1) * size);
	return memory;
}

/* How many places an arrow has between its boxes. */
static int
bends_of(const Picture *picture, const PictureArrow *arrow)
{
	return 2 * (picture->boxes[arrow->to].row - picture->boxes[arrow->from].row) - 1;
}

static int
add_place(Placing *placing, int layer, int box, int arrow, int bend, int width)
{
	Layer *in = &placing->layers[layer];
	int index = placing->n_places++;
	Place *place = &placing->places[index];

	place->box = box;
	place->arrow = arrow;
	place->bend = bend;
	place->layer = layer;
	place->width = width;
	in->places[in->n++] = index;
	return index;
}

static void
join(Placing *placing, int upper, int lower, double weight)
{
	Layer *layer = &placing->layers[placing->places[lower].layer];
	Joint *joint = &placing->joints[placing->n_joints];

	layer->joints[layer->n_joints++] = placing->n_joints++;
	joint->upper = upper;
	joint->lower = lower;
	joint->weight = weight;
}

/* Width of what an arrow says. */
static int
text_width(const PictureArrow *arrow)
{
	if (arrow->text == NULL)
		return 0;
	return campaign_picture_text_width(arrow->text, campaign_picture_text_line(arrow->text)) + 10;
}

static void
place_from(Placing *placing, int box)
{
	Picture *picture = placing->picture;
	int row = picture->boxes[box].row;
	int upper = add_place(placing, 2 * row, box, -1, 0, picture->boxes[box].width);

	placing->of_box[box] = upper;
	for (int i = placing->first[box]; i >= 0; i = placing->next[i])
	{
		PictureArrow *arrow = &picture->arrows[i];
		int last = upper;

		if (arrow->jump)
			continue;
		for (int bend = 0; bend < arrow->n_bends; bend++)
		{
			int through = add_place(placing, 2 * row + 1 + bend, -1, i, bend,
									bend == 0 ? text_width(arrow) : 0);

			join(placing, last, through, bend == 0 ? BOX_WEIGHT : THROUGH_WEIGHT);
			last = through;
		}
		if (placing->of_box[arrow->to] < 0)
			place_from(placing, arrow->to);
		join(placing, last, placing->of_box[arrow->to], BOX_WEIGHT);
	}
}

/* Moves the places of a layer as near to their wishes as order and distances allow. */
static void
settle(Placing *placing, const Layer *layer)
{
	int n_blocks = 0;
	double offset = 0;

	for (int i = 0; i < layer->n; i++)
	{
		const Place *place = &placing->places[layer->places[i]];
		Block *block = &placing->blocks[n_blocks++];
		double weight = placing->weight[layer->places[i]];
		double wish = placing->wish[layer->places[i]];

		if (i > 0)
			offset +=
				BETWEEN_PLACES + (place->width + placing->places[layer->places[i - 1]].width) / 2.0;
		placing->offset[i] = offset;
		block->first = i;
		block->weight = weight;
		block->sum = weight * (wish - offset);
		/* whoever stands too far right for the next one makes room with it */
		while (n_blocks > 1 && block[-1].sum * block->weight >= block->sum * block[-1].weight)
		{
			block[-1].sum += block->sum;
			block[-1].weight += block->weight;
			block--;
			n_blocks--;
		}
	}
	for (int b = 0; b < n_blocks; b++)
	{
		int upto = b + 1 < n_blocks ? placing->blocks[b + 1].first : layer->n;

		for (int i = placing->blocks[b].first; i < upto; i++)
			placing->places[layer->places[i]].x =
				placing->blocks[b].sum / placing->blocks[b].weight + placing->offset[i];
	}
}

/* The places of a layer wish to stand below, or above, what they are joined with there. */
static void
align(Placing *placing, int layer, bool below)
{
	const Layer *here = &placing->layers[layer];
	const Layer *joined = below ? here : &placing->layers[layer + 1];

	for (int i = 0; i < here->n; i++)
	{
		/* what is joined with nothing stays where it is */
		placing->weight[here->places[i]] = 0.01;
		placing->wish[here->places[i]] = 0.01 * placing->places[here->places[i]].x;
	}
	for (int i = 0; i < joined->n_joints; i++)
	{
		const Joint *joint = &placing->joints[joined->joints[i]];
		int mover = below ? joint->lower : joint->upper;
		int other = below ? joint->upper : joint->lower;

		placing->wish[mover] += joint->weight * placing->places[other].x;
		placing->weight[mover] += joint->weight;
	}
	for (int i = 0; i < here->n; i++)
		placing->wish[here->places[i]] /= placing->weight[here->places[i]];
	settle(placing, here);
}

/*
 * From the top down and from the bottom up, in turn; down at last, so that what only follows stands
 * straight below.
 */
static void
place_across(Placing *placing)
{
	/* begin side by side */
	for (int i = 0; i < placing->n_places; i++)
		placing->weight[i] = 1;
	for (int i = 0; i < placing->n_layers; i++)
		settle(placing, &placing->layers[i]);
	for (int turn = placing->n_places > MANY_PLACES ? TURNS - TURNS_OF_MANY : 0; turn < TURNS;
		 turn++)
	{
		for (int i = placing->n_layers - 2; i >= 0; i--)
			align(placing, i, false);
		for (int i = 1; i < placing->n_layers; i++)
			align(placing, i, true);
	}
}

/* Rows as high as their highest box; where an arrow says something, room for it. */
static void
place_down(Placing *placing)
{
	int y = PICTURE_MARGIN;

	for (int i = 0; i < placing->n_places; i++)
	{
		const Place *place = &placing->places[i];
		Layer *layer = &placing->layers[place->layer];
		int height = place->box >= 0    ? placing->picture->boxes[place->box].height
					 : place->width > 0 ? PICTURE_LABEL
										: 0;

		if (height > layer->height)
			layer->height = height;
	}
	for (int i = 0; i < placing->n_layers; i++)
	{
		placing->layers[i].y = y;
		y += placing->layers[i].height + BETWEEN_LAYERS;
	}
	placing->picture->height = y - BETWEEN_LAYERS + PICTURE_MARGIN;
}

/* Writes what was found into boxes and arrows, in whole units from the margin on. */
static void
hand_over(Placing *placing)
{
	Picture *picture = placing->picture;
	double left = 0;
	double right = 0;
	double shift;

	for (int i = 0; i < placing->n_places; i++)
	{
		const Place *place = &placing->places[i];

		if (i == 0 || place->x - place->width / 2.0 < left)
			left = place->x - place->width / 2.0;
		if (i == 0 || place->x + place->width / 2.0 > right)
			right = place->x + place->width / 2.0;
	}
	shift = PICTURE_MARGIN + picture->n_rails * PICTURE_RAIL - left;
	picture->width = (int) (right + shift + PICTURE_MARGIN + 0.5);
	for (int i = 0; i < placing->n_places; i++)
	{
		const Place *place = &placing->places[i];
		const Layer *layer = &placing->layers[place->layer];
		int x = (int) (place->x + shift + 0.5);

		if (place->box >= 0)
		{
			PictureBox *box = &picture->boxes[place->box];

			box->x = x;
			box->y = layer->y + (layer->height - box->height) / 2;
			box->row_y = layer->y;
			box->row_bottom = layer->y + layer->height;
		}
		else
			picture->arrows[place->arrow].bends[place->bend] =
				(PictureBend){x, layer->y, layer->y + layer->height};
	}
}

/* Counts what will be needed, and gets room for it. */
static void
prepare(Placing *placing)
{
	Picture *picture = placing->picture;
	int places = picture->n_boxes;
	int *in_layer;
	int *into_layer;

	for (int i = 0; i < picture->n_boxes; i++)
		if (2 * picture->boxes[i].row + 1 > placing->n_layers)
			placing->n_layers = 2 * picture->boxes[i].row + 1;
	in_layer = memory_for(placing, placing->n_layers, sizeof(int));
	into_layer = memory_for(placing, placing->n_layers, sizeof(int));
	for (int i = 0; i < picture->n_boxes; i++)
		in_layer[2 * picture->boxes[i].row]++;
	for (int i = 0; i < picture->n_arrows; i++)
	{
		PictureArrow *arrow = &picture->arrows[i];

		arrow->n_bends = arrow->jump ? 0 : bends_of(picture, arrow);
		arrow->bends = memory_for(placing, arrow->n_bends, sizeof(PictureBend));
		for (int bend = 0; bend < arrow->n_bends; bend++)
		{
			in_layer[2 * picture->boxes[arrow->from].row + 1 + bend]++;
			into_layer[2 * picture->boxes[arrow->from].row + 1 + bend]++;
		}
		if (!arrow->jump)
			into_layer[2 * picture->boxes[arrow->to].row]++;
		places += arrow->n_bends;
	}
	placing->layers = memory_for(placing, placing->n_layers, sizeof(Layer));
	for (int i = 0; i < placing->n_layers; i++)
	{
		placing->layers[i].places = memory_for(placing, in_layer[i], sizeof(int));
		placing->layers[i].joints = memory_for(placing, into_layer[i], sizeof(int));
	}
	placing->places = memory_for(placing, places, sizeof(Place));
	placing->joints = memory_for(placing, places + picture->n_arrows, sizeof(Joint));
	placing->of_box = memory_for(placing, picture->n_boxes, sizeof(int));
	placing->wish = memory_for(placing, places, sizeof(double));
	placing->weight = memory_for(placing, places, sizeof(double));
	placing->offset = memory_for(placing, places, sizeof(double));
	placing->blocks = memory_for(placing, places, sizeof(Block));
}

void
campaign_picture_place(Picture *picture, const int *first, const int *next)
{
	Placing placing;

	memset(&placing, 0, sizeof(placing));
	placing.picture = picture;
	placing.first = first;
	placing.next = next;
	prepare(&placing);
	for (int i = 0; i < picture->n_boxes; i++)
		placing.of_box[i] = -1;
	for (int i = 0; i < picture->n_boxes; i++)
		if (placing.of_box[i] < 0)
			place_from(&placing, i);
	place_across(&placing);
	place_down(&placing);
	hand_over(&placing);
}
