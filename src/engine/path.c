/*
 * path.c
 *		SQL/JSON paths as conditions.
 */
#include "engine/path.h"

#include "miscadmin.h"
#include "utils/builtins.h"

#define DOCUMENT "prospect, relation, facts, sender, campaign, enrollment, run, row"

/* What has been seen of a path. */
typedef struct PathView
{
	List *texts; /* of char * */
	List *roots; /* of char *: keys of the document */
	bool asks_facts;
	bool asks;            /* about the document, or the time */
	int sweeps;           /* how often it goes through everything, by .** */
	const char *variable; /* one that nobody gives a value */
	const char *stranger; /* a key that the document does not have */
} PathView;

static void view_item(PathView *view, JsonPathItem *item);

static char *
text_of(JsonPathItem *item)
{
	int32 len;
	char *text = jspGetString(item, &len);

	return pnstrdup(text, len);
}

static bool
in_document(const char *key)
{
	static const char *const keys[] = {"prospect", "relation",   "facts", "sender",
									   "campaign", "enrollment", "run",   "row"};

	for (size_t i = 0; i < lengthof(keys); i++)
		if (strcmp(keys[i], key) == 0)
			return true;
	return false;
}

/* The document itself: what follows is one of its keys. */
static void
view_root(PathView *view, JsonPathItem *item)
{
	JsonPathItem next;
	char *key;

	view->asks = true;
	if (!jspGetNext(item, &next) || next.type != jpiKey)
		return;
	key = text_of(&next);
	view->roots = lappend(view->roots, key);
	if (strcmp(key, "facts") == 0)
		view->asks_facts = true;
	else if (!in_document(key))
		view->stranger = key;
}

static void
view_subscripts(PathView *view, JsonPathItem *item)
{
	for (int i = 0; i < item->content.array.nelems; i++)
	{
		JsonPathItem from;
		JsonPathItem to;

		if (jspGetArraySubscript(item, &from, &to, i))
			view_item(view, &to);
		view_item(view, &from);
	}
}

/* What an item is made of. */
static void
view_parts(PathView *view, JsonPathItem *item)
{
	JsonPathItem part;

	switch (item->type)
	{
		case jpiAnd:
		case jpiOr:
		case jpiEqual:
		case jpiNotEqual:
		case jpiLess:
		case jpiGreater:
		case jpiLessOrEqual:
		case jpiGreaterOrEqual:
		case jpiAdd:
		case jpiSub:
		case jpiMul:
		case jpiDiv:
		case jpiMod:
		case jpiStartsWith:
			jspGetLeftArg(item, &part);
			view_item(view, &part);
			jspGetRightArg(item, &part);
			view_item(view, &part);
			break;
		case jpiNot:
		case jpiIsUnknown:
		case jpiPlus:
		case jpiMinus:
		case jpiExists:
		case jpiFilter:
			jspGetArg(item, &part);
			view_item(view, &part);
			break;
		case jpiLikeRegex:
			jspInitByBuffer(&part, item->base, item->content.like_regex.expr);
			view_item(view, &part);
			break;
		case jpiIndexArray:
			view_subscripts(view, item);
			break;
		case jpiRoot:
			view_root(view, item);
			break;
		case jpiAny:
			view->sweeps++;
			break;
		case jpiString:
			view->texts = lappend(view->texts, text_of(item));
			break;
		case jpiVariable:
			if (strcmp(text_of(item), "now") == 0)
				view->asks = true;
			else
				view->variable = text_of(item);
			break;
		default:
			break;
	}
}

static void
view_item(PathView *view, JsonPathItem *item)
{
	JsonPathItem next;

	check_stack_depth();
	view_parts(view, item);
	if (jspGetNext(item, &next))
		view_item(view, &next);
}

/*
 * False if the path surely gives no truth value. What leads to a key of the prospect may: attributes
 * can be true or false.
 */
