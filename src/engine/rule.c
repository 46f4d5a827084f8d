/*
 * rule.c
 *		Rules of audiences as conditions of SQL.
 */
#include "engine/rule.h"

#include "catalog/pg_type.h"
#include "lib/stringinfo.h"
#include "utils/builtins.h"
#include "utils/json.h"
#include "utils/numeric.h"

#include "engine/path.h"

/* A condition that is being put together. */
typedef struct RuleText
{
	const RuleTarget *target;
	StringInfoData sql; /* what is said by SQL; empty = nothing */
	bool complete;      /* and that is all that the rule says */
} RuleText;

static bool say_in_sql(const RuleTarget *target, JsonPathItem *item, StringInfo sql);

static char *
key_of(JsonPathItem *item)
{
	int32 len;
	char *text = jspGetString(item, &len);

	return pnstrdup(text, len);
}

/* The key below the root of the target where the item is exactly that, as status of $.row.status. */
static char *
simple_key(const RuleTarget *target, JsonPathItem *item)
{
	JsonPathItem root;
	JsonPathItem key;
	JsonPathItem beyond;

	if (item->type != jpiRoot || !jspGetNext(item, &root) || root.type != jpiKey ||
		strcmp(key_of(&root), target->root) != 0 || !jspGetNext(&root, &key) ||
		key.type != jpiKey || jspGetNext(&key, &beyond))
		return NULL;
	return key_of(&key);
}

static Oid
column_type(const RuleTarget *target, const char *name)
{
	int i;

	for (i = 0; i < target->n_columns; i++)
		if (strcmp(target->columns[i], name) == 0)
			return target->types[i];
	return InvalidOid;
}

static const char *
operator_of(JsonPathItemType type)
{
	switch (type)
	{
		case jpiEqual:
			return "=";
		case jpiNotEqual:
			return "<>";
		case jpiLess:
			return "<";
		case jpiLessOrEqual:
			return "<=";
		case jpiGreater:
			return ">";
		case jpiGreaterOrEqual:
			return ">=";
		default:
			return NULL;
	}
}

static JsonPathItemType
turned(JsonPathItemType type)
{
	switch (type)
	{
		case jpiLess:
			return jpiGreater;
		case jpiLessOrEqual:
			return jpiGreaterOrEqual;
		case jpiGreater:
			return jpiLess;
		case jpiGreaterOrEqual:
			return jpiLessOrEqual;
		default:
			return type;
	}
}

static bool
is_literal(JsonPathItem *item)
{
	JsonPathItem next;

	return (item->type == jpiString || item->type == jpiNumeric || item->type == jpiBool) &&
		   !jspGetNext(item, &next);
}

static char *
number_of(JsonPathItem *item)
{
	return DatumGetCString(DirectFunctionCall1(numeric_out, NumericGetDatum(jspGetNumeric(item))));
}

/* A column compared with a value; false where SQL would compare otherwise than the path does. */
static bool
compare_column(const RuleTarget *target, const char *key, Oid type, JsonPathItemType how,
			   JsonPathItem *value, StringInfo sql)
{
	bool by_equality = how == jpiEqual || how == jpiNotEqual;
	const char *shown;

	if (value->type == jpiString && by_equality && (type == TEXTOID || type == VARCHAROID))
		shown = quote_literal_cstr(key_of(value));
	else if (value->type == jpiNumeric &&
			 (type == INT2OID || type == INT4OID || type == INT8OID || type == NUMERICOID))
		shown = number_of(value);
	else if (value->type == jpiBool && by_equality && type == BOOLOID)
		shown = jspGetBool(value) ? "true" : "false";
	else
		return false;
	appendStringInfo(sql, "%s.%s %s %s", target->alias, quote_identifier(key), operator_of(how),
					 shown);
	return true;
}

/* An attribute compared with a value, in the form that an index over all of them can serve. */
static bool
compare_other(const RuleTarget *target, const char *key, JsonPathItemType how, JsonPathItem *value,
			  StringInfo sql)
{
	StringInfoData path;

	if (target->others == NULL)
		return false;
	initStringInfo(&path);
	appendStringInfoString(&path, "$.");
	escape_json(&path, key);
	appendStringInfo(&path, " %s ",
					 how == jpiEqual      ? "=="
					 : how == jpiNotEqual ? "!="
										  : operator_of(how));
	if (value->type == jpiString)
		escape_json(&path, key_of(value));
	else
		appendStringInfoString(&path, value->type == jpiNumeric ? number_of(value)
									  : jspGetBool(value)       ? "true"
																: "false");
	appendStringInfo(sql, "%s.%s OPERATOR(pg_catalog.@@) %s::pg_catalog.jsonpath", target->alias,
					 quote_identifier(target->others), quote_literal_cstr(path.data));
	return true;
}

