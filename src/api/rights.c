/*
 * rights.c
 *		Who may act in which workspace: my_workspaces(), current_workspace(), acting_workspace().
 *
 * The rows of campaign.access are read as the extension's owner; a role has the rights of every row
 * whose role it can act as without SET ROLE, like a grant. The extension's owner and superusers have
 * all rights everywhere.
 *
 * Two different roles ask. Row-level security, views and column defaults run as the invoker, so the
 * first two look at GetUserId(). acting_workspace() is called by functions that already run as the
 * owner, and has to look past that: it takes GetOuterUserId(), the role of the session or of SET
 * ROLE. Its limit: where a user's own SECURITY DEFINER function calls a function of campaign, the
 * rights are those of the role that called the user's function, not of that function's owner.
 */
#include "postgres.h"

#include "access/xact.h"
#include "catalog/pg_type.h"
#include "fmgr.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "storage/proc.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

#include "store/clock.h"
#include "store/owner.h"
#include "store/plan.h"
#include "store/settings.h"

#define DEFAULT_WORKSPACE "default"

PG_FUNCTION_INFO_V1(campaign_api_my_workspaces);
PG_FUNCTION_INFO_V1(campaign_api_current_workspace);
PG_FUNCTION_INFO_V1(campaign_api_acting_workspace);
PG_FUNCTION_INFO_V1(campaign_api_acting_has);
PG_FUNCTION_INFO_V1(campaign_api_my_members);

/* viewer < operator < admin; agent and callback stand apart, and operators may do what they do. */
typedef enum Level
{
	LEVEL_VIEWER = 1 << 0,
	LEVEL_OPERATOR = 1 << 1,
	LEVEL_ADMIN = 1 << 2,
	LEVEL_AGENT = 1 << 3,
	LEVEL_CALLBACK = 1 << 4
} Level;

#define LEVELS_OF_OPERATOR (LEVEL_VIEWER | LEVEL_OPERATOR | LEVEL_AGENT | LEVEL_CALLBACK)
#define LEVELS_ALL (LEVELS_OF_OPERATOR | LEVEL_ADMIN)

/* A level by name, and all that who has it may do. */
typedef struct LevelName
{
	const char *name;
	Level level;
	unsigned includes;
} LevelName;

/* From the highest on. */
static const LevelName level_names[] = {
	{"admin", LEVEL_ADMIN, LEVELS_ALL},           {"operator", LEVEL_OPERATOR, LEVELS_OF_OPERATOR},
	{"viewer", LEVEL_VIEWER, LEVEL_VIEWER},       {"agent", LEVEL_AGENT, LEVEL_AGENT},
	{"callback", LEVEL_CALLBACK, LEVEL_CALLBACK},
};

/* What a role may do in one workspace. */
typedef struct Rights
{
	int64 workspace; /* 0 = there is none of that name */
	char *name;
	unsigned levels; /* Level bits */
} Rights;

/* All workspaces in which a role has any rights, ordered by name. */
typedef struct RightsList
{
	Rights *items;
	int n;
} RightsList;

static StorePlan all_workspaces = {
	.sql = "SELECT w.id, w.name FROM campaign.workspace w ORDER BY w.name", .n_args = 0};

static StorePlan access_rows = {
	.sql = "SELECT w.id, w.name, a.role::pg_catalog.text, a.level FROM campaign.access a"
		   " JOIN campaign.workspace w ON w.id = a.workspace_id ORDER BY w.name",
	.n_args = 0};

static StorePlan one_workspace = {
	.sql = "SELECT w.id, w.name, a.role::pg_catalog.text, a.level FROM campaign.workspace w"
		   " LEFT JOIN campaign.access a ON a.workspace_id = w.id WHERE w.name = $1",
	.n_args = 1,
	.types = {TEXTOID}};

static StorePlan agent_rows = {
	.sql = "SELECT a.workspace_id, a.member_id, a.role::pg_catalog.text, a.level"
		   " FROM campaign.access a WHERE a.level = 'agent'",
	.n_args = 0};

static StorePlan virtual_mark = {.sql = "SELECT i.is_virtual FROM campaign.instance i",
								 .n_args = 0};

/* ---- levels ------------------------------------------------------------------------------- */

static const LevelName *
find_level(const char *name)
{
	for (size_t i = 0; i < lengthof(level_names); i++)
		if (strcmp(level_names[i].name, name) == 0)
			return &level_names[i];
	ereport(ERROR, errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("unknown level \"%s\"", name),
			errhint("Levels are viewer, operator, agent, callback and admin."));
}

/* The highest of the levels held, for people. */
static const char *
name_levels(unsigned levels)
{
	for (size_t i = 0; i < lengthof(level_names); i++)
		if ((levels & level_names[i].includes) == level_names[i].includes)
			return level_names[i].name;
	return "none";
}

/* What a row of access (columns 3 and 4 of the last result) gives to the user. */
static unsigned
levels_of_row(int row, Oid user)
{
	char *role = campaign_plan_text(row, 3);
	Oid role_id;

	if (role == NULL)
		return 0;
	/* A role that was dropped keeps its row until revoke_access(), and nobody has its rights. */
	role_id = get_role_oid(role, true);
	if (!OidIsValid(role_id) || !has_privs_of_role(user, role_id))
		return 0;
	return find_level(campaign_plan_text(row, 4))->includes;
}

/* ---- reading what is stored ---------------------------------------------------------------- */