static bool
may_hold(JsonPath *path)
{
	JsonPathItem item;
	JsonPathItem next;
	int length = 1;

	jspInit(&item, path);
	for (; jspGetNext(&item, &next); length++)
		item = next;
	switch (item.type)
	{
		case jpiAnd:
		case jpiOr:
		case jpiNot:
		case jpiIsUnknown:
		case jpiEqual:
		case jpiNotEqual:
		case jpiLess:
		case jpiGreater:
		case jpiLessOrEqual:
		case jpiGreaterOrEqual:
		case jpiExists:
		case jpiStartsWith:
		case jpiLikeRegex:
			return true;
		case jpiKey:
			/* $.prospect is an object, $.prospect.vip may be true */
			return length > 2;
		case jpiAnyKey:
		case jpiAnyArray:
		case jpiIndexArray:
		case jpiAny:
			return true;
		default:
			return false;
	}
}

/*
 * PostgreSQL's own reading. It raises what is no path, which is caught here and not in a
 * subtransaction: jsonpath_in() takes no lock and holds nothing but memory.
 */
static JsonPath *
parse(const char *text, const char **fault)
{
	MemoryContext context = CurrentMemoryContext;
	JsonPath *volatile path = NULL;

	PG_TRY();
	{
		path = DatumGetJsonPathP(DirectFunctionCall1(jsonpath_in, CStringGetDatum(text)));
	}
	PG_CATCH();
	{
		ErrorData *error;

		if (geterrcode() != ERRCODE_SYNTAX_ERROR &&
			ERRCODE_TO_CATEGORY(geterrcode()) != ERRCODE_DATA_EXCEPTION)
			PG_RE_THROW();
		MemoryContextSwitchTo(context);
		error = CopyErrorData();
		FlushErrorState();
		*fault = error->message;
	}
	PG_END_TRY();
	return path;
}

bool
campaign_path_meant(const char *text)
{
	return strchr(text, '$') != NULL;
}

bool
campaign_path_asks(const ReadPath *read, const char *root)
{
	ListCell *cell;

	foreach (cell, read->roots)
		if (strcmp(lfirst(cell), root) == 0)
			return true;
	return false;
}

static ReadPath
read_path(const char *text, bool predicate)
{
	ReadPath result = {.hint =
						   "Write an SQL/JSON path predicate, such as $.prospect.country == \"FR\" "
						   "or exists($.prospect.phone)."};
	PathView view = {0};
	JsonPath *path = parse(text, &result.fault);
	JsonPathItem root;

	if (path == NULL)
		return result;
	jspInit(&root, path);
	view_item(&view, &root);
	if (view.variable != NULL)
	{
		result.fault = psprintf("it has a variable $%s, and only $now has a value", view.variable);
		result.hint = "The document begins with a dot after the sign, as $.prospect.country.";
	}
	else if (view.sweeps > 1)
	{
		/* each one takes as long as all that the one before has found, within a round */
		result.fault = "it goes through all of the document more than once";
		result.hint = "Write .** once at most.";
	}
	else if (!view.asks)
		result.fault = "it asks nothing about the document, which is $";
	else if (view.stranger != NULL)
	{
		result.fault = psprintf("the document has no \"%s\"", view.stranger);
		result.hint = "It has " DOCUMENT ".";
	}
	else if (!predicate && view.asks_facts)
		result.fault = "facts have no value";
	else if (predicate && !may_hold(path))
	{
		result.fault = "it is neither true nor false";
		result.hint = "Compare what it finds with something, or ask exists(...).";
	}
	else
	{
		result.path = path;
		result.facts = view.asks_facts ? view.texts : NIL;
		result.roots = view.roots;
	}
	return result;
}

ReadPath
campaign_path_read(const char *text)
{
	return read_path(text, true);
}

ReadPath
campaign_path_read_value(const char *text)
{
	ReadPath result = read_path(text, false);

	if (result.path == NULL)
		result.hint = "Write an SQL/JSON path to a value, such as $.prospect.due_date.";
	return result;
}
