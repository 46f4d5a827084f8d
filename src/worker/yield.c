/*
 * yield.c
 *		Making way for statements that want a database for themselves.
 */
#include "worker/yield.h"

#include <signal.h>

#include "postgres.h"
#include "commands/dbcommands.h"
#include "commands/defrem.h"
#include "miscadmin.h"
#include "nodes/parsenodes.h"
#include "store/compat.h"
#include "tcop/utility.h"
#include "worker/shared.h"

static ProcessUtility_hook_type previous_utility_hook;

/* The value of an option of CREATE or ALTER DATABASE, NULL if it is not given. */
static const char *
find_option(List *options, const char *name)
{
	ListCell *cell;

	foreach (cell, options)
	{
		DefElem *option = lfirst(cell);

		if (strcmp(option->defname, name) == 0 && option->arg != NULL)
			return defGetString(option);
	}
	return NULL;
}

/* The name of the database that a statement wants for itself, NULL if it is no such statement. */
static const char *
wanted_database(Node *statement)
{
	switch (nodeTag(statement))
	{
		case T_DropdbStmt:
			return ((DropdbStmt *) statement)->dbname;
		case T_RenameStmt:
			if (((RenameStmt *) statement)->renameType != OBJECT_DATABASE)
				return NULL;
			return ((RenameStmt *) statement)->subname;
		case T_AlterDatabaseStmt:
			if (find_option(((AlterDatabaseStmt *) statement)->options, "tablespace") == NULL)
				return NULL;
			return ((AlterDatabaseStmt *) statement)->dbname;
		case T_CreatedbStmt:
			return find_option(((CreatedbStmt *) statement)->options, "template");
		default:
			return NULL;
	}
}

/* What is being started now is stopped by the statement's own lock on the database. */
static void
end_workers(Oid database)
{
	DatabaseEntry *entry;
	int i;

	campaign_shared_lock(LW_SHARED);
	entry = campaign_shared_find(database);
	for (i = 0; entry != NULL && i < SHARED_SLOTS_EACH; i++)
	{
		if (entry->slots[i].state == SLOT_RUNNING)
			(void) kill(entry->slots[i].pid, SIGTERM);
	}
	campaign_shared_unlock();
}

static void
before_utility(PlannedStmt *statement, const char *text, bool read_only_tree,
			   ProcessUtilityContext context, ParamListInfo params, QueryEnvironment *environment,
			   DestReceiver *receiver, QueryCompletion *completion)
{
	const char *name = wanted_database(statement->utilityStmt);

	if (name != NULL)
	{
		Oid database = get_database_oid(name, true);

		if (OidIsValid(database) && compat_owns_database(database, GetUserId()))
			end_workers(database);
	}
	if (previous_utility_hook)
		previous_utility_hook(statement, text, read_only_tree, context, params, environment,
							  receiver, completion);
	else
		standard_ProcessUtility(statement, text, read_only_tree, context, params, environment,
								receiver, completion);
}

void
campaign_yield_install(void)
{
	previous_utility_hook = ProcessUtility_hook;
	ProcessUtility_hook = before_utility;
}
