/*
 * sequence.c
 *		Definitions of sequences, as SQL sees them: validate_sequence(), and what is compiled of a
 *		definition for the tables step and campaign_fact.
 */
#include "postgres.h"

#include "fmgr.h"
#include "funcapi.h"
#include "catalog/pg_type.h"
#include "utils/array.h"
#include "utils/builtins.h"

#include "engine/definition.h"
#include "store/owner.h"

PG_FUNCTION_INFO_V1(campaign_api_validate_sequence);
PG_FUNCTION_INFO_V1(campaign_api_compiled_steps);
PG_FUNCTION_INFO_V1(campaign_api_compiled_facts);

/* Compiles the first argument, as a sequence on its own. */
static Definition *
compile_argument(FunctionCallInfo fcinfo)
{
	Jsonb *json = PG_ARGISNULL(0) ? NULL : PG_GETARG_JSONB_P(0);

	return campaign_definition_compile(json, campaign_action_kinds_load(), NULL, 0, NULL, 0);
}

/* The kinds of event of the third argument, by bit. */
static int
known_facts(FunctionCallInfo fcinfo, char ***known)
{
	Datum *values;
	int n;

	if (PG_ARGISNULL(2))
		return 0;
	deconstruct_array(PG_GETARG_ARRAYTYPE_P(2), TEXTOID, -1, false, TYPALIGN_INT, &values, NULL,
					  &n);
	*known = palloc(Max(n, 1) * sizeof(char *));
	for (int i = 0; i < n; i++)
		(*known)[i] = TextDatumGetCString(values[i]);
	return n;
}

static void
put_row(FunctionCallInfo fcinfo, Datum *values, bool *nulls)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;

	tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
}

static void
set_text(Datum *value, bool *null, const char *text)
{
	*null = text == NULL;
	*value = text == NULL ? (Datum) 0 : CStringGetTextDatum(text);
}

/* The kinds of action and of event are read as the owner: whoever has a definition may ask. */
Datum
campaign_api_validate_sequence(PG_FUNCTION_ARGS)
{
	Definition *definition;
	OwnerScope scope;
	ListCell *cell;

	InitMaterializedSRF(fcinfo, 0);
	campaign_owner_enter(&scope);
	definition = compile_argument(fcinfo);
	campaign_owner_leave(&scope);

	foreach (cell, definition->faults)
	{
		const DefinitionFault *fault = lfirst(cell);
		Datum values[4];
		bool nulls[4];

		set_text(&values[0], &nulls[0], fault->path);
		set_text(&values[1], &nulls[1], fault->severity);
		set_text(&values[2], &nulls[2], fault->code);
		set_text(&values[3], &nulls[3], fault->detail);
		put_row(fcinfo, values, nulls);
	}
	return (Datum) 0;
}

/* One row for each place where a run can stand; raises the first error of the definition. */
Datum
campaign_api_compiled_steps(PG_FUNCTION_ARGS)
{
	Definition *definition;

	InitMaterializedSRF(fcinfo, 0);
	definition = compile_argument(fcinfo);
	campaign_definition_require(definition);

	for (int i = 0; i < definition->graph.n_steps; i++)
	{
		const GraphStep *step = &definition->graph.steps[i];
		const StepContent *content = &definition->steps[i];
		Datum values[8];
		bool nulls[8] = {false};

		values[0] = Int32GetDatum(i);
		/* An end that no step is written for belongs to the definition as a whole. */
		set_text(&values[1], &nulls[1], step->path == NULL ? "$" : step->path);
		set_text(&values[2], &nulls[2], step->name);
		set_text(&values[3], &nulls[3], campaign_definition_kind_name(step->kind));
		set_text(&values[4], &nulls[4], content->kind == NULL ? NULL : content->kind->name);
		nulls[5] = content->content == NULL;
		values[5] = nulls[5] ? (Datum) 0 : JsonbPGetDatum(content->content);
		set_text(&values[6], &nulls[6], content->delay);
		values[7] = BoolGetDatum(content->missing_content);
		put_row(fcinfo, values, nulls);
	}
	return (Datum) 0;
}

/* The kinds of event that the steps and the settings ask about; raises their first error. */
Datum
campaign_api_compiled_facts(PG_FUNCTION_ARGS)
{
	Jsonb *json = PG_ARGISNULL(0) ? NULL : PG_GETARG_JSONB_P(0);
	Jsonb *settings = PG_ARGISNULL(1) ? NULL : PG_GETARG_JSONB_P(1);
	Definition *definition;
	char **known = NULL;
	int n_known;

	InitMaterializedSRF(fcinfo, 0);
	n_known = known_facts(fcinfo, &known);
	definition = campaign_definition_compile(json, campaign_action_kinds_load(), known, n_known,
											 settings, 0);
	campaign_definition_require(definition);

	for (int bit = 0; bit < definition->n_facts; bit++)
	{
		Datum values[2];
		bool nulls[2] = {false};

		values[0] = Int32GetDatum(bit);
		set_text(&values[1], &nulls[1], definition->fact_kinds[bit]);
		put_row(fcinfo, values, nulls);
	}
	return (Datum) 0;
}
