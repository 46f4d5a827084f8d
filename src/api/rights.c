/*
 * rights.c
 *		Who may act in which workspace: my_workspaces(), current_workspace(), acting_workspace().
 *
 * What a role may do is read by store/access.
 *
 * Two different roles ask. Row-level security, views and column defaults run as the invoker, so the
 * first two look at GetUserId(). acting_workspace() is called by functions that already run as the
 * owner, and has to look past that: it takes GetOuterUserId(), the role of the session or of SET
 * ROLE. Its limit: where a user's own SECURITY DEFINER function calls a function of campaign, the
 * rights are those of the role that called the user's function, not of that function's owner.
 */
#include "postgres.h"

#include "access/xact.h"
#include "fmgr.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

#include "store/access.h"
#include "store/clock.h"
#include "store/compat.h"
#include "store/owner.h"
#include "store/plan.h"
#include "store/settings.h"

#define DEFAULT_WORKSPACE "default"

PG_FUNCTION_INFO_V1(campaign_api_my_workspaces);
PG_FUNCTION_INFO_V1(campaign_api_current_workspace);
PG_FUNCTION_INFO_V1(campaign_api_acting_workspace);
PG_FUNCTION_INFO_V1(campaign_api_acting_has);
PG_FUNCTION_INFO_V1(campaign_api_my_members);

static StorePlan virtual_mark = {.sql = "SELECT i.is_virtual FROM campaign.instance i",
								 .n_args = 0};

static bool
is_marked_virtual(void)
{
	OwnerScope scope;
	bool marked;

	campaign_owner_enter(&scope);
	SPI_connect();
	marked =
		campaign_plan_run(&virtual_mark, NULL, NULL, true) > 0 && campaign_plan_bool(0, 1, false);
	SPI_finish();
	campaign_owner_leave(&scope);
	return marked;
}

/* ---- the workspace that is meant ------------------------------------------------------------- */

static const char *
workspace_setting(void)
{
	const char *name = campaign_settings.workspace;

	return name == NULL || name[0] == '\0' ? DEFAULT_WORKSPACE : name;
}

/* That a workspace of the name exists is told only to those who may act in it. */
static void
refuse_workspace(Oid user, const char *name)
{
	RightsList list = campaign_access_list(user);
	StringInfoData names;

	initStringInfo(&names);
	for (int i = 0; i < list.n && i < 10; i++)
		appendStringInfo(&names, "%s\"%s\"", i > 0 ? ", " : "", list.items[i].name);
	if (list.n > 10)
		appendStringInfoString(&names, ", ...");
	ereport(ERROR, errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
			errmsg("no access to workspace \"%s\"", name),
			errdetail("There is no such workspace, or role \"%s\" has been granted nothing in it.",
					  GetUserNameFromId(user, false)),
			list.n > 0
				? errhint("Set campaign.workspace to a workspace that is open to the role: %s.",
						  names.data)
				: errhint("An admin of the workspace grants access by "
						  "campaign.grant_access(role, workspace, level)."));
}

/*
 * The rights in the workspace that the setting names. One who has exactly one workspace never needs
 * the setting: while it names the default workspace, closed to him, his own is meant.
 */
static Rights
current_rights(Oid user)
{
	const char *name = workspace_setting();
	Rights rights = campaign_access_rights(user, name);

	if (rights.levels == 0 && strcmp(name, DEFAULT_WORKSPACE) == 0)
	{
		RightsList list = campaign_access_list(user);

		if (list.n == 1)
			rights = list.items[0];
	}
	if (rights.levels == 0)
		refuse_workspace(user, name);
	return rights;
}

/* ---- functions of SQL ------------------------------------------------------------------------ */

/*
 * my_workspaces(): where the calling role may read; my_workspaces(level): where it has that level.
 * The predicate of all policies and views.
 */
Datum
campaign_api_my_workspaces(PG_FUNCTION_ARGS)
{
	FuncCallContext *call;
	RightsList *list;
	Datum workspace;

	if (SRF_IS_FIRSTCALL())
	{
		MemoryContext context;
		AccessLevel needed = LEVEL_VIEWER;
		int kept = 0;

		call = SRF_FIRSTCALL_INIT();
		context = MemoryContextSwitchTo(call->multi_call_memory_ctx);
		if (PG_NARGS() > 0)
			needed = campaign_access_level(text_to_cstring(PG_GETARG_TEXT_PP(0)))->level;
		list = palloc(sizeof(RightsList));
		*list = campaign_access_list(GetUserId());
		for (int i = 0; i < list->n; i++)
			if (list->items[i].levels & needed)
				list->items[kept++] = list->items[i];
		list->n = kept;
		call->user_fctx = list;
		MemoryContextSwitchTo(context);
	}

	call = SRF_PERCALL_SETUP();
	list = call->user_fctx;
	if (call->call_cntr >= (uint64) list->n)
		SRF_RETURN_DONE(call);
	/* the macro counts on before it looks at its second argument */
	workspace = Int64GetDatum(list->items[call->call_cntr].workspace);
	SRF_RETURN_NEXT(call, workspace);
}

