/*
 * test_picture.c
 *		Pictures (B18): nothing lies upon anything else, arrows lead down and jumps around, and no text
 *		of anybody's becomes an element.
 */
#include <stdlib.h>

#include "core/picture_svg.h"
#include "unit.h"

#define MAX_MEMORY 100000

/* What was handed out, to be freed after each picture. */
static void *memory[MAX_MEMORY];
static int n_memory;

static void *
give(void *arg, size_t size)
{
	(void) arg;
	return memory[n_memory++] = malloc(size);
}

static void
free_all(void)
{
	while (n_memory > 0)
		free(memory[--n_memory]);
}

typedef struct Text
{
	char bytes[60000];
	size_t length;
} Text;

static void
append(void *arg, const char *bytes, size_t length)
{
	Text *text = arg;

	memcpy(text->bytes + text->length, bytes, length);
	text->length += length;
	text->bytes[text->length] = '\0';
}

static Picture
picture_of(PictureBox *boxes, int n_boxes, PictureArrow *arrows, int n_arrows)
{
	Picture picture = {
		.boxes = boxes, .n_boxes = n_boxes, .arrows = arrows, .n_arrows = n_arrows, .memory = give};

	return picture;
}

static const char *
written(const char *text, bool whole)
{
	static Text out;

	out.length = 0;
	out.bytes[0] = '\0';
	campaign_picture_text_write(text, text + strlen(text), whole, append, &out);
	return out.bytes;
}

static void
test_text(void)
{
	const char *wide = "\xE6\xBC\xA2\xE5\xAD\x97"; /* two characters of East Asia */
	char long_text[400];

	IS_TEXT(written("a<script>\"b\"</script>&'c'", true),
			"a&lt;script&gt;&quot;b&quot;&lt;/script&gt;&amp;&#39;c&#39;",
			"B18: what means something in XML is escaped");
	IS_TEXT(written("]]> --> \x01\x7F\t", true), "]]&gt; --&gt; \xEF\xBF\xBD\xEF\xBF\xBD ",
			"and what XML cannot hold is replaced");
	IS_TEXT(written("\xC0\x80 \xED\xA0\x80 \xF0\x9F\x92", true)[0] == '\xEF' ? "replaced" : "kept",
			"replaced", "bytes that are no character are none");
	IS_TEXT(written("\xF0\x9F\x98\x80\xD7\xA9", true), "\xF0\x9F\x98\x80\xD7\xA9",
			"emoji and letters of all scripts stay");
	IS(campaign_picture_text_width("e\xCC\x81", "e\xCC\x81" + 3),
	   campaign_picture_text_width("e", "e" + 1), "an accent takes no room of its own");
	OK(campaign_picture_text_width(wide, wide + 6) > campaign_picture_text_width("ab", "ab" + 2),
	   "and wide characters take more");

	memset(long_text, 'n', sizeof(long_text) - 1);
	long_text[sizeof(long_text) - 1] = '\0';
	IS(campaign_picture_text_width(long_text, long_text + 399), PICTURE_TEXT_MAX,
	   "a long text is as wide as the widest");
	OK(strlen(written(long_text, false)) < 40 &&
		   strstr(written(long_text, false), "\xE2\x80\xA6") != NULL,
	   "since it is cut, with dots");
	IS(strlen(written(long_text, true)), 399, "unless it is wanted whole");
}

/* True if these two boxes have a point in common. */
static bool
touch(const PictureBox *one, const PictureBox *other)
{
	return abs(one->x - other->x) * 2 < one->width + other->width &&
		   one->y < other->y + other->height && other->y < one->y + one->height;
}

static int
touching(const Picture *picture)
{
	int found = 0;

	for (int i = 0; i < picture->n_boxes; i++)
		for (int j = 0; j < i; j++)
			found += touch(&picture->boxes[i], &picture->boxes[j]);
	return found;
}

/* Texts of arrows that meet a box or each other. */
static int
covered(const Picture *picture)
{
	int found = 0;

	for (int i = 0; i < picture->n_arrows; i++)
	{
		const PictureArrow *arrow = &picture->arrows[i];
		PictureBox label;

		if (arrow->jump || arrow->text == NULL)
			continue;
		label = (PictureBox){
			.x = arrow->bends[0].x,
			.y = arrow->bends[0].y,
			.width = campaign_picture_text_width(arrow->text, arrow->text + strlen(arrow->text)),
			.height = PICTURE_LABEL};
		for (int j = 0; j < picture->n_boxes; j++)
			found += touch(&label, &picture->boxes[j]);
	}
	return found;
}