static bool
translate_comparison(const RuleTarget *target, JsonPathItem *item, StringInfo sql)
{
	JsonPathItemType how = item->type;
	JsonPathItem left;
	JsonPathItem right;
	char *key;
	Oid type;

	jspGetLeftArg(item, &left);
	jspGetRightArg(item, &right);
	if (is_literal(&left))
	{
		JsonPathItem other = left;

		left = right;
		right = other;
		how = turned(how);
	}
	key = simple_key(target, &left);
	if (key == NULL || !is_literal(&right))
		return false;
	type = column_type(target, key);
	if (OidIsValid(type))
		return compare_column(target, key, type, how, &right, sql);
	return compare_other(target, key, how, &right, sql);
}

static bool
translate_exists(const RuleTarget *target, JsonPathItem *item, StringInfo sql)
{
	JsonPathItem argument;
	char *key;

	jspGetArg(item, &argument);
	key = simple_key(target, &argument);
	if (key == NULL || !OidIsValid(column_type(target, key)))
		return false;
	appendStringInfo(sql, "%s.%s IS NOT NULL", target->alias, quote_identifier(key));
	return true;
}

/* Either side alone would let through too few. */
static bool
translate_or(const RuleTarget *target, JsonPathItem *item, StringInfo sql)
{
	JsonPathItem part;
	StringInfoData left;
	StringInfoData right;

	initStringInfo(&left);
	initStringInfo(&right);
	jspGetLeftArg(item, &part);
	if (!say_in_sql(target, &part, &left))
		return false;
	jspGetRightArg(item, &part);
	if (!say_in_sql(target, &part, &right))
		return false;
	appendStringInfo(sql, "(%s OR %s)", left.data, right.data);
	return true;
}

/* False if SQL does not say all of it with the same meaning; nothing of use is in sql then. */
static bool
say_in_sql(const RuleTarget *target, JsonPathItem *item, StringInfo sql)
{
	JsonPathItem next;

	/* what follows a predicate makes something else of it */
	if (jspGetNext(item, &next))
		return false;
	if (operator_of(item->type) != NULL)
		return translate_comparison(target, item, sql);
	if (item->type == jpiExists)
		return translate_exists(target, item, sql);
	if (item->type == jpiOr)
		return translate_or(target, item, sql);
	return false;
}

/* What holds together with the rest is said by SQL as far as it can be. */
static void
add_parts(RuleText *text, JsonPathItem *item)
{
	StringInfoData part;
	JsonPathItem side;
	JsonPathItem next;

	if (item->type == jpiAnd && !jspGetNext(item, &next))
	{
		jspGetLeftArg(item, &side);
		add_parts(text, &side);
		jspGetRightArg(item, &side);
		add_parts(text, &side);
		return;
	}
	initStringInfo(&part);
	if (!say_in_sql(text->target, item, &part))
	{
		text->complete = false;
		return;
	}
	appendStringInfo(&text->sql, "%s%s", text->sql.len > 0 ? " AND " : "", part.data);
}

static void
check_roots(const char *rule, const ReadPath *read, const RuleTarget *target)
{
	ListCell *cell;

	foreach (cell, read->roots)
	{
		const char *root = lfirst(cell);

		if (strcmp(root, target->root) != 0 &&
			!(target->has_prospect && strcmp(root, "prospect") == 0))
			ereport(
				ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("a rule of this audience cannot ask about $.%s", root),
				 errdetail("The rule is %s.", rule),
				 target->has_prospect
					 ? errhint(
						   "Rules over a source ask about $.row, and about $.prospect as far as "
						   "columns are mapped.")
					 : errhint("Rules over prospects ask about $.prospect.")));
	}
}

char *
campaign_rule_condition(const char *rule, const RuleTarget *target)
{
	ReadPath read = campaign_path_read(rule);
	RuleText text = {target, {0}, true};
	JsonPathItem root;

	if (read.path == NULL)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("a rule cannot be a condition: %s", read.fault),
						errdetail("The rule is %s.", rule), errhint("%s", read.hint)));
	check_roots(rule, &read, target);
	initStringInfo(&text.sql);
	jspInit(&root, read.path);
	/* strict paths do not look into arrays, where those that we make do */
	if (read.path->header & JSONPATH_LAX)
		add_parts(&text, &root);
	else
		text.complete = false;
	if (!text.complete)
		appendStringInfo(
			&text.sql,
			"%sCOALESCE(pg_catalog.jsonb_path_match_tz(%s, %s::pg_catalog.jsonpath, %s, true), "
			"false)",
			text.sql.len > 0 ? " AND " : "", target->document, quote_literal_cstr(rule),
			target->variables);
	return text.sql.data;
}