/* The caller is in an OwnerScope, where the current user is the extension's owner. */
static bool
is_unrestricted(Oid user)
{
	return superuser_arg(user) || user == GetUserId();
}

static Rights
read_rights(Oid user, const char *name)
{
	Datum values[1] = {CStringGetTextDatum(name)};
	Rights rights = {0, pstrdup(name), 0};
	OwnerScope scope;
	int rows;

	campaign_owner_enter(&scope);
	SPI_connect();
	rows = campaign_plan_run(&one_workspace, values, NULL, true);
	for (int row = 0; row < rows; row++)
	{
		rights.workspace = campaign_plan_int64(row, 1, 0);
		rights.levels |= is_unrestricted(user) ? LEVELS_ALL : levels_of_row(row, user);
	}
	SPI_finish();
	campaign_owner_leave(&scope);
	return rights;
}

/* Lists in the context of the caller, which is not the current one while SPI is connected. */
static RightsList
list_rights(Oid user)
{
	MemoryContext context = CurrentMemoryContext;
	RightsList list = {NULL, 0};
	OwnerScope scope;
	bool unrestricted;
	int rows;

	campaign_owner_enter(&scope);
	SPI_connect();
	unrestricted = is_unrestricted(user);
	rows = campaign_plan_run(unrestricted ? &all_workspaces : &access_rows, NULL, NULL, true);
	list.items = MemoryContextAlloc(context, sizeof(Rights) * Max(rows, 1));
	for (int row = 0; row < rows; row++)
	{
		int64 workspace = campaign_plan_int64(row, 1, 0);
		unsigned levels = unrestricted ? LEVELS_ALL : levels_of_row(row, user);

		if (levels == 0)
			continue;
		if (list.n == 0 || list.items[list.n - 1].workspace != workspace)
		{
			list.items[list.n].workspace = workspace;
			list.items[list.n].name = MemoryContextStrdup(context, campaign_plan_text(row, 2));
			list.items[list.n++].levels = 0;
		}
		list.items[list.n - 1].levels |= levels;
	}
	SPI_finish();
	campaign_owner_leave(&scope);
	return list;
}

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
	RightsList list = list_rights(user);
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
	Rights rights = read_rights(user, name);

	if (rights.levels == 0 && strcmp(name, DEFAULT_WORKSPACE) == 0)
	{
		RightsList list = list_rights(user);

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
		Level needed = LEVEL_VIEWER;
		int kept = 0;

		call = SRF_FIRSTCALL_INIT();
		context = MemoryContextSwitchTo(call->multi_call_memory_ctx);
		if (PG_NARGS() > 0)
			needed = find_level(text_to_cstring(PG_GETARG_TEXT_PP(0)))->level;
		list = palloc(sizeof(RightsList));
		*list = list_rights(GetUserId());
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

	if (last.workspace != 0 && last.user == user && last.transaction == MyProc->lxid &&
		last.command == GetCurrentCommandId(false) &&
		last.statement == GetCurrentStatementStartTimestamp() && strcmp(last.name, name) == 0)
		PG_RETURN_INT64(last.workspace);

	last.workspace = 0;
	workspace = current_rights(user).workspace;
	if (strlen(name) < sizeof(last.name))
	{
		strlcpy(last.name, name, sizeof(last.name));
		last.user = user;
		last.transaction = MyProc->lxid;
		last.command = GetCurrentCommandId(false);
		last.statement = GetCurrentStatementStartTimestamp();
		last.workspace = workspace;
	}
	PG_RETURN_INT64(workspace);
}

static void
check_level(Oid user, const Rights *rights, const LevelName *needed)
{
	const char *role;

	if (rights->levels & needed->level)
		return;
	role = GetUserNameFromId(user, false);
	ereport(
		ERROR, errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
		errmsg("role \"%s\" may not do this in workspace \"%s\"", role, rights->name),
		errdetail("It takes level %s; the role has level %s.", needed->name,
				  name_levels(rights->levels)),
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
	const LevelName *needed;
	Rights rights;

	/* Not declared strict: an answer of NULL would be taken for leave. */
	if (PG_ARGISNULL(0) || (PG_NARGS() > 1 && PG_ARGISNULL(1)))
		ereport(ERROR, errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED), errmsg("no workspace is named"),
				errdetail("The workspace is NULL."), errhint("Give the name of a workspace."));
	needed = find_level(text_to_cstring(PG_GETARG_TEXT_PP(0)));

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

		rights = read_rights(user, name);
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
	const LevelName *level = find_level(text_to_cstring(PG_GETARG_TEXT_PP(0)));

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
	RightsList list = list_rights(GetUserId());
	Oid user = GetUserId();
	OwnerScope scope;
	int rows;

	InitMaterializedSRF(fcinfo, 0);
	campaign_owner_enter(&scope);
	SPI_connect();
	rows = is_unrestricted(user) ? 0 : campaign_plan_run(&agent_rows, NULL, NULL, true);
	for (int row = 0; row < rows; row++)
	{
		int64 workspace = campaign_plan_int64(row, 1, 0);
		Datum values[2] = {Int64GetDatum(workspace), Int64GetDatum(campaign_plan_int64(row, 2, 0))};
		bool nulls[2] = {false, false};

		if (levels_of_row(row, user) != 0 && !reads(&list, workspace))
			tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
	}
	SPI_finish();
	campaign_owner_leave(&scope);
	PG_RETURN_NULL();
}
