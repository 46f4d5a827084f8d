/*
 * picture_svg.c
 *		Boxes, arrows and jumps as elements of SVG.
 *
 * Whole texts stand in <title> where they were cut. Each text is laid out by the direction of its own
 * first letter, so that none can turn around what stands beside it.
 */
#include "core/picture_svg.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Half the width of an arrow's head, and its length. */
#define HEAD 4
#define HEAD_LENGTH 7

/* How round the corners of jumps are. */
#define CORNER 6

typedef struct Drawing
{
	const Picture *picture;
	PictureAppend append;
	void *arg;
} Drawing;

/*
 * Ink on each of these has a contrast of 4.5 : 1 at least, lines of 3 : 1; test/t/070_report.pl computes them.
 */
static const char *const style =
	"<style>"
	".campaign-picture{--paper:#ffffff;--ink:#1c2733;--soft:#4d5a69;--line:#6f7c8b;"
	"--action:#e8f0fe;--action-edge:#2f66cf;--timer:#f2f4f7;--timer-edge:#6f7c8b;"
	"--wait:#fff4d9;--wait-edge:#a26507;--choice:#f1ebfd;--choice-edge:#7446cc;"
	"--stage:#def4f1;--stage-edge:#0c7a70;--note:#f7f7f9;--note-edge:#6f7c8b;"
	"--success:#dff5e5;--success-edge:#1b8244;--failure:#fde8e8;--failure-edge:#c03535;"
	"--end:#eceff3;--end-edge:#6f7c8b;"
	"font:13px/1.3 ui-sans-serif,system-ui,-apple-system,\"Segoe UI\",Roboto,\"Noto Sans\",sans-serif}"
	"@media (prefers-color-scheme:dark){.campaign-picture{--paper:#161c24;--ink:#e8edf3;--soft:#b3bfcc;"
	"--line:#8593a3;--action:#1b2d4d;--action-edge:#7fabfb;--timer:#222a34;--timer-edge:#8593a3;"
	"--wait:#3a2e12;--wait-edge:#e0a63c;--choice:#2f2548;--choice-edge:#b394f5;"
	"--stage:#11362f;--stage-edge:#45c4b3;--note:#222933;--note-edge:#8593a3;"
	"--success:#16371f;--success-edge:#53c47d;--failure:#421f22;--failure-edge:#f28b8b;"
	"--end:#262e39;--end-edge:#8593a3}}"
	".campaign-picture text{fill:var(--ink);text-anchor:middle;unicode-bidi:plaintext;"
	"stroke:none;font-variant-numeric:tabular-nums}"
	".campaign-picture .b text:first-of-type{font-weight:600}"
	".campaign-picture .b text~text{fill:var(--soft);font-size:12px}"
	".campaign-picture .a path{fill:none;stroke:var(--line);stroke-width:1.5}"
	".campaign-picture .a .h{fill:var(--line);stroke:none}"
	".campaign-picture .a.jump path{stroke-dasharray:5 4}"
	".campaign-picture .l rect{fill:var(--paper)}"
	".campaign-picture .l text{fill:var(--soft);font-size:12px}"
	".campaign-picture .b path,.campaign-picture .b rect{stroke-width:1.5}"
	".campaign-picture .timer rect,.campaign-picture .jump rect{stroke-dasharray:5 4}";

static void
put(const Drawing *drawing, const char *text)
{
	drawing->append(drawing->arg, text, strlen(text));
}