/*
 * A default of nearly every table, hence called for each row of an INSERT: the answer is kept for as
 * long as the same command of the same transaction asks as the same role for the same name. Rights
 * that are withdrawn hold from the next command on.
 */
Datum
campaign_api_current_workspace(PG_FUNCTION_ARGS)
{
	static struct
	{
		char name[NAMEDATALEN * 2];
		Oid user;
		LocalTransactionId transaction;
		CommandId command;
		TimestampTz statement;
		int64 workspace;
	} last;
	const char *name = workspace_setting();
	Oid user = GetUserId();
	int64 workspace;

	if (last.workspace != 0 && last.user == user &&
		last.transaction == compat_local_transaction() &&
		last.command == GetCurrentCommandId(false) &&
		last.statement == GetCurrentStatementStartTimestamp() && strcmp(last.name, name) == 0)
		PG_RETURN_INT64(last.workspace);

	last.workspace = 0;
	workspace = current_rights(user).workspace;
	if (strlen(name) < sizeof(last.name))
	{
		strlcpy(last.name, name, sizeof(last.name));
		last.user = user;
		last.transaction = compat_local_transaction();
		last.command = GetCurrentCommandId(false);
		last.statement = GetCurrentStatementStartTimestamp();
		last.workspace = workspace;
	}
	PG_RETURN_INT64(workspace);
}

static void
check_level(Oid user, const Rights *rights, const AccessLevelName *needed)
{
	const char *role;

	if (rights->levels & needed->level)
		return;
	role = GetUserNameFromId(user, false);
	ereport(
		ERROR, errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
		errmsg("role \"%s\" may not do this in workspace \"%s\"", role, rights->name),
		errdetail("It takes level %s; the role has level %s.", needed->name,
				  campaign_access_highest(rights->levels)),
		errhint("An admin of the workspace can grant it: SELECT campaign.grant_access(%s, %s, %s).",
				quote_literal_cstr(role), quote_literal_cstr(rights->name),
				quote_literal_cstr(needed->name)));
}

/*
 * What every public function that runs as the owner calls first: the current workspace, or the one
 * that the second argument names, if the calling role has at least that level there.
 */
Datum
campaign_api_acting_workspace(PG_FUNCTION_ARGS)
{
	Oid user = GetOuterUserId();
	const AccessLevelName *needed;
	Rights rights;

	/* Not declared strict: an answer of NULL would be taken for leave. */
	if (PG_ARGISNULL(0) || (PG_NARGS() > 1 && PG_ARGISNULL(1)))
		ereport(ERROR, errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED), errmsg("no workspace is named"),
				errdetail("The workspace is NULL."), errhint("Give the name of a workspace."));
	needed = campaign_access_level(text_to_cstring(PG_GETARG_TEXT_PP(0)));

	/*
	 * Maintenance runs the functions of other people's indexes and materialized views in the session
	 * of whoever started it: there the role of the session says nothing about who wrote the call.
	 */
	if (InSecurityRestrictedOperation())
		ereport(
			ERROR, errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
			errmsg("cannot act in a workspace within a security-restricted operation"),
			errdetail("The call comes from an index expression, a materialized view or the like."),
			errhint("Call the function in a statement of its own."));

	if (PG_NARGS() > 1)
	{
		char *name = text_to_cstring(PG_GETARG_TEXT_PP(1));

		rights = campaign_access_rights(user, name);
		if (rights.levels == 0)
			refuse_workspace(user, name);
	}
	else
		rights = current_rights(user);

	check_level(user, &rights, needed);
	if (needed->level != LEVEL_VIEWER && campaign_clock_is_set() && !is_marked_virtual())
		ereport(
			ERROR, errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
			errmsg("cannot write while campaign.now is set"),
			errdetail("The database is not marked virtual, so its workers go by the real time."),
			errhint("In a database for tests, mark it with campaign.virtual_time(true); else RESET "
					"campaign.now."));
	PG_RETURN_INT64(rights.workspace);
}

/* acting_has(level): whether the role of the session has it in the current workspace. */
Datum
campaign_api_acting_has(PG_FUNCTION_ARGS)
{
	const AccessLevelName *level = campaign_access_level(text_to_cstring(PG_GETARG_TEXT_PP(0)));

	PG_RETURN_BOOL((current_rights(GetOuterUserId()).levels & level->level) != 0);
}

static bool
reads(const RightsList *list, int64 workspace)
{
	for (int i = 0; i < list->n; i++)
		if (list->items[i].workspace == workspace)
			return (list->items[i].levels & LEVEL_VIEWER) != 0;
	return false;
}

/*
 * my_members(): for whom the calling role works as an agent, in workspaces in which it may not read
 * all. The predicate of the views that show agents their own work.
 */
Datum
campaign_api_my_members(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	RightsList list = campaign_access_list(GetUserId());
	AgentMember *members;
	int n = campaign_access_agents(GetUserId(), &members);

	InitMaterializedSRF(fcinfo, 0);
	for (int i = 0; i < n; i++)
	{
		Datum values[2] = {Int64GetDatum(members[i].workspace), Int64GetDatum(members[i].member)};
		bool nulls[2] = {false, false};

		if (!reads(&list, members[i].workspace))
			tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
	}
	PG_RETURN_NULL();
}
