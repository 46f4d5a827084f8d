/*
 * drawing.c
 *		What pictures of sequences are made from: compiled_ways(), which way leads where, and
 *		picture_svg(), boxes and arrows drawn.
 *
 * What boxes and arrows say is put together by SQL (sql/73_pictures.sql).
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "fmgr.h"
#include "funcapi.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"

#include "core/graph_links.h"
#include "core/picture_svg.h"
#include "engine/definition.h"

PG_FUNCTION_INFO_V1(campaign_api_compiled_ways);
PG_FUNCTION_INFO_V1(campaign_api_picture_svg);

/* One row for each way on from each step; raises the first error of the definition. */
Datum
campaign_api_compiled_ways(PG_FUNCTION_ARGS)
{
	Jsonb *json = PG_ARGISNULL(0) ? NULL : PG_GETARG_JSONB_P(0);
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	Definition *definition;

	InitMaterializedSRF(fcinfo, 0);
	definition = campaign_definition_compile(json, campaign_action_kinds_load(), NULL, 0, NULL, 0);
	campaign_definition_require(definition);

	for (int step = 0; step < definition->graph.n_steps; step++)
	{
		GraphLink link;

		for (int way = 0; campaign_graph_link_at(&definition->graph, step, way, &link); way++)
		{
			Datum values[3] = {Int32GetDatum(step), Int32GetDatum(way), Int32GetDatum(link.target)};
			bool nulls[3] = {false};

			tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
		}
	}
	return (Datum) 0;
}

/* The elements of an array of texts, as C has them; NULL for NULL. */
static char **
texts_of(ArrayType *array, int *n)
{
	Datum *values;
	bool *nulls;
	char **texts;

	deconstruct_array(array, TEXTOID, -1, false, TYPALIGN_INT, &values, &nulls, n);
	texts = palloc(Max(*n, 1) * sizeof(char *));
	for (int i = 0; i < *n; i++)
		texts[i] = nulls[i] ? NULL : TextDatumGetCString(values[i]);
	return texts;
}

static int
numbers_of(ArrayType *array, int32 **numbers)
{
	Datum *values;
	int n;

	deconstruct_array(array, INT4OID, sizeof(int32), true, TYPALIGN_INT, &values, NULL, &n);
	*numbers = palloc(Max(n, 1) * sizeof(int32));
	for (int i = 0; i < n; i++)
		(*numbers)[i] = DatumGetInt32(values[i]);
	return n;
}

static void
read_boxes(FunctionCallInfo fcinfo, Picture *picture)
{
	int n_texts;
	char **shapes = texts_of(PG_GETARG_ARRAYTYPE_P(2), &picture->n_boxes);
	char **texts = texts_of(PG_GETARG_ARRAYTYPE_P(3), &n_texts);

	if (n_texts != picture->n_boxes)
		elog(ERROR, "each box has a shape and a text");
	picture->boxes = palloc0(Max(n_texts, 1) * sizeof(PictureBox));
	for (int i = 0; i < n_texts; i++)
	{
		picture->boxes[i].shape = campaign_picture_shape(shapes[i] == NULL ? "" : shapes[i]);
		picture->boxes[i].text = texts[i] == NULL ? "" : texts[i];
	}
}

static void
read_arrows(FunctionCallInfo fcinfo, Picture *picture)
{
	int32 *from;
	int32 *to;
	int n = numbers_of(PG_GETARG_ARRAYTYPE_P(4), &from);
	int n_to = numbers_of(PG_GETARG_ARRAYTYPE_P(5), &to);
	char **texts = texts_of(PG_GETARG_ARRAYTYPE_P(6), &picture->n_arrows);

	if (n != n_to || n != picture->n_arrows)
		elog(ERROR, "each arrow has two ends and a text");
	picture->arrows = palloc0(Max(n, 1) * sizeof(PictureArrow));
	for (int i = 0; i < n; i++)
	{
		picture->arrows[i].from = from[i];
		picture->arrows[i].to = to[i];
		picture->arrows[i].text = texts[i];
		/* what goes on elsewhere goes around */
		picture->arrows[i].jump = from[i] >= 0 && from[i] < picture->n_boxes &&
								  picture->boxes[from[i]].shape == PICTURE_JUMP;
	}
}

static void *
memory_of_server(void *arg, size_t size)
{
	CHECK_FOR_INTERRUPTS();
	return palloc_extended(size, MCXT_ALLOC_HUGE);
}

static void
append_to(void *arg, const char *bytes, size_t length)
{
	appendBinaryStringInfo(arg, bytes, (int) length);
}

/* (title, told, shapes text[], texts text[], from int[], to int[], labels text[]): boxes are counted from 0. */
Datum
campaign_api_picture_svg(PG_FUNCTION_ARGS)
{
	Picture picture = {.memory = memory_of_server};
	StringInfoData svg;

	read_boxes(fcinfo, &picture);
	read_arrows(fcinfo, &picture);
	if (!campaign_picture_arrange(&picture))
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("the picture is too large to be drawn"),
				 errdetail("It has %d boxes and %d arrows.", picture.n_boxes, picture.n_arrows),
				 errhint("Ask for format mermaid or dot, and let another program draw it.")));
	initStringInfo(&svg);
	campaign_picture_svg_write(&picture, text_to_cstring(PG_GETARG_TEXT_PP(0)),
							   text_to_cstring(PG_GETARG_TEXT_PP(1)), append_to, &svg);
	PG_RETURN_TEXT_P(cstring_to_text_with_len(svg.data, svg.len));
}