/* Numbers and names of our own, no text of anybody's. */
static void putf(const Drawing *drawing, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static void
putf(const Drawing *drawing, const char *format, ...)
{
	char bytes[512];
	va_list list;

	va_start(list, format);
	vsnprintf(bytes, sizeof(bytes), format, list);
	va_end(list);
	put(drawing, bytes);
}

static void
put_text(const Drawing *drawing, const char *text, const char *end, bool whole)
{
	campaign_picture_text_write(text, end, whole, drawing->append, drawing->arg);
}

static void
put_styles(const Drawing *drawing)
{
	put(drawing, style);
	for (PictureShape shape = PICTURE_ACTION; shape <= PICTURE_END; shape++)
	{
		const char *name = campaign_picture_shape_name(shape);

		putf(drawing, ".campaign-picture .%s>:not(text){fill:var(--%s);stroke:var(--%s-edge)}",
			 name, name, name);
	}
	put(drawing, ".campaign-picture .jump rect{fill:var(--paper);stroke:var(--line)}</style>\n");
}

static void
put_head(const Drawing *drawing, int x, int y)
{
	putf(drawing, "<path class=\"h\" d=\"M%d %dl%d -%dh-%dz\"/>", x, y, HEAD, HEAD_LENGTH,
		 2 * HEAD);
}

/* From the middle below one box to the middle above the other, through its bends. */
static void
put_way(const Drawing *drawing, const PictureArrow *arrow)
{
	const PictureBox *from = &drawing->picture->boxes[arrow->from];
	const PictureBox *to = &drawing->picture->boxes[arrow->to];
	int x = from->x;
	int y = from->y + from->height;

	putf(drawing, "<g class=\"a\"><path d=\"M%d %d", x, y);
	for (int i = 0; i <= arrow->n_bends; i++)
	{
		bool last = i == arrow->n_bends;
		int next_x = last ? to->x : arrow->bends[i].x;
		int next_y = last ? to->y - HEAD_LENGTH : arrow->bends[i].y;

		if (next_x == x)
			putf(drawing, "V%d", next_y);
		else
			putf(drawing, "C%d %d %d %d %d %d", x, (y + next_y) / 2, next_x, (y + next_y) / 2,
				 next_x, next_y);
		x = next_x;
		y = last ? next_y : arrow->bends[i].bottom;
		if (y != next_y)
			putf(drawing, "V%d", y);
	}
	put(drawing, "\"/>");
	put_head(drawing, to->x, to->y);
	put(drawing, "</g>\n");
}

/* Down into the gap below its row, to the rail, and from there into the gap above the other row. */
static void
put_jump(const Drawing *drawing, const PictureArrow *arrow)
{
	const PictureBox *from = &drawing->picture->boxes[arrow->from];
	const PictureBox *to = &drawing->picture->boxes[arrow->to];
	int rail = PICTURE_MARGIN + (drawing->picture->n_rails - 1 - arrow->rail) * PICTURE_RAIL;
	int leave = from->row_bottom + CORNER;
	int enter = to->row_y - HEAD_LENGTH - 2;
	int x = to->x - (to->width > 80 ? 24 : to->width / 4);
	int turn = leave > enter ? -CORNER : CORNER;

	putf(drawing, "<g class=\"a jump\"><path d=\"M%d %dV%dH%dQ%d %d %d %dV%dQ%d %d %d %dH%dV%d\"/>",
		 from->x, from->y + from->height, leave, rail + CORNER, rail, leave, rail, leave + turn,
		 enter - turn, rail, enter, rail + CORNER, enter, x, to->y - HEAD_LENGTH);
	put_head(drawing, x, to->y);
	put(drawing, "</g>\n");
}

/* What an arrow says, on a piece of paper that covers the line behind it. */
static void
put_label(const Drawing *drawing, const PictureArrow *arrow)
{
	const PictureBend *at = &arrow->bends[0];
	const char *end = campaign_picture_text_line(arrow->text);
	int width = campaign_picture_text_width(arrow->text, end) + 8;

	put(drawing, "<g class=\"l\"><title>");
	put_text(drawing, arrow->text, arrow->text + strlen(arrow->text), true);
	putf(drawing, "</title><rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\"/>", at->x - width / 2,
		 at->y, width, PICTURE_LABEL);
	putf(drawing, "<text x=\"%d\" y=\"%d\">", at->x, at->y + 13);
	put_text(drawing, arrow->text, end, false);
	put(drawing, "</text></g>\n");
}

static void
put_outline(const Drawing *drawing, const PictureBox *box)
{
	int left = box->x - box->width / 2;
	int round = box->shape >= PICTURE_SUCCESS ? box->height / 2
				: box->shape == PICTURE_TIMER ? 14
											  : 6;

	if (box->shape == PICTURE_CHOICE)
	{
		putf(drawing, "<path d=\"M%d %dh%dl%d %dl-%d %dh-%dl-%d -%dz\"/>", left + PICTURE_PADDING,
			 box->y, box->width - 2 * PICTURE_PADDING, PICTURE_PADDING, box->height / 2,
			 PICTURE_PADDING, box->height - box->height / 2, box->width - 2 * PICTURE_PADDING,
			 PICTURE_PADDING, box->height - box->height / 2);
		return;
	}
	putf(drawing, "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" rx=\"%d\"/>", left, box->y,
		 box->width, box->height, round);
}

static void
put_box(const Drawing *drawing, const PictureBox *box)
{
	const char *line = box->text;

	putf(drawing, "<g class=\"b %s\"><title>", campaign_picture_shape_name(box->shape));
	put_text(drawing, box->text, box->text + strlen(box->text), true);
	put(drawing, "</title>");
	put_outline(drawing, box);
	for (int i = 0;; i++)
	{
		const char *end = campaign_picture_text_line(line);

		putf(drawing, "<text x=\"%d\" y=\"%d\">", box->x,
			 box->y + PICTURE_PADDING / 2 + PICTURE_LINE * i + 13);
		put_text(drawing, line, end, false);
		put(drawing, "</text>");
		if (*end == '\0')
			break;
		line = end + 1;
	}
	put(drawing, "</g>\n");
}

void
campaign_picture_svg_write(const Picture *picture, const char *title, const char *told,
						   PictureAppend append, void *arg)
{
	Drawing drawing = {picture, append, arg};

	putf(&drawing,
		 "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"campaign-picture\" role=\"img\" "
		 "width=\"%d\" height=\"%d\" viewBox=\"0 0 %d %d\"><title>",
		 picture->width, picture->height, picture->width, picture->height);
	put_text(&drawing, title, title + strlen(title), true);
	put(&drawing, "</title><desc>");
	put_text(&drawing, told, told + strlen(told), true);
	put(&drawing, "</desc>");
	put_styles(&drawing);
	putf(&drawing, "<rect width=\"%d\" height=\"%d\" fill=\"var(--paper)\"/>\n", picture->width,
		 picture->height);
	for (int i = 0; i < picture->n_arrows; i++)
	{
		if (picture->arrows[i].jump)
			put_jump(&drawing, &picture->arrows[i]);
		else
			put_way(&drawing, &picture->arrows[i]);
	}
	for (int i = 0; i < picture->n_arrows; i++)
		if (!picture->arrows[i].jump && picture->arrows[i].text != NULL)
			put_label(&drawing, &picture->arrows[i]);
	for (int i = 0; i < picture->n_boxes; i++)
		put_box(&drawing, &picture->boxes[i]);
	put(&drawing, "</svg>\n");
}