static int
leading_up(const Picture *picture)
{
	int found = 0;

	for (int i = 0; i < picture->n_arrows; i++)
	{
		const PictureArrow *arrow = &picture->arrows[i];
		int y = picture->boxes[arrow->from].y;

		if (arrow->jump)
			continue;
		for (int bend = 0; bend < arrow->n_bends; bend++)
		{
			found += arrow->bends[bend].y <= y;
			y = arrow->bends[bend].bottom;
		}
		found += picture->boxes[arrow->to].y <= y;
	}
	return found;
}

static int
outside(const Picture *picture)
{
	int found = 0;

	for (int i = 0; i < picture->n_boxes; i++)
	{
		const PictureBox *box = &picture->boxes[i];

		found += box->x - box->width / 2 < 0 || box->x + box->width / 2 > picture->width ||
				 box->y < 0 || box->y + box->height > picture->height;
	}
	return found;
}

static void
test_chain(void)
{
	PictureBox boxes[] = {{.shape = PICTURE_CHOICE, .text = "which"},
						  {.shape = PICTURE_ACTION, .text = "left"},
						  {.shape = PICTURE_ACTION, .text = "right\nand more"},
						  {.shape = PICTURE_WAIT, .text = "both"},
						  {.shape = PICTURE_SUCCESS, .text = "success"}};
	PictureArrow arrows[] = {{.from = 0, .to = 1, .text = "this"},
							 {.from = 0, .to = 2, .text = "that"},
							 {.from = 1, .to = 3},
							 {.from = 2, .to = 3},
							 {.from = 3, .to = 4},
							 {.from = 3, .to = 0, .text = "again"}};
	Picture picture = picture_of(boxes, 5, arrows, 6);

	OK(campaign_picture_arrange(&picture), "a branch is arranged");
	IS(boxes[1].y + boxes[1].height / 2, boxes[2].y + boxes[2].height / 2,
	   "its ways stand side by side");
	OK(boxes[1].x < boxes[2].x, "in their order");
	IS(boxes[0].x, boxes[3].x, "what they part from stands above what they meet at");
	IS(boxes[3].x, boxes[4].x, "and what only follows straight below");
	OK(arrows[5].jump && picture.n_rails == 1, "B18: an arrow that leads back is a jump");
	OK(boxes[1].x - boxes[1].width / 2 >= PICTURE_MARGIN + PICTURE_RAIL,
	   "which has room at the side");
	free_all();

	arrows[5].to = 7;
	OK(!campaign_picture_arrange(&picture), "an arrow to nowhere is refused");
	free_all();
}

/* Seeded graphs of any shape, with arrows back among them. */
static void
test_any_shape(void)
{
	static PictureBox boxes[60];
	static PictureArrow arrows[120];
	int bad = 0;
	unsigned seed = 7;

	for (int round = 0; round < 150; round++)
	{
		Picture picture;
		int n = 1 + rand_r(&seed) % 60;
		int n_arrows = rand_r(&seed) % 120;

		for (int i = 0; i < n; i++)
			boxes[i] =
				(PictureBox){.shape = rand_r(&seed) % 10,
							 .text = i % 3 == 0 ? "a step of some length\nand a line" : "step"};
		for (int i = 0; i < n_arrows; i++)
			arrows[i] = (PictureArrow){.from = rand_r(&seed) % n,
									   .to = rand_r(&seed) % n,
									   .text = i % 2 == 0 ? "label" : NULL};
		picture = picture_of(boxes, n, arrows, n_arrows);
		if (!campaign_picture_arrange(&picture) || touching(&picture) > 0 ||
			covered(&picture) > 0 || leading_up(&picture) > 0 || outside(&picture) > 0)
			bad++;
		free_all();
	}
	IS(bad, 0,
	   "of 150 graphs none has boxes or texts upon each other, arrows that lead up, or anything outside");
}

static void
test_svg(void)
{
	static Text out;
	PictureBox boxes[] = {
		{.shape = PICTURE_ACTION, .text = "</title><script>alert(1)</script>\n]]>"},
		{.shape = PICTURE_JUMP, .text = "back"}};
	PictureArrow arrows[] = {{.from = 0, .to = 1, .text = "\"><script>"}, {.from = 1, .to = 0}};
	Picture picture = picture_of(boxes, 2, arrows, 2);

	OK(campaign_picture_arrange(&picture), "a loop is arranged");
	campaign_picture_svg_write(&picture, "<script>", "--> & <script>", append, &out);
	OK(strstr(out.bytes, "<script") == NULL, "B18: no name becomes an element");
	OK(strstr(out.bytes, "&lt;script&gt;alert(1)&lt;/script&gt;") != NULL, "but is shown as it is");
	OK(strstr(out.bytes, "http") == strstr(out.bytes, "http://www.w3.org/2000/svg") &&
		   strstr(strstr(out.bytes, "http") + 1, "http") == NULL,
	   "nothing is fetched from elsewhere");
	free_all();
}

int
main(void)
{
	test_text();
	test_chain();
	test_any_shape();
	test_svg();
	return unit_done();
}
